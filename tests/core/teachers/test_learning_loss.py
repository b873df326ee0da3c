from typing import Any

import numpy as np
import pytest
import torch

from core.datasets import load
from core.teachers.convnet import ConvNet
from core.teachers.inference import predict
from core.teachers.learning_loss import (
    LossPredicting,
    learning_loss,
    predicted_losses,
    ranking_loss,
)
from core.teachers.training import Training, make_optimizer, train_epoch
from core.uncertainty import softmax

LAYERS = ("block1", "block2", "block3")
DATA = load("digits", limit=300)


def network() -> LossPredicting:
    torch.manual_seed(0)
    return LossPredicting(ConvNet(1, 10, 4), LAYERS, torch.rand(1, 1, 8, 8), width=16)


def literal_ranking(predicted, losses, margin):
    """Equation 2, pair by pair."""
    n, total = len(predicted), 0.0
    for i in range(n // 2):
        j = n - 1 - i
        sign = 1.0 if losses[i] > losses[j] else -1.0
        total += max(0.0, -sign * (predicted[i] - predicted[j]) + margin)
    return total / (n // 2)


@pytest.mark.parametrize("n", [2, 6, 7])
def test_the_ranking_loss_is_the_literal_equation(n):
    generator = torch.Generator().manual_seed(n)
    predicted, losses = torch.rand(2, n, generator=generator).double()
    found = ranking_loss(predicted, losses, 0.3)
    assert float(found) == pytest.approx(literal_ranking(predicted.tolist(), losses.tolist(), 0.3))


def test_the_right_order_by_more_than_the_margin_costs_nothing():
    losses = torch.tensor([0.0, 1.0, 2.0, 3.0])
    assert ranking_loss(losses * 10, losses) == 0
    assert ranking_loss(-losses * 10, losses) > 10


def test_one_image_makes_no_pair():
    predicted: Any = torch.ones(1, requires_grad=True)
    ranking_loss(predicted, torch.ones(1)).backward()
    assert predicted.grad == 0


def test_the_logits_are_the_networks_own():
    module = network()
    found = predict(module, DATA.images[:5]).logits
    np.testing.assert_array_equal(found, predict(module.network, DATA.images[:5]).logits)


def test_a_detached_network_learns_nothing_from_the_predicted_losses():
    for detached in (False, True):
        module = network()
        module.detached = detached
        module(torch.rand(4, 1, 8, 8))
        assert module.predicted_loss is not None
        module.predicted_loss.sum().backward()
        slopes = [parameter.grad for parameter in module.network.parameters()]
        assert all(slope is None for slope in slopes) == detached
        assert module.join.weight.grad is not None


def test_it_learns_which_images_are_hard():
    module, settings = network(), Training(epochs=12, batch_size=32)
    optimizer, generator = make_optimizer(module, settings), torch.Generator().manual_seed(0)
    train, test = DATA.rows("train"), DATA.rows("test")
    for epoch in range(settings.epochs):
        train_epoch(
            module,
            optimizer,
            DATA.images[train],
            DATA.labels[train],
            generator,
            epoch=epoch,
            settings=settings,
            objective=learning_loss(),
        )
    logits = predict(module, DATA.images[test]).logits
    loss = -np.log(softmax(logits)[np.arange(len(test)), DATA.labels[test]])
    predicted = predicted_losses(module, DATA.images[test], batch_size=50)
    hard = np.argsort(predicted)
    third = len(test) // 3
    assert loss[hard[-third:]].mean() > 2 * loss[hard[:third]].mean()


def test_layers_that_do_not_exist_are_named():
    with pytest.raises(ValueError, match="must name layers of the network, got block9"):
        LossPredicting(ConvNet(1, 10, 4), ("block9",), torch.rand(1, 1, 8, 8))
    with pytest.raises(ValueError, match="trains a LossPredicting network, got ConvNet"):
        learning_loss()(ConvNet(1, 10, 4), torch.rand(1, 1, 8, 8), torch.tensor([0]))
