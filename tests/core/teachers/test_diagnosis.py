import numpy as np
import pytest
import torch
from torch import nn

from core.datasets import load
from core.teachers.checkpoints import load_weights, weights
from core.teachers.convnet import ConvNet
from core.teachers.diagnosis import (
    class_count,
    finite,
    input_conventions,
    kind_of_outputs,
    label_order,
    loading,
    steadiness,
)
from core.teachers.inference import predict
from core.teachers.preprocessing import Preprocessing
from core.teachers.training import Training, make_optimizer, train_epoch

GENERATOR = np.random.default_rng(0)
IMAGES = GENERATOR.integers(0, 256, (6, 8, 8, 1), np.uint8)
LABELS = np.repeat(np.arange(4), 25)
NAMES = ("ant", "bee", "cat", "dog")
LOGITS = GENERATOR.normal(size=(20, 4)) * 3
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)


def raw(module: nn.Module):
    """The module as it is, in whatever mode."""

    def outputs(images):
        with torch.no_grad():
            return module(Preprocessing()(images)).numpy()

    return outputs


def small(*layers: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), *layers, nn.Flatten(), nn.Linear(144, 3)
    )


def test_a_model_in_evaluation_mode_is_steady():
    assert steadiness(raw(small(nn.Dropout(0.5)).eval()), IMAGES).good


def test_dropout_that_is_still_on_is_found():
    found = steadiness(raw(small(nn.Dropout(0.5)).train()), IMAGES)
    assert not found.good
    assert "draws at random; call module.eval()" in found.said


def test_batch_normalisation_that_still_reads_the_batch_is_found():
    found = steadiness(raw(small().train()), IMAGES)
    assert not found.good
    assert "batch normalisation still reads the batch; call module.eval()" in found.said


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinite")])
def test_outputs_that_are_not_finite_are_counted(value, word):
    outputs = LOGITS.copy()
    outputs[[3, 7], 1] = value
    found = finite(outputs)
    assert not found.good
    assert found.said.startswith(f"{word} outputs for 2 of 20 images, the first in row 3: check")
    assert finite(LOGITS).good


@pytest.mark.parametrize(
    ("outputs", "classes", "words"),
    [
        (np.zeros((2, 5)), 4, "5 outputs for 4 classes: correct data.class_names"),
        (np.zeros((2, 3)), 4, "3 outputs for 4 classes"),
        (np.zeros((2, 1)), 2, "one output for 2 classes: return two logits"),
        (np.zeros((2, 4, 7)), 4, "got shape (2, 4, 7): return the logits alone"),
    ],
)
def test_another_number_of_classes_is_found(outputs, classes, words):
    found = class_count(outputs, classes)
    assert not found.good
    assert words in found.said


def test_the_right_number_of_classes_is_well():
    assert class_count(LOGITS, 4).good


def test_more_outputs_than_classes_can_be_named():
    assert "or name all outputs in teacher.class_names" in class_count(np.zeros((2, 9)), 4).said
    assert "teacher.class_names" not in class_count(np.zeros((2, 3)), 4).said


def test_probabilities_given_as_logits_are_found_and_the_other_way_round():
    assert kind_of_outputs(LOGITS, "logits").good
    assert kind_of_outputs(PROBABILITIES, "probabilities").good
    wrong = kind_of_outputs(PROBABILITIES, "logits")
    assert not wrong.good
    assert "say teacher.outputs = 'probabilities'" in wrong.said
    other = kind_of_outputs(LOGITS, "probabilities")
    assert not other.good
    assert "say teacher.outputs = 'logits', or normalise" in other.said


def test_probabilities_that_do_not_sum_to_one_are_counted():
    outputs = PROBABILITIES.copy()
    outputs[4] *= 0.5
    found = kind_of_outputs(outputs, "probabilities")
    assert not found.good
    assert found.said.startswith("1 of 20 rows are no probabilities, row 4 sums to 0.5 ")


def test_classes_in_another_order_are_found_and_named():
    order = np.array([1, 0, 2, 3])  # the model takes ants for bees and bees for ants
    assert label_order(LABELS, LABELS, NAMES).good
    turned = np.array([1, 2, 3, 0])[LABELS]
    found = label_order(LABELS, turned, NAMES)
    assert not found.good
    assert "0.0% right, but 100.0% if classes change places ('ant' as 'bee'" in found.said
    noisy = np.where(GENERATOR.random(100) < 0.1, GENERATOR.integers(0, 4, 100), turned)
    assert not label_order(LABELS, noisy, NAMES).good
    assert label_order(LABELS, order[LABELS], NAMES).good  # half are right: a weak model, maybe


