import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store import epoch_label
from pages.parts.selection import SPLITS, OfClass, written
from pages.parts.view import COLORS, Facts, View, viewed

WORDS = (
    "study", "split", "sample", "sample2", "class", "epoch", "layer", "color", "projection", "rule",
)  # fmt: skip

FACTS = Facts(
    samples=40, classes=4, epochs=[1.0, 2.5, 3.0], methods=["tsne", "umap"], layers=["a", "b"]
)
views = st.builds(
    View,
    split=st.sampled_from(SPLITS),
    sample=st.none() | st.integers(0, 39),
    sample2=st.none() | st.integers(0, 39),
    class_=st.none() | st.integers(0, 3),
    epoch=st.sampled_from([None, 1.0, 2.5]),
    layer=st.sampled_from([None, "a", "b"]),
    color=st.sampled_from(COLORS),
    projection=st.sampled_from(["tsne", "umap"]),
    rule=st.none() | st.builds(OfClass, st.integers(0, 3)),
)


def parameters_of(view):
    """Return the query parameters that a page writes for this view."""
    words = {
        "split": view.split,
        "sample": view.sample,
        "sample2": view.sample2,
        "class": view.class_,
        "epoch": None if view.epoch is None else epoch_label(view.epoch),
        "layer": view.layer,
        "color": view.color,
        "projection": view.projection,
        "rule": None if view.rule is None else written(view.rule),
    }
    return {word: str(value) for word, value in words.items() if value is not None}


@given(views)
def test_a_view_comes_back_from_its_url(view):
    assert viewed(parameters_of(view), FACTS) == (view, [])


@given(st.dictionaries(st.sampled_from(WORDS), st.text()))
def test_no_url_breaks_a_view(parameters):
    view, ignored = viewed(parameters, FACTS)
    assert view.split in SPLITS
    assert not any("\n" in line for line in ignored)


def test_an_address_without_words_is_the_default_view():
    assert viewed({}, FACTS) == (View(), [])


@pytest.mark.parametrize(
    ("word", "value", "why"),
    [
        ("split", "validation", "train, test and all"),
        ("sample", "40", "numbered 0 to 39"),
        ("sample", "-1", "numbered 0 to 39"),
        ("sample", "²", "numbered 0 to 39"),
        ("sample2", "cat", "numbered 0 to 39"),
        ("class", "4", "numbered 0 to 3"),
        ("epoch", "2", "1, 2.5, 3"),
        ("epoch", "nan", "1, 2.5, 3"),
        ("layer", "c", "a, b"),
        ("color", "pink", "true, predicted"),
        ("projection", "pca", "tsne, umap"),
        ("rule", "circle~1", "begins with lasso"),
    ],
)
def test_what_is_wrong_in_the_url_is_ignored_with_its_reason(word, value, why):
    view, ignored = viewed({word: value}, FACTS)
    assert view == View()
    assert len(ignored) == 1
    assert why in ignored[0]
    assert value in ignored[0]


def test_the_rest_of_a_link_with_one_mistake_still_holds():
    view, ignored = viewed({"sample": "400", "color": "entropy"}, FACTS)
    assert view.color == "entropy"
    assert len(ignored) == 1


def test_a_study_without_the_default_projection_opens_on_its_first():
    view, ignored = viewed({}, Facts(4, 2, [1.0], ["pca"]))
    assert view.projection == "pca"
    assert ignored == []


def test_the_last_checkpoint_is_the_default():
    assert viewed({"epoch": "3"}, FACTS)[0].epoch is None
