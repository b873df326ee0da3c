import numpy as np
import pytest

from core.datasets import Dataset, load


def toy(**changed) -> Dataset:
    fields = {
        "name": "toy",
        "title": "Toy",
        "images": np.zeros((3, 2, 2, 1), np.uint8),
        "labels": np.array([0, 1, 1]),
        "class_names": ("a", "b"),
        "split": np.array(["train", "train", "test"]),
        "split_id": np.array([0, 1, 0]),
        "source": "made up",
        "licence": "none",
    }
    return Dataset(**{**fields, **changed})


def test_rows_of_a_split_are_in_order():
    assert toy().rows("train").tolist() == [0, 1]
    assert toy().rows("test").tolist() == [2]


@pytest.mark.parametrize("what", ["labels", "split", "split_id"])
def test_arrays_of_different_length_are_refused(what):
    short = getattr(toy(), what)[:2]
    # jaxtyping refuses first in tests; outside of them the message is ours
    with pytest.raises(Exception, match=f"has 3 images but 2 entries in {what}|Type-check error"):
        toy(**{what: short})


@pytest.mark.parametrize("wrong", [-1, 2])
def test_a_label_outside_the_class_names_is_named(wrong):
    with pytest.raises(ValueError, match=f"from 0 to 1 for 2 class names, got {wrong} in row 1"):
        toy(labels=np.array([0, wrong, 1]))


def test_training_samples_come_first():
    with pytest.raises(ValueError, match="list its 'train' samples first"):
        toy(split=np.array(["train", "test", "train"]))


def test_an_unknown_split_is_named():
    with pytest.raises(ValueError, match="got splits 'train', 'validation'"):
        toy(split=np.array(["train", "train", "validation"]))


def test_an_empty_data_set_is_refused():
    with pytest.raises(ValueError, match="'toy' is empty"):
        toy(
            images=np.zeros((0, 2, 2, 1), np.uint8),
            labels=np.zeros(0, int),
            split=np.zeros(0, "<U5"),
            split_id=np.zeros(0, int),
        )


def test_an_unknown_source_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"data source must be one of .*digits.*, got 'nothing'"):
        load("nothing")
