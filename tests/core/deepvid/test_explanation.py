from dataclasses import replace

import numpy as np
import pytest

from core.deepvid.explanation import (
    OTHERS,
    Explanation,
    Recipe,
    Step,
    among,
    axis_influence,
    explained,
    explaining,
    held_out_places,
    kept_classes,
    probabilities_of,
    recipe_for,
)
from core.deepvid.hybrid import log_odds
from core.deepvid.neighbors import Sampling, neighborhood
from core.deepvid.student import StudentSettings
from core.generators.generator import LatentSpace

SHAPE = (1, 6, 6)
MIX = np.random.default_rng(0).normal(0, 0.5, (4, 36)).astype(np.float32)
WEIGHTS = np.random.default_rng(1).normal(0, 1, (36, 3)).astype(np.float32)
CODES = np.random.default_rng(2).normal(0, 1, (30, 4)).astype(np.float32)
RANGES = np.stack([CODES.min(0), CODES.max(0)], 1)
SPACE = LatentSpace(CODES, RANGES, np.zeros(30, np.float32))
CODE = CODES[0]


def decode(codes):
    return (1 / (1 + np.exp(-codes @ MIX))).reshape(-1, *SHAPE).astype(np.float32)


def teacher(pictures):
    return pictures.reshape(len(pictures), -1) @ WEIGHTS


PICTURE = decode(CODE[None])[0]


def run(recipe, asked=teacher):
    return explained(PICTURE, CODE, decode, SPACE, asked, recipe)


def linear(**settings):
    return Recipe("student", Sampling("band", 200), StudentSettings(**settings), held_out=20)


def test_steps_come_before_the_explanation_and_count_up_to_it():
    made = list(explaining(PICTURE, CODE, decode, SPACE, teacher, linear(epochs=3)))
    *steps, last = made
    assert isinstance(last, Explanation)
    told = [(step.done, step.of) for step in steps if isinstance(step, Step)]
    assert len(told) == len(steps)
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    assert len(last.losses) == 3


def test_a_linear_teacher_is_recovered_up_to_a_constant_in_both_ways_of_teaching():
    for recipe in (linear(optimizer="closed_form"), Recipe(sampling=Sampling("band", 60))):
        found = run(recipe)
        assert found.trust.same_top_class
        assert found.trust.total_variation < 0.02


def test_the_margins_are_judged_by_their_own_log_odds_on_neighbours_kept_from_them():
    recipe = Recipe(sampling=Sampling("band", 60))
    found = run(recipe, two_classes)
    assert found.margins_r2 == pytest.approx(1, abs=1e-2)  # z0 - z1 is linear in the pixels
    pictures, out = explained_neighbours(recipe)
    truth = log_odds(two_classes(pictures[out]))
    rest = np.square(truth - found.weights.logits(pictures[out])).sum()
    assert found.margins_r2 == pytest.approx(1 - rest / np.square(truth - truth.mean(0)).sum())


def test_a_student_without_margins_has_no_figure_of_them_and_a_still_teacher_none_either():
    assert run(linear(epochs=1)).margins_r2 is None
    still = run(
        Recipe(), lambda pictures: np.tile(np.array([1, 0, 0], np.float32), (len(pictures), 1))
    )
    assert still.margins_r2 is not None
    assert np.isnan(still.margins_r2)


def two_classes(pictures):
    return pictures.reshape(len(pictures), -1) @ WEIGHTS[:, :2]


def explained_neighbours(recipe):
    drawn = neighborhood(
        PICTURE, CODE, decode, SPACE,
        replace(recipe.sampling, n=recipe.sampling.n + recipe.held_out),
    )  # fmt: skip
    return drawn.pictures, held_out_places(len(drawn.pictures), recipe.held_out)


def test_held_out_neighbours_are_no_neighbours_that_taught():
    found = run(linear(epochs=2))
    assert len(found.codes) == len(found.pictures) == len(found.probabilities) == 200
    assert found.held_out.n == 20


def test_neither_end_of_the_order_is_held_out():
    out = held_out_places(50, 12)
    assert out.sum() == 12
    assert not out[0]
    assert not out[-1]


def test_the_same_recipe_gives_the_same_bits():
    first, second = run(Recipe()), run(Recipe())
    np.testing.assert_array_equal(first.weights.weights, second.weights.weights)
    assert first.held_out == second.held_out


def test_a_morph_begins_and_ends_at_the_images():
    recipe = Recipe("student", Sampling("morph", 40), StudentSettings(epochs=1), held_out=8)
    other = decode(CODES[1:2])[0], CODES[1]
    *_, found = explaining(PICTURE, CODE, decode, SPACE, teacher, recipe, other=other)
    assert isinstance(found, Explanation)
    np.testing.assert_array_equal(found.codes[0], CODE)
    np.testing.assert_array_equal(found.codes[-1], CODES[1])
    np.testing.assert_allclose(found.pictures[-1], other[0], atol=1e-6)


