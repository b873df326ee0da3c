"""Attacked images that are followed through training: DVI's figure 1 without a model at hand."""

import numpy as np
import pytest

from core.store import Store
from precompute.build import build
from precompute.pipeline import STAGES
from precompute.settings import load_study
from precompute.stages import adversarial as stage

ATTACK = """
[data]
source = "digits"
limit = 160
[teacher]
architecture = "convnet"
arguments = { width = 8 }
batch_size = 16
epochs = 2
attack = { epsilon = 0.1, step = 0.05, iterations = 2 }
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    """160 digits, two checkpoints, 60 of the training images attacked."""
    folder = tmp_path_factory.mktemp("adversarial")
    (folder / "toy.toml").write_text(ATTACK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "ATTACKED", 60)
        build(load_study(str(folder / "toy.toml")), folder / "store", only=["adversarial"],
              quiet=True)  # fmt: skip
    return Store("toy", folder / "store")


def read(store: Store, name: str) -> np.ndarray:
    return np.array(store.array("adversarial", name))


def test_attacked_images_are_near_the_training_images_they_were_made_from(store):
    source, image = read(store, "source"), read(store, "image").astype(int)
    assert len(image) == 60
    assert (store.table("samples")["split"].to_numpy()[source] == "train").all()
    away = np.abs(image - np.array(store.array("dataset", "images"))[source])
    assert 0 < away.max() <= 0.1 * 255 + 1


def test_every_checkpoint_gives_each_attacked_image_a_place_and_a_class(store):
    assert read(store, "positions").shape == (2, 60, 2)
    assert np.isfinite(read(store, "positions")).all()
    predicted = read(store, "predicted")
    assert predicted.shape == (2, 60)
    label = store.table("samples")["label"].to_numpy()[read(store, "source")]
    clean = store.table("prediction").query("epoch == 2").sort_values("sample_id")["predicted"]
    clean = clean.to_numpy()[read(store, "source")]
    assert (predicted[1] == label).mean() <= (clean == label).mean()


def test_the_nearest_attacked_images_bear_another_label(store):
    nearest, label = read(store, "nearest"), store.table("samples")["label"].to_numpy()
    assert nearest.shape == (2, 160, 10)
    assert (label[read(store, "source")][nearest] != label[None, :, None]).all()
    assert all(len(set(row)) == 10 for row in nearest.reshape(-1, 10).tolist())


def test_only_a_study_trained_on_attacked_images_has_the_stage(store):
    only = next(one for one in STAGES if one.name == "adversarial")
    assert not only.when(load_study("digits"))
    assert only.when(load_study("mnist_adversarial"))
