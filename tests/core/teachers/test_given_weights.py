"""The given weights: the same numbers as the literal networks, the accuracies that are known."""

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.datasets import load
from core.intervals import wilson
from core.teachers.architectures import architecture, preprocessing_of
from core.teachers.checkpoints import load_weights
from core.teachers.head import agreement, find_head
from core.teachers.inference import predict
from core.teachers.weight_files import read_weights

ROOT = Path(os.environ.get("DARKROOM_DATA", "/nonexistent"))
pytestmark = pytest.mark.skipif(
    not (ROOT / "weights").is_dir(), reason="weights are not in DARKROOM_DATA"
)

# architecture, file, classes, data, known accuracy (of the whole test set), images tried here
GIVEN = [
    ("resnet20", "resnet20", 10, "cifar10", 0.810, 500),
    ("resnet56", "resnet56", 10, "cifar10", 0.832, 300),
    ("squeezenet1_1", "squeezenet1_1", 1000, "imagenette", 0.547, 100),
    ("squeezenet1_1", "squeezenet1_1", 1000, "imagenet_samples", 0.618, 100),
    ("mobilenet_v2", "mobilenet_v2_fp16", 1000, "imagenette", 0.735, 60),
]


def given(name: str, file: str, classes: int) -> torch.nn.Module:
    module = architecture(name, 3, classes)
    load_weights(module, read_weights(ROOT / "weights" / f"{file}.safetensors"))
    return module.eval()


@pytest.mark.parametrize(("name", "file", "classes", "source", "known", "count"), GIVEN)
def test_given_weights_reach_the_accuracy_that_is_known(name, file, classes, source, known, count):
    data = load(source, limit=count * (15 if source == "imagenette" else 6), data_root=ROOT)
    rows = data.rows("test")
    rows = rows[np.linspace(0, len(rows) - 1, count).astype(int)]
    module = given(name, file, classes)
    found = predict(
        module, data.images[rows], preprocessing=preprocessing_of(name, 3), batch_size=50
    )
    labels = data.labels[rows]
    wanted = labels if data.outputs is None else np.array(data.outputs)[labels]
    interval = wilson(int((found.logits.argmax(1) == wanted).sum()), count)
    assert interval.low <= known <= interval.high


@pytest.mark.parametrize(
    ("name", "file", "classes", "side"),
    [
        ("resnet20", "resnet20", 10, 32),
        ("resnet56", "resnet56", 10, 32),
        ("squeezenet1_1", "squeezenet1_1", 1000, 95),
        ("mobilenet_v2", "mobilenet_v2_fp16", 1000, 95),
    ],
)
def test_given_weights_give_what_the_literal_networks_give(name, file, classes, side):
    literal = ROOT / "weights" / "reference_nets.py"
    if not literal.is_file():
        pytest.skip("the literal networks are not beside the weights")
    spec: Any = importlib.util.spec_from_file_location("reference_nets", literal)
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    theirs, prepare = reference.load(name)
    images = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), np.uint8)
    with torch.no_grad():
        expected = theirs(prepare(images)).numpy()
    found = predict(given(name, file, classes), images, preprocessing=preprocessing_of(name, 3))
    np.testing.assert_allclose(found.logits, expected, rtol=1e-3, atol=1e-3)


def test_squeezenets_head_names_the_teachers_class_for_most_photographs():
    data = load("imagenette", limit=600, data_root=ROOT)
    images = data.images[data.rows("test")[::4]]
    module = given("squeezenet1_1", "squeezenet1_1", 1000)
    found: Any = predict(module, images, preprocessing=preprocessing_of("squeezenet1_1", 3))
    head: Any = find_head(module, torch.rand(1, 3, 224, 224))
    same = agreement(head, found.representation, found.logits)
    assert 0.7 < same.same_class < 1
