import numpy as np
import pytest
import torch
from torch import nn

from core.teachers.convnet import ConvNet
from core.teachers.inference import TorchTeacher, as_logits, predict
from core.teachers.preprocessing import Preprocessing
from core.teachers.protocol import Capability

IMAGES = np.random.default_rng(0).integers(0, 256, (11, 8, 8, 1), np.uint8)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return ConvNet(1, 10, width=4)


class TwoHeads(nn.Module):
    """Calls its linear layers in another order than it declares them."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(16, 3)
        self.first = nn.Linear(64, 16)

    def forward(self, images):
        return self.last(self.first(images.flatten(1)))


class PerPlace(nn.Module):
    """Its last linear layer reads one vector per place, none per image."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(1, 5)

    def forward(self, images):
        return self.head(images.flatten(2).transpose(1, 2)).mean(1)


def test_predictions_are_those_of_the_module_in_evaluation_mode(network):
    with torch.no_grad():
        expected = network.eval()(Preprocessing()(IMAGES)).numpy()
    network.train()
    found = predict(network, IMAGES)
    assert found.logits.dtype == np.float32
    np.testing.assert_allclose(found.logits, expected, rtol=1e-4, atol=1e-6)


def test_the_head_applied_to_the_representation_gives_the_logits(network):
    found = predict(network, IMAGES, batch_size=4)
    assert found.representation is not None
    assert found.representation.shape == (11, 16)
    with torch.no_grad():
        logits = network.head(torch.from_numpy(found.representation)).numpy()
    np.testing.assert_allclose(logits, found.logits, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 3, 11, 100])
def test_batches_do_not_change_what_is_predicted(network, batch_size):
    whole, parts = predict(network, IMAGES), predict(network, IMAGES, batch_size=batch_size)
    assert parts.representation is not None
    assert whole.representation is not None
    np.testing.assert_allclose(parts.logits, whole.logits, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(parts.representation, whole.representation, rtol=1e-4, atol=1e-5)


def test_predictions_repeat_bit_for_bit(network):
    first, again = predict(network, IMAGES, batch_size=4), predict(network, IMAGES, batch_size=4)
    np.testing.assert_array_equal(first.logits, again.logits)


def test_every_part_gets_its_own_mode_back(network):
    network.train()
    network.block2.eval()
    modes = [part.training for part in network.modules()]
    predict(network, IMAGES)
    assert [part.training for part in network.modules()] == modes


def test_no_hook_is_left_behind(network):
    predict(network, IMAGES)
    assert not network.head._forward_pre_hooks


def test_no_hook_is_left_behind_by_a_module_that_raises(network):
    with pytest.raises(
        ValueError, match=r"given images of 2 x 8 x 8 .*set data.size, data.channels"
    ):
        predict(network, IMAGES[..., [0, 0]])
    assert not network.head._forward_pre_hooks


def test_the_last_linear_layer_is_the_one_called_last():
    found = predict(TwoHeads(), IMAGES)
    assert found.representation is not None
    assert found.representation.shape == (11, 16)


def test_without_a_linear_layer_on_vectors_there_is_no_representation():
    found = predict(PerPlace(), IMAGES)
    assert found.representation is None
    assert found.logits.shape == (11, 5)


def test_progress_counts_images(network):
    counts = []
    predict(network, IMAGES, batch_size=4, progress=counts.append)
    assert counts == [4, 8, 11]


def test_what_is_not_logits_is_refused():
    with pytest.raises(ValueError, match=r"one row of logits per image \(11, classes\), got shape"):
        predict(nn.Identity(), IMAGES)
    with pytest.raises(ValueError, match="at least one image, got none"):
        predict(nn.Identity(), IMAGES[:0])
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        predict(nn.Identity(), IMAGES, batch_size=0)


def test_a_torch_teacher_says_what_it_can(network):
    teacher = TorchTeacher(network, 10)
    assert Capability.REPRESENTATION in teacher.capabilities
    assert Capability.CHECKPOINTS not in teacher.capabilities
    assert Capability.REPRESENTATION not in TorchTeacher(nn.Flatten(), 64).capabilities
    without = TorchTeacher(network, 10, lacks=frozenset({Capability.LAYERS}))
    assert Capability.LAYERS not in without.capabilities
    np.testing.assert_array_equal(teacher.predict(IMAGES).logits, predict(network, IMAGES).logits)


def test_probabilities_become_logits_whose_softmax_they_are(network):
    asked = nn.Sequential(network, nn.Softmax(1))
    found = predict(asked, IMAGES, outputs="probabilities").logits
    logits = predict(network, IMAGES).logits
    np.testing.assert_allclose(np.exp(found).sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.diff(found), np.diff(logits), atol=1e-4)


def test_a_probability_of_zero_stays_finite():
    found = as_logits(np.array([[0.0, 1.0]]), "probabilities")
    assert np.isfinite(found).all()
    assert np.exp(found).round(6).tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("given", "outputs", "line"),
    [
        (
            [[np.nan, 1.0], [0.0, 1.0]],
            "logits",
            "NaN outputs for 1 of 2 images, the first in row 0",
        ),
        ([[0.0, np.inf], [0.0, 1.0]], "logits", "infinite outputs for 1 of 2 images"),
        ([[np.nan, 1.0]], "probabilities", "NaN outputs for 1 of 1 images"),
        ([[0.5, 0.5], [0.5, 0.4]], "probabilities", "1 of 2 rows are no probabilities, row 1 sums"),
        ([[1.5, -0.5]], "probabilities", "row 0 sums to 1 with a least of -0.5"),
    ],
)
def test_outputs_that_are_no_numbers_or_no_probabilities_are_one_line(given, outputs, line):
    with pytest.raises(ValueError, match=line):
        as_logits(np.array(given), outputs)


def test_raw_outputs_are_the_modules_own_in_whatever_mode_it_is(network):
    asked = nn.Sequential(network, nn.Dropout(0.5), nn.Softmax(1)).train()
    teacher = TorchTeacher(asked, 10, batch_size=4, outputs="probabilities")
    torch.manual_seed(0)
    first, again = teacher.raw(IMAGES), teacher.raw(IMAGES)
    np.testing.assert_allclose(first.sum(1), 1, rtol=1e-5)
    assert np.abs(first - again).max() > 0.01
    assert asked.training


def test_the_layout_of_memory_changes_no_more_than_rounding(network):
    rows, last = predict(network, IMAGES), predict(network, IMAGES, memory_format="channels_last")
    np.testing.assert_allclose(last.logits, rows.logits, rtol=1e-4, atol=1e-5)


def test_a_teacher_with_another_number_of_classes_is_noticed(network):
    with pytest.raises(ValueError, match="must give 9 logits per image, got 10"):
        TorchTeacher(network, 9).predict(IMAGES)
