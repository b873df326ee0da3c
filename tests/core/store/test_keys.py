import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store import SCHEMA_VERSION, StoreError, artifact_key, content_hash, epoch_label, keys

SETTINGS = {"perplexity": 30.0, "seeds": [0, 1], "deep": {"a": None, "b": True}}
INPUTS = {"dataset": "0123"}


def test_a_key_is_sixteen_hex_digits_and_does_not_depend_on_order():
    key = artifact_key("projections", 1, SETTINGS, INPUTS)
    assert len(key) == 16
    assert int(key, 16) >= 0
    turned = dict(reversed(SETTINGS.items())) | {"seeds": (0, 1), "perplexity": 30}
    assert artifact_key("projections", 1, turned, INPUTS) == key


@pytest.mark.parametrize(
    "changed",
    [
        ("predictions", 1, SETTINGS, INPUTS),
        ("projections", 2, SETTINGS, INPUTS),
        ("projections", 1, SETTINGS | {"perplexity": 31}, INPUTS),
        ("projections", 1, SETTINGS | {"seeds": [1, 0]}, INPUTS),
        ("projections", 1, SETTINGS | {"deep": {"a": None, "b": 1}}, INPUTS),
        ("projections", 1, SETTINGS, {"dataset": "0124"}),
    ],
)
def test_everything_that_matters_changes_the_key(changed):
    assert artifact_key(*changed) != artifact_key("projections", 1, SETTINGS, INPUTS)


def test_another_schema_gives_another_key(monkeypatch):
    before = artifact_key("projections", 1, SETTINGS, INPUTS)
    monkeypatch.setattr(keys, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    assert artifact_key("projections", 1, SETTINGS, INPUTS) != before


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1: 2}, {1, 2}, b"x"])
def test_settings_that_have_no_one_text_are_refused(value):
    with pytest.raises(TypeError, match="settings must be"):
        artifact_key("projections", 1, {"x": value}, {})


def test_a_stage_with_a_harmful_name_has_no_key():
    with pytest.raises(StoreError, match="stage"):
        artifact_key("../projections", 1, {}, {})


def test_epoch_labels_are_short():
    assert [epoch_label(epoch) for epoch in (0, 3.0, 2.5, 15)] == ["0", "3", "2.5", "15"]


@given(st.floats(min_value=0, allow_infinity=False))
def test_an_epoch_label_names_its_epoch_exactly(epoch):
    assert float(epoch_label(epoch)) == epoch


@pytest.mark.parametrize("epoch", [-1, float("nan"), float("inf")])
def test_an_epoch_that_cannot_be_is_refused(epoch):
    with pytest.raises(ValueError, match="finite number of at least 0"):
        epoch_label(epoch)


def test_a_content_hash_is_the_files_sha256(tmp_path):
    (tmp_path / "weights").write_bytes(b"abc" * 100_000)
    assert content_hash(tmp_path / "weights") == hashlib.sha256(b"abc" * 100_000).hexdigest()