def test_a_bad_or_guessing_model_is_not_taken_for_one_of_another_order():
    guessed = GENERATOR.integers(0, 4, 100)
    assert label_order(LABELS, guessed, NAMES).good
    assert label_order(LABELS, np.zeros(100, int), NAMES).good
    other = np.full(100, 900)  # outputs that none of the classes has
    assert label_order(LABELS, other, NAMES).good


@pytest.mark.parametrize("seed", range(5))
def test_random_weights_are_neither_another_order_nor_another_input(seed):
    data = load("digits", limit=300)
    torch.manual_seed(seed)
    module = ConvNet(1, 10, width=8).eval()
    labels = data.labels
    assert label_order(labels, raw(module)(data.images).argmax(1), data.class_names).good
    assert input_conventions(named(module, data.images), labels, Preprocessing(), 1).good


def test_what_a_few_images_of_a_class_fit_by_luck_is_no_order():
    labels = np.arange(200)  # of a thousand classes, one image each
    assert label_order(labels, GENERATOR.permutation(1000)[:200], tuple("x" * 1000)).good


@pytest.fixture(scope="module")
def colourful():
    """Digits in which the class decides the colour, and a network that has learnt them."""
    data = load("digits", limit=300)
    images = np.zeros((300, 8, 8, 3), np.uint8)
    images[..., 0] = data.images[..., 0] // 2
    images[np.arange(300), :, :, 2 * (data.labels % 2)] += data.images[..., 0] // 2
    settings, prepare = Training(epochs=8, batch_size=32), Preprocessing((0.5,), (0.5,))
    torch.manual_seed(0)
    module = ConvNet(3, 10, width=8)
    optimizer, generator = make_optimizer(module, settings), torch.Generator().manual_seed(0)
    for epoch in range(settings.epochs):
        train_epoch(
            module, optimizer, images, data.labels, generator,
            epoch=epoch, settings=settings, preprocessing=prepare,
        )  # fmt: skip
    return module, images, data.labels, prepare


def named(module, images):
    return lambda way: predict(module, images, preprocessing=way).logits.argmax(1)


def test_the_input_as_the_model_wants_it_is_well(colourful):
    module, images, labels, prepare = colourful
    assert input_conventions(named(module, images), labels, prepare, 3).good


def test_a_wrong_order_of_channels_is_found(colourful):
    module, images, labels, prepare = colourful
    found = input_conventions(named(module, images[..., ::-1].copy()), labels, prepare, 3)
    assert not found.good
    assert "with order = 'bgr'" in found.said
    assert found.said.endswith(": correct [teacher.preprocessing]")


def test_a_wrong_scale_is_found(colourful):
    module, images, labels, _ = colourful
    found = input_conventions(named(module, images), labels, Preprocessing(std=(1 / 255,)), 3)
    assert not found.good
    assert "with values in -1..1 (mean = [0.5], std = [0.5])" in found.said


def test_a_wrong_order_and_a_wrong_scale_at_once_are_found(colourful):
    module, images, labels, _ = colourful
    turned, declared = images[..., ::-1].copy(), Preprocessing(std=(1 / 255,))
    found = input_conventions(named(module, turned), labels, declared, 3)
    assert not found.good
    assert "with order = 'bgr' and values in -1..1 (mean = [0.5], std = [0.5])" in found.said


def test_another_order_of_classes_is_not_taken_for_another_input(colourful):
    module, images, labels, prepare = colourful
    other = (labels + 1) % 10
    assert input_conventions(named(module, images), other, prepare, 3).good
    predicted = named(module, images)(prepare)
    found = label_order(other, predicted, tuple(map(str, range(10))))
    assert not found.good
    assert "if classes change places ('0' as '9', '1' as '0'" in found.said


def test_a_model_that_cannot_be_made_is_a_finding_with_the_errors_line():
    def absent():
        arrays = weights(ConvNet(1, 3, 4))
        arrays["heads.bias"] = arrays.pop("head.bias")
        load_weights(ConvNet(1, 3, 4), arrays)

    def raising():
        raise KeyError("no\nkey")

    assert loading(lambda: None).good
    keys = loading(absent)
    assert not keys.good
    assert "missing head.bias; unknown heads.bias" in keys.said
    raised = loading(raising)
    assert not raised.good
    assert raised.said.startswith("the model cannot be made: it raised KeyError")
    assert "\n" not in raised.said
