import numpy as np
import pytest

from core.store import Store
from pages.parts.kin import kin, relatives, translated
from tests.pages.toy_store import HOSTILE, write_toy_store


@pytest.fixture
def root(store_folder):
    """The study `toy`, one of the same data and another teacher, and strangers."""
    write_toy_store(store_folder)
    write_toy_store(store_folder, "twin", strength=2.0, methods=("pca",))
    write_toy_store(store_folder, "fewer", count=30, test=6)
    write_toy_store(store_folder, "other_names", names=("a", "b", "c", "d"))
    write_toy_store(store_folder, "other_pixels", seed=1)
    write_toy_store(store_folder, "other_rows", count=30, test=16)
    return store_folder


def stores(root, *names):
    return [Store(name, root) for name in names]


def test_only_studies_of_the_same_images_are_relatives(root):
    found = relatives(Store("toy", root))
    assert found.studies == ("fewer", "twin")
    assert found.unread == ()


def test_a_study_that_cannot_be_read_is_named_and_hides_no_other(root):
    (root / "other_names/run.json").write_text("{}")
    found = relatives(Store("toy", root))
    assert found.studies == ("fewer", "twin")
    assert found.unread == ("other_names",)


def test_a_new_run_of_another_study_is_looked_at_anew(root):
    assert "twin" in relatives(Store("toy", root)).studies
    write_toy_store(root, "twin", seed=5)
    assert "twin" not in relatives(Store("toy", root)).studies


def test_counterparts_are_the_same_row_of_the_same_split(root):
    toy, fewer = stores(root, "toy", "fewer")
    shared = kin(toy, fewer)
    assert shared is not None
    one, two = toy.table("samples"), fewer.table("samples")
    for here, there in zip(shared.here.tolist(), shared.there.tolist(), strict=True):
        assert one.loc[here, ["split", "split_id", "label"]].tolist() == (
            two.loc[there, ["split", "split_id", "label"]].tolist()
        )
    assert len(shared.here) == 30
    assert shared.counterpart(29) == 29
    assert shared.counterpart(39) is None
    assert shared.places(np.array([39, 3, 0])).tolist() == [3, 0]


def test_flipped_labels_hide_no_kinship(store_folder):
    write_toy_store(store_folder)
    write_toy_store(store_folder, "noisy", flipped=(0, 1, 2, 3, 24))
    assert relatives(Store("toy", store_folder)).studies == ("noisy",)


def test_a_view_is_translated_as_far_as_it_holds(root):
    toy, fewer = stores(root, "toy", "fewer")
    words = {
        "study": "toy", "split": "all", "sample": "3", "sample2": "39", "class": "2", "epoch": "1",
        "projection": "umap", "rule": "ids~2,39", "layer": "x", "look": "pair", "sample3": "1",
    }  # fmt: skip
    assert translated(words, toy, fewer) == {
        "study": "fewer", "split": "all", "sample": "3", "class": "2", "epoch": "1",
        "projection": "umap", "rule": "ids~2",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("cell~1~2", True), ("class~3", True), ("preset~misclassified", True),
        ("preset~flipped_labels", False), ("saved~mine", False), ("rejected~entropy~1", True),
        ("rejected~darksight~0.5", False), ("ids~39", False), ("nonsense", False),
        ("lasso~pca~test~0,0;1,0;1,1", False),
    ],
)  # fmt: skip
def test_a_selection_is_kept_where_it_means_the_same(root, rule, kept):
    toy, fewer = stores(root, "toy", "fewer")
    assert ("rule" in translated({"rule": rule}, toy, fewer)) == kept


def test_nothing_but_split_and_colour_goes_to_a_stranger(root):
    toy, stranger = stores(root, "toy", "other_names")
    words = {"split": "all", "color": "entropy", "sample": "3", "class": "1", "rule": "class~1"}
    assert translated(words, toy, stranger) == {
        "study": "other_names", "split": "all", "color": "entropy",
    }  # fmt: skip


def test_a_study_that_is_only_begun_has_no_relatives(store_folder):
    write_toy_store(store_folder, names=HOSTILE)
    write_toy_store(store_folder, "begun", stages=())
    assert relatives(Store("toy", store_folder)).studies == ()
    assert relatives(Store("begun", store_folder)).studies == ()