def test_few_classes_are_all_kept_and_of_many_the_most_probable_and_one_for_the_others():
    logits = np.random.default_rng(0).normal(0, 3, (2, 30)).astype(np.float32)
    np.testing.assert_array_equal(kept_classes(logits[:, :5]), np.arange(5))
    kept = kept_classes(logits)
    assert len(kept) == 11
    assert kept[-1] == OTHERS
    assert set(logits.argmax(1)) <= set(kept.tolist())
    # a sure image beside an unsure one whose classes are all more probable than the sure one's rest
    logits = np.zeros((2, 30), np.float32)
    logits[0, 29], logits[1, :15] = 0.01, 9
    assert 29 in kept_classes(logits)


def test_all_others_together_have_the_probability_that_they_had_one_by_one():
    logits = np.random.default_rng(0).normal(0, 3, (7, 30)).astype(np.float32)
    kept = kept_classes(logits[:1])
    whole, part = probabilities_of(logits), probabilities_of(among(logits, kept))
    np.testing.assert_allclose(part[:, :-1], whole[:, kept[:-1]], atol=1e-6)
    np.testing.assert_allclose(part.sum(1), 1, atol=1e-6)


def test_a_teacher_of_many_classes_is_explained_among_the_few_that_matter():
    wide = np.random.default_rng(4).normal(0, 1, (36, 40)).astype(np.float32)
    found = run(Recipe(), lambda pictures: pictures.reshape(len(pictures), -1) @ wide)
    assert found.weights.weights.shape == (11, *SHAPE)
    assert found.probabilities.shape[1] == 11
    assert len(found.trust.teacher) == 11


def test_all_others_together_are_no_class_that_teacher_or_student_reads():
    # of 400 classes hardly one more probable than the next, 390 outweigh every single one
    flat = np.random.default_rng(4).normal(0, 0.05, (36, 400)).astype(np.float32)

    def unsure(pictures):
        return pictures.reshape(len(pictures), -1) @ flat

    found = run(Recipe(), unsure)
    assert found.trust.teacher[-1] > 0.5
    own = int(unsure(PICTURE[None])[0].argmax())
    assert found.classes[found.trust.teacher_class] == own
    assert found.classes[found.trust.student_class] != OTHERS


def test_a_black_image_and_a_class_that_never_comes_are_explained():
    black = np.zeros(SHAPE, np.float32)

    def sure(pictures):
        return np.tile(np.array([[9.0, 0.0, -1e4]], np.float32), (len(pictures), 1))

    for recipe in (Recipe(), linear(epochs=2)):
        found = explained(black, CODE, decode, SPACE, sure, recipe)
        assert np.isfinite(found.weights.weights).all()
        assert found.trust.teacher_class == 0


def test_an_axis_without_range_is_left_where_it_is():
    flat = RANGES.copy()
    flat[2] = CODE[2]
    space = LatentSpace(CODES, flat, SPACE.errors)
    found = explained(PICTURE, CODE, decode, space, teacher, linear(epochs=1))
    assert np.ptp(found.codes[:, 2]) == 0


def test_a_teacher_that_answers_nan_is_refused():
    with pytest.raises(ValueError, match="finite"):
        run(linear(), lambda pictures: np.full((len(pictures), 3), np.nan, np.float32))


def test_fewer_neighbours_than_a_batch_and_a_huge_temperature_are_no_trouble():
    recipe = Recipe(
        "student", Sampling("line", 4), StudentSettings(temperature=1e6, batch_size=128),
        held_out=2,
    )  # fmt: skip
    assert np.isfinite(run(recipe).weights.weights).all()


def test_influence_is_zero_where_the_axis_does_nothing_and_unknown_where_nobody_asked():
    deviation = CODES.std(0)
    still = axis_influence(
        CODE, RANGES, deviation, lambda codes: np.zeros((len(codes), *SHAPE), np.float32), teacher
    )
    np.testing.assert_allclose(still, 0, atol=1e-6)
    some = axis_influence(CODE, RANGES, deviation, decode, teacher, most=2)
    assert np.isnan(some).sum() == 2
    assert np.nanmax(some) > 0


def test_large_pictures_get_fewer_neighbours_and_larger_masks():
    small, large = recipe_for((3, 32, 32)), recipe_for((3, 224, 224))
    assert large.sampling.n < small.sampling.n
    assert large.hybrid.cell == 8
    middle = recipe_for((3, 64, 64))
    assert (middle.hybrid.masked, middle.hybrid.cell) == (400, 2)
    assert recipe_for((3, 64, 64), "student").sampling.n == 512  # the paper's, on CelebA too
    assert recipe_for((3, 32, 32), latent=1000).sampling.share == pytest.approx(0.015)
    assert recipe_for((1, 28, 28), latent=5).sampling.share == 0.15
    assert recipe_for((1, 28, 28), "student").sampling == Sampling("line", 512, keep_detail=False)
