from dataclasses import replace

import numpy as np
import pytest

from core.generators.frequency import Frequency
from core.generators.generator import LatentSpace, latent_ranges
from core.relabel.hybrid import HybridRelabel, _most, _nearest_multiples, hybrid_maps
from core.relabel.maps import HybridMaps, PaperMaps, distilled, read_as
from core.relabel.neighbors import Perturbation
from core.relabel.student import RelabelLoss
from core.saliency.deletion_insertion import deletion_insertion
from core.saliency.method import Examined, explain

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.random((3, 2, 8, 8)).astype(np.float32)
PICTURES[:, :, :2] = 0
WEIGHT = RANDOM.standard_normal((2, 8, 8)).astype(np.float32)
CODER = Frequency((2, 8, 8), 8)
CODES = CODER.encode(RANDOM.random((40, 2, 8, 8)).astype(np.float32))
SPACE = LatentSpace(CODES, latent_ranges(CODES), np.zeros(40, np.float32))
ZERO = np.zeros(3, np.int64)


def linear(scale=1.0):
    def predict(pictures):
        odds = scale * (pictures * WEIGHT).sum((1, 2, 3))
        return np.stack([odds, 0 * odds], axis=1)

    return Examined(predict)


def shifted():
    """A linear teacher whose boundary runs among the pictures, not far from them at 0."""
    shift = (PICTURES * WEIGHT).sum((1, 2, 3)).mean() - 0.3
    return Examined(
        lambda some: np.stack(
            [(some * WEIGHT).sum((1, 2, 3)) - shift, np.zeros(len(some))], axis=1
        ).astype(np.float32)
    )


def always():
    return Examined(lambda pictures: np.tile(np.array([9, 0], np.float32), (len(pictures), 1)))


def of(method, teacher=None, **options):
    return explain(method, teacher or linear(), PICTURES, ZERO, **options).maps


PAPER = PaperMaps(CODER, SPACE, Perturbation(n=400))
HYBRID = HybridMaps(HybridRelabel(copies=400, l2=1e-6), blur=3)
MIXED = replace(HYBRID, generator=CODER, space=SPACE, perturbation=Perturbation(n=100, probe=50))


def correlation(a, b):
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


def test_the_papers_map_of_a_linear_teacher_is_its_weights():
    teacher = shifted()
    predicted = teacher.logits(PICTURES).argmax(1)
    found = explain(PAPER, teacher, PICTURES, predicted).maps
    for target, ours in zip(predicted, found, strict=True):
        sign = 1 if target == 0 else -1
        assert correlation(ours, sign * WEIGHT.sum(0)) > 0.8


def test_where_nothing_flips_there_is_no_map():
    np.testing.assert_array_equal(of(PAPER, always()), 0)
    found = distilled(
        CODES[0], CODES.std(0), CODER.decode, always().logits, 0, Perturbation(n=50), RelabelLoss()
    )
    assert found.student is None
    assert found.neighbors.reason == "nothing flips"


def test_a_map_is_read_signed_positive_or_times_input():
    weights = RANDOM.standard_normal((2, 8, 8)).astype(np.float32)
    signed = read_as(weights, PICTURES[0], "signed")
    np.testing.assert_allclose(signed, weights.sum(0))
    np.testing.assert_allclose(read_as(weights, PICTURES[0], "positive"), np.maximum(signed, 0))
    expected = (weights * PICTURES[0]).sum(0)
    np.testing.assert_allclose(read_as(weights, PICTURES[0], "times_input"), expected)
    with pytest.raises((ValueError, TypeError), match="read"):
        of(PaperMaps(CODER, SPACE, read="negative"))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("insertion", [0.0, 1.0])
def test_the_hybrid_map_of_a_linear_teacher_is_what_each_pixel_changes(insertion):
    settings = HybridRelabel(copies=800, rounds=2, insertion=insertion, l2=1e-9)
    stand_in = 0 * PICTURES if insertion == 0 else np.full_like(PICTURES, 0.3)
    for picture, vague in zip(PICTURES, np.full_like(PICTURES, 0.3), strict=True):
        *_, found = hybrid_maps(picture, vague, 0, linear().logits, settings)
        expected = (WEIGHT * (picture - stand_in[0])).sum(0)
        assert correlation(found, expected) > 0.99


