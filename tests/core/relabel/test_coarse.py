import numpy as np
import pytest

from core.generators.frequency import Frequency
from core.generators.generator import LatentSpace, latent_ranges
from core.relabel.coarse import coarse_to_fine
from core.relabel.maps import PaperMaps
from core.relabel.neighbors import Perturbation
from core.relabel.presets import GRIDS, hybrid_for, perturbation_for
from core.relabel.student import RelabelLoss, relabel_loss, solve
from core.saliency.method import Examined, explain
from core.saliency.substrate import blurred

RANDOM = np.random.default_rng(0)
CELLS = RANDOM.standard_normal((2, 4, 4)).astype(np.float32)
WEIGHT = CELLS.repeat(2, 1).repeat(2, 2)
PICTURES = RANDOM.random((60, 2, 8, 8)).astype(np.float32)
ODDS = ((PICTURES - 0.5) * WEIGHT).sum((1, 2, 3)).astype(np.float64)
P = 1 / (1 + np.exp(-ODDS))
LABELS = (P > 0.5).astype(np.int64)
LOSS = RelabelLoss(l2=1e-3)


def correlation(a, b):
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


def test_one_grid_of_all_pixels_is_the_plain_student():
    plain = solve(PICTURES, P, LABELS, LOSS)
    found = coarse_to_fine(PICTURES, P, LABELS, LOSS, [8])
    np.testing.assert_allclose(found.weights, plain.weights, rtol=1e-3, atol=1e-4)
    assert found.bias == pytest.approx(plain.bias, abs=1e-3)


def test_of_few_neighbours_it_learns_a_coarse_teacher_better_than_single_pixels_do():
    plain = solve(PICTURES, P, LABELS, LOSS).weights
    found = coarse_to_fine(PICTURES, P, LABELS, LOSS, [2, 4, 8]).weights
    assert correlation(found, WEIGHT) > correlation(plain, WEIGHT) + 0.1


def test_weights_and_bias_together_have_the_stated_loss():
    found = coarse_to_fine(PICTURES, P, LABELS, LOSS, [4, 8])
    outputs = (PICTURES * found.weights).sum((1, 2, 3)).astype(np.float64) + found.bias
    s = 1 / (1 + np.exp(-outputs))
    assert relabel_loss(s, P, LABELS, LOSS) == pytest.approx(found.loss, abs=1e-4)
    first = coarse_to_fine(PICTURES, P, LABELS, LOSS, [4])
    assert found.loss <= first.loss + 1e-6


@pytest.mark.parametrize("grids", [(), (0, 4), (8, 4), (4, 4)])
def test_grids_that_do_not_rise_are_refused(grids):
    with pytest.raises(ValueError, match="grids"):
        coarse_to_fine(PICTURES, P, LABELS, LOSS, grids)


def test_its_maps_and_smooth_ones_come_under_the_one_signature():
    coder = Frequency((2, 8, 8), 8)
    codes = coder.encode(PICTURES)
    space = LatentSpace(codes, latent_ranges(codes), np.zeros(60, np.float32))
    teacher = Examined(
        lambda some: np.stack([((some - 0.5) * WEIGHT).sum((1, 2, 3)), np.zeros(len(some))], 1)
    )
    targets = teacher.logits(PICTURES[:2]).argmax(1)
    drawn = Perturbation(n=300)
    one, smooth = (
        explain(
            PaperMaps(coder, space, drawn, grids=(4, 8), smooth=length),
            teacher,
            PICTURES[:2],
            targets,
        ).maps
        for length in (1, 3)
    )
    np.testing.assert_allclose(smooth, blurred(one[:, None], 3)[:, 0])
    sign = np.where(targets == 0, 1, -1)[:, None, None]
    assert correlation(one * sign, np.broadcast_to(WEIGHT.sum(0), one.shape)) > 0.7


def test_larger_pictures_get_larger_cells_and_fewer_copies():
    small, middle, large = (hybrid_for((1, side, side)) for side in (28, 64, 224))
    assert (small.cell, middle.cell, large.cell) == (1, 2, 8)
    photographs = [hybrid_for((3, side, side)) for side in (8, 32, 64, 224)]
    assert [one.cell for one in photographs] == [1, 4, 8, 16]
    assert all(one.insertion > small.insertion for one in photographs)
    assert small.copies > middle.copies > large.copies
    assert perturbation_for((3, 224, 224)).n < perturbation_for((1, 28, 28)).n == 1000
    assert perturbation_for((3, 224, 224), paper=True).n == 1000
    assert list(GRIDS) == sorted(GRIDS)
