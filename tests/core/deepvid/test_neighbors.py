from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from core.deepvid.explanation import Step
from core.deepvid.neighbors import Sampling, neighborhood
from core.deepvid.probe import Flip, Probe, probing
from core.deepvid.student import StudentSettings
from core.deepvid.tune import Grid, Tuned, tuning
from core.generators.frequency import Frequency
from core.generators.generator import LatentSpace, latent_ranges
from core.generators.sampling import band_around

RANDOM = np.random.default_rng(0)
PICTURES = (0.3 + 0.4 * RANDOM.random((30, 1, 6, 6))).astype(np.float32)
LOW_PASS = Frequency((1, 6, 6), 3)
CODES = LOW_PASS.encode(PICTURES)
SPACE = LatentSpace(CODES, latent_ranges(CODES), np.zeros(30, np.float32))
WEIGHTS = RANDOM.standard_normal((3, 36)).astype(np.float32)


def last_of(working: Callable[..., Iterator]) -> Callable[..., Any]:
    def worked(*given, **options):
        *_, last = working(*given, **options)
        return last

    return worked


def teacher(pictures):
    return 10 * pictures.reshape(len(pictures), -1) @ WEIGHTS.T


def near(sampling, number=0, **more):
    return neighborhood(PICTURES[number], CODES[number], LOW_PASS.decode, SPACE, sampling, **more)


@pytest.mark.parametrize("sampler", ["line", "band", "knn"])
def test_every_sampler_gives_as_many_neighbors_as_asked(sampler):
    found = near(Sampling(sampler, 17, k=5))
    assert found.pictures.shape == (17, 1, 6, 6)
    assert found.codes.shape == (17, 9)


def test_without_detail_neighbors_are_what_the_generator_draws():
    found = near(Sampling("band", 8, keep_detail=False))
    np.testing.assert_array_equal(found.pictures, LOW_PASS.decode(found.codes))


def test_with_detail_a_band_of_no_width_repeats_the_image_itself():
    found = near(Sampling("band", 3, share=0.0))
    np.testing.assert_allclose(found.pictures, np.tile(PICTURES[0], (3, 1, 1, 1)), atol=1e-6)


def test_a_morph_with_detail_hits_both_images():
    found = near(Sampling("morph", 9), other=(PICTURES[4], CODES[4]))
    np.testing.assert_allclose(found.pictures[0], PICTURES[0], atol=1e-6)
    np.testing.assert_allclose(found.pictures[-1], PICTURES[4], atol=1e-6)


def test_a_morph_without_a_second_image_and_a_box_without_a_region_are_refused():
    with pytest.raises(ValueError, match="second image"):
        near(Sampling("morph"))
    with pytest.raises(ValueError, match="region"):
        near(Sampling("box"))


def test_a_box_is_sampled_where_it_was_brushed():
    region = band_around(CODES[0], SPACE.ranges).locked(range(1, 9), CODES[0])
    found = near(Sampling("box", 12), region=region)
    assert np.ptp(found.codes[:, 0]) > 0
    assert np.ptp(found.codes[:, 1:], axis=0).max() == 0


def test_the_probe_finds_a_neighbor_on_the_other_side_and_close_to_the_border():
    picture, code = PICTURES[0], CODES[0]
    border = picture.mean() + 0.01

    def bright(pictures):
        light = pictures.mean(axis=(1, 2, 3)) - border
        return np.stack([np.zeros_like(light), light], axis=1)

    flip = last_of(probing)(picture, code, LOW_PASS.decode, SPACE, bright, Probe(halvings=12))
    assert flip is not None
    assert (flip.class_from, flip.class_to) == (0, 1)
    assert flip.picture.mean() == pytest.approx(border, abs=1e-3)
    before = code + (flip.code - code) * np.float32(0.9)
    detail = picture - LOW_PASS.decode(code[None])[0]
    there = np.clip(LOW_PASS.decode(before[None]) + detail, 0, 1)
    assert int(bright(there).argmax()) == flip.class_from
    span = np.ptp(SPACE.ranges, axis=1)
    assert flip.distance == pytest.approx(np.linalg.norm((flip.code - code) / span), rel=1e-3)