def test_later_rounds_walk_the_way_that_is_judged():
    def score(pictures):  # the logit saturates: what matters depends on what is left
        odds = 6 * np.tanh((pictures * WEIGHT).sum((1, 2, 3)))
        return np.stack([odds, 0 * odds], axis=1)

    areas = []
    teacher = Examined(score)
    targets = teacher.logits(PICTURES).argmax(1)
    for rounds in (1, 4):
        method = HybridMaps(HybridRelabel(copies=400, rounds=rounds), blur=3)
        maps = explain(method, teacher, PICTURES, targets).maps
        found = deletion_insertion(teacher, PICTURES, maps, targets=targets, blur=3)
        areas.append(found.deletion_area.mean() - found.insertion_area.mean())
    assert areas[1] <= areas[0] + 0.01


@pytest.mark.parametrize("method", [PAPER, HYBRID, MIXED], ids=["paper", "masked", "mixed"])
def test_maps_are_finite_repeat_and_do_not_depend_on_the_batch(method):
    whole = of(method)
    assert whole.dtype == np.float32
    np.testing.assert_array_equal(of(method), whole)
    np.testing.assert_allclose(of(method, batch_size=7), whole, atol=1e-3)
    alone = explain(method, linear(), PICTURES[1:2], ZERO[:1]).maps
    np.testing.assert_allclose(alone[0], whole[1], atol=1e-3)


def test_cells_are_masked_as_a_whole():
    found = of(HybridMaps(HybridRelabel(copies=64, cell=3), blur=3))
    np.testing.assert_array_equal(found[:, 3:6, 3:6], found[:, 3:4, 3:4] + 0 * found[:, 3:6, 3:6])


def test_a_black_image_has_a_map():
    nothing = np.zeros((1, 2, 8, 8), np.float32)
    assert np.isfinite(explain(HYBRID, linear(), nothing, ZERO[:1]).maps).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"copies": 3},
        {"rounds": 0},
        {"cell": 0},
        {"reach": 0.0},
        {"insertion": 1.5},
        {"noise": -1.0},
    ],
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match=r"copies|cell|reach|insertion|noise"):
        HybridRelabel(**settings)


def test_infinite_logits_are_refused():
    broken = Examined(lambda some: np.full((len(some), 2), np.inf, np.float32))
    with pytest.raises(ValueError, match="finite"):
        of(HYBRID, broken)


def test_later_copies_stay_near_where_the_class_is_gone_or_back():
    cells, gone = np.array([1, 2, 4, 8, 40]), np.array([5.0, 1.0, -4.0, -6.0, -6.0])
    assert _most(cells, gone, inserted=False, reach=3.0) == 12
    assert _most(cells, -gone, inserted=True, reach=3.0) == 12
    assert _most(cells, gone, inserted=False, reach=100.0) == 40
    assert _most(cells, np.full(5, 1.0), inserted=False, reach=3.0) == 40
    assert _most(cells, np.full(5, -9.0), inserted=False, reach=3.0) == 40
    assert _most(cells[:0], gone[:0], inserted=False, reach=3.0) == 0


def test_of_a_masked_copy_the_nearest_multiples_are_its_mask():
    stand_in = np.full((2, 8, 8), 0.25, np.float32)
    kept = RANDOM.random((5, 4)) < 0.5
    mask = kept.reshape(5, 1, 2, 2).repeat(4, 2).repeat(4, 3)
    copies = np.where(mask, PICTURES[0], stand_in)
    np.testing.assert_allclose(
        _nearest_multiples(copies, PICTURES[0], stand_in, 4), kept, atol=1e-6
    )
    halfway = (0.5 * (PICTURES[:1] + stand_in)).astype(np.float32)
    found = _nearest_multiples(halfway, PICTURES[0], stand_in, 3)
    np.testing.assert_allclose(found, 0.5, atol=1e-6)


def test_latent_neighbours_join_the_masked_copies_and_a_linear_teacher_stays_right():
    teacher = shifted()
    targets = teacher.logits(PICTURES).argmax(axis=1)
    alone, mixed = (explain(one, teacher, PICTURES, targets).maps for one in (HYBRID, MIXED))
    joined = ~(alone == mixed).all(axis=(1, 2))
    assert joined.any()
    for target, ours, picture in zip(targets, mixed, PICTURES, strict=True):
        assert correlation(ours, (1 if target == 0 else -1) * (WEIGHT * picture).sum(0)) > 0.8
    # a teacher for which no neighbour flips has none to give
    np.testing.assert_array_equal(of(MIXED, always()), of(HYBRID, always()))
