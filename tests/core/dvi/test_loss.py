import numpy as np
import torch

from core.dvi.complex import boundary_complex
from core.dvi.decoder import anchor_codes
from core.dvi.decoder import head_gradients as linear_head_gradients
from core.dvi.fit import FitSettings, fit
from core.dvi.loss import (
    head_gradients,
    reconstruction,
    sample_edges,
    sample_strangers,
    temporal,
    umap_cross_entropy,
)
from core.dvi.model import Head, anchor_weights
from core.dvi.network import NetworkModel
from core.dvi.properties import ppr
from tests.reference import dvi as literal

RANDOM = np.random.default_rng(0)


def tensor(*shape):
    return torch.from_numpy(RANDOM.normal(size=shape))


def test_the_cross_entropy_is_that_of_parametric_umap():
    heads, tails, strangers = tensor(7, 2), tensor(7, 2), tensor(7, 3, 2)
    expected = literal.umap_cross_entropy(heads, tails, strangers, 1.5, 0.9)
    torch.testing.assert_close(
        umap_cross_entropy(heads, tails, strangers, a=1.5, b=0.9).item(), expected
    )


def test_the_reconstruction_is_that_of_equation_8():
    x, after, gradients = tensor(5, 4), tensor(5, 4), tensor(5, 4).abs()
    expected = literal.reconstruction(x.numpy(), after.numpy(), gradients.numpy(), 2.0)
    torch.testing.assert_close(reconstruction(x, after, gradients, 2.0).item(), expected)


def test_the_gradient_of_the_head_is_that_of_equation_9():
    weight, x = RANDOM.normal(size=(4, 6)), RANDOM.normal(size=(5, 6))
    bent = head_gradients(lambda v: torch.tanh(v @ torch.from_numpy(weight).T), torch.from_numpy(x))
    expected = literal.head_gradients(lambda v: np.tanh(v @ weight.T), x)
    np.testing.assert_allclose(bent.numpy(), expected, atol=1e-7)
    head = Head(weight, np.zeros(4))
    straight = linear_head_gradients(head, head(x))
    np.testing.assert_allclose(straight, literal.head_gradients(head, x), atol=1e-7)


def test_the_temporal_loss_is_that_of_equation_10():
    before, now, kept = [tensor(3, 2), tensor(4)], [tensor(3, 2), tensor(4)], tensor(6).abs()
    expected = literal.temporal(
        kept.tolist(), [b.numpy() for b in before], [n.numpy() for n in now]
    )
    torch.testing.assert_close(temporal(kept, before, now).item(), expected)


def test_losses_have_the_gradients_that_finite_differences_find():
    strangers, gradients, x = tensor(4, 2, 2), tensor(4, 3).abs(), tensor(4, 3)

    def whole(heads, tails, after):
        return umap_cross_entropy(heads, tails, strangers) + reconstruction(x, after, gradients)

    inputs = [tensor(*shape).requires_grad_(True) for shape in ((4, 2), (4, 2), (4, 3))]
    assert torch.autograd.gradcheck(whole, inputs)


def test_edges_are_drawn_in_proportion_to_weight():
    edges = boundary_complex(RANDOM.normal(size=(20, 3)), RANDOM.normal(size=(6, 3)), 4)
    heads, tails = sample_edges(edges, 200_000, torch.Generator().manual_seed(0))
    drawn = np.zeros((26, 26))
    np.add.at(drawn, (heads.numpy(), tails.numpy()), 1)
    expected = edges.weight / edges.weight.sum()
    np.testing.assert_allclose(drawn[edges.head, edges.tail] / 200_000, expected, atol=1e-3)


def test_strangers_are_of_the_kind_of_the_tail():
    pool, tails = torch.tensor([3, 8, 1, 12, 14]), torch.tensor([0, 9, 11, 13])
    generator = torch.Generator().manual_seed(0)
    drawn = pool[sample_strangers(tails, pool, 10, 50, generator)]
    assert (drawn[:2] < 10).all()
    assert (drawn[2:] >= 10).all()


def test_the_codes_of_the_anchors_approach_the_best_there_are():
    points = RANDOM.normal(size=(60, 2))
    anchors, coordinates = points[:12], RANDOM.normal(size=(60, 3))
    weights = anchor_weights(anchors, points, 4)
    emphasis, basis = np.ones((60, 3)), np.eye(3)
    zeros = np.zeros(60)
    head, bias, predicted = np.zeros((2, 3)), np.zeros(2), np.zeros(60, np.int64)
    codes = anchor_codes(
        weights, coordinates, basis, emphasis, head, bias, predicted, zeros, steps=600
    )
    best, *_ = np.linalg.lstsq(weights.toarray(), coordinates, rcond=None)

    def error(solution):
        return ((weights @ solution - coordinates) ** 2).sum()

    assert error(codes) < 1.02 * error(best)


def test_the_paper_preset_learns_both_ways_and_starts_warm(small):
    settings = FitSettings(preset="paper")
    boundary = small.boundary().representations
    first = fit(small.representations, boundary, small.head, settings=settings)
    assert isinstance(first.model, NetworkModel)
    back = small.head(first.model.inverse(first.points)).argmax(axis=1)
    assert ppr(small.predicted, back) > 0.6
    again = NetworkModel.from_arrays(first.model.arrays())
    np.testing.assert_array_equal(again.project(small.representations), first.points[:240])
    now = small.representations + np.float32(0.01)
    second = fit(now, boundary, small.head, settings=settings, previous=first)
    width = np.linalg.norm(np.ptp(first.points, axis=0))
    assert np.linalg.norm(second.points - first.points, axis=1).mean() < 0.2 * width