def test_a_teacher_that_never_changes_its_mind_has_no_flip():
    flip = last_of(probing)(
        PICTURES[0],
        CODES[0],
        LOW_PASS.decode,
        SPACE,
        lambda some: np.tile(np.array([1.0, 0.0]), (len(some), 1)),
        Probe(),
    )
    assert flip is None


def test_a_latent_space_without_extent_has_no_flip():
    still = LatentSpace(CODES[:1], latent_ranges(CODES[:1]), np.zeros(1, np.float32))
    assert last_of(probing)(PICTURES[0], CODES[0], LOW_PASS.decode, still, teacher, Probe()) is None


def test_auto_tune_returns_the_best_of_its_surface():
    grid = Grid(shares=(0.1, 0.4), temperatures=(1.0, 10.0), l2s=(0.0, 0.01), held_out=16)
    found = last_of(tuning)(
        PICTURES[0],
        CODES[0],
        LOW_PASS.decode,
        SPACE,
        teacher,
        Sampling("band", 64),
        StudentSettings(epochs=20),
        grid,
    )
    assert found.kl.shape == (2, 2, 2)
    score = found.kl + found.total_variation
    assert score[found.best] == score.min()
    assert found.share == grid.shares[found.best[0]]
    assert found.settings.temperature == grid.temperatures[found.best[1]]
    ours = found.student.probabilities(PICTURES[:1])[0]
    z = teacher(PICTURES[:1])[0]
    p = np.exp(z - z.max())
    expected = 0.5 * np.abs(ours - p / p.sum()).sum()
    assert found.total_variation[found.best] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("optimizer", ["gradient_descent", "closed_form"])
def test_auto_tune_counts_its_steps_up_to_the_end(optimizer):
    grid = Grid(shares=(0.1, 0.4), temperatures=(1.0, 10.0), l2s=(0.0,), held_out=16)
    *steps, last = tuning(
        PICTURES[0], CODES[0], LOW_PASS.decode, SPACE, teacher, Sampling("band", 120),
        StudentSettings(epochs=4, optimizer=optimizer), grid,
    )  # fmt: skip
    assert isinstance(last, Tuned)
    epochs = 4 if optimizer == "gradient_descent" else 1
    of = 2 + 3 + epochs + 2  # bands, blocks of 128 of 272 neighbours, epochs, bands judged
    told = [(step.done, step.of) for step in steps if isinstance(step, Step)]
    assert told == [(done, of) for done in range(1, of + 1)]


def test_a_probe_counts_its_steps_up_to_the_end():
    def left(pictures):
        light = pictures.mean(axis=(1, 2, 3)) - PICTURES[0].mean() - 0.01
        return np.stack([np.zeros_like(light), light], axis=1)

    *steps, last = probing(PICTURES[0], CODES[0], LOW_PASS.decode, SPACE, left, Probe())
    assert isinstance(last, Flip)
    told = [(step.done, step.of) for step in steps if isinstance(step, Step)]
    assert told == [(done, told[0][1]) for done in range(1, told[0][1] + 1)]
    assert len(told) > 8


def test_whoever_stops_asking_stops_auto_tune_and_probe():
    asked = []

    def counting(pictures):
        asked.append(len(pictures))
        return teacher(pictures)

    tuned = tuning(
        PICTURES[0], CODES[0], LOW_PASS.decode, SPACE, counting, Sampling("band", 400),
        StudentSettings(), Grid(),
    )  # fmt: skip
    probed = probing(PICTURES[0], CODES[0], LOW_PASS.decode, SPACE, counting, Probe())
    for steps, first in ((tuned, "the teacher's answers"), (probed, "looking for a flip")):
        asked.clear()
        for step in steps:
            assert isinstance(step, Step)
            if step.what == first:
                break
        assert asked[0] == 1
        assert asked[1:] == [128]


def test_auto_tune_needs_a_band():
    with pytest.raises(ValueError, match="line or band"):
        last_of(tuning)(
            PICTURES[0],
            CODES[0],
            LOW_PASS.decode,
            SPACE,
            teacher,
            Sampling("knn"),
            StudentSettings(),
            Grid(),
        )
    with pytest.raises(ValueError, match="at least one"):
        Grid(shares=())
