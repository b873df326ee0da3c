"""The real data sets, where they are at hand: counts, and samples that the papers name."""

import os
from pathlib import Path

import numpy as np
import pytest

from core.datasets import content_fingerprint, load

ROOT = Path(os.environ.get("DARKROOM_DATA", "/nonexistent"))


def real(name: str, folder: str, *more):
    return pytest.param(
        name,
        *more,
        marks=pytest.mark.skipif(
            not (ROOT / folder).is_dir(), reason=f"{folder} is not in DARKROOM_DATA"
        ),
    )


COUNTS = {
    "mnist": (60_000, 10_000, (28, 28, 1), 10),
    "fashion_mnist": (60_000, 10_000, (28, 28, 1), 10),
    "quickdraw": (39_200, 9_800, (28, 28, 1), 10),
    "hand_drawn_shapes": (21_834, 5_458, (28, 28, 1), 4),
}


@pytest.mark.parametrize("name", [real(name, name) for name in COUNTS])
def test_whole_sets_have_their_counts(name):
    data = load(name, data_root=ROOT)
    train, test, shape, classes = COUNTS[name]
    assert (len(data.rows("train")), len(data.rows("test"))) == (train, test)
    assert data.image_shape == shape
    assert len(data.class_names) == classes
    assert len(content_fingerprint(name, data_root=ROOT)) == 64


@pytest.mark.parametrize("name", [real("mnist", "mnist")])
def test_mnists_test_707_is_the_papers_four(name):
    data = load(name, data_root=ROOT)
    test = data.rows("test")
    assert data.split_id[test[707]] == 707
    assert [int(data.labels[test[row]]) for row in (707, 9071, 5866)] == [4, 1, 7]


@pytest.mark.parametrize("name", [real("celeba", "celeba64")])
def test_faces_are_split_8000_and_2000_in_eight_classes(name):
    data = load(name, data_root=ROOT)
    assert np.bincount(data.labels).tolist() == [4898, 106, 1261, 13, 3248, 397, 71, 6]
    assert (len(data.rows("train")), len(data.rows("test"))) == (8000, 2000)
    assert (np.bincount(data.labels[data.rows("test")], minlength=8) > 0).all()


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        real("cifar10", "cifar10", (32, 32, 3)),
        real("imagenette", "imagenette224", (224, 224, 3)),
        real("imagenet_samples", "imagenet_samples", (224, 224, 3)),
    ],
)
def test_packed_photographs_are_read_within_a_limit(name, shape):
    data = load(name, data_root=ROOT, limit=50)
    assert len(data) == 50
    assert data.image_shape == shape
    assert data.images.std() > 30
