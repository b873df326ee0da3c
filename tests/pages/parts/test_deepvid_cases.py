"""Saved views that measure: figure 12's drawn range, section 7.2's disturbed glasses."""

import numpy as np
import pytest

from core.deepvid.explanation import Explanation
from core.deepvid.student import Student
from core.deepvid.trust import HeldOut, Trust
from core.generators.generator import LatentSpace
from pages.parts.deepvid.disturbed import change_words, evidence_words
from pages.parts.deepvid.drawn_range import class_range
from precompute.latent import Latent

RANGES = np.array([[-2, 2], [-1, 3], [-4, 4]], np.float32)
NAMES = ["four", "seven"]


def space(codes):
    codes = np.asarray(codes, np.float32)
    within = LatentSpace(codes, RANGES, np.zeros(len(codes), np.float32))
    return Latent("vae", (1, 8, 8), codes, within.errors, within, np.ones(3, np.float32), nothing)


def nothing(codes):
    raise AssertionError("no picture is needed")


def spread(*center):
    return np.array(center) + np.random.default_rng(0).normal(0, 0.05, (20, 3))


def test_the_drawn_range_lies_where_most_of_the_nearest_images_share_the_class():
    codes = np.concatenate([[[0, 0, 0]], spread(0, 0, 0), spread(0, 2, 0), spread(-1.8, 0, 0)])
    predicted = np.array([1] + [0] * 20 + [1] * 20 + [0] * 20)  # a seven among fours
    found = class_range(space(codes), 0, predicted, NAMES)
    assert found is not None
    axis, low, high = map(float, found.written.split(","))
    assert axis == 1
    assert high - low == pytest.approx(0.6)  # 15 per cent of 4
    assert 1 < (low + high) / 2 < 2  # the first value of the axis that is nearer to the sevens
    assert "are read as seven too (100%; at the image's own code 0%)" in found.said


def test_a_drawn_range_ends_where_its_axis_does():
    codes = np.concatenate([[[0, 0, 0]], spread(0, 0, 0), spread(0, 0, 7.9)])
    found = class_range(space(codes), 0, np.array([1] + [0] * 20 + [1] * 20), NAMES)
    assert found is not None  # only at the very end of axis 2 the sevens are nearer
    assert found.written == "2,3.4,4"


def test_an_image_among_its_own_class_needs_no_range():
    codes = np.concatenate([[[0, 0, 0]], spread(0, 0, 0)])
    assert class_range(space(codes), 0, np.ones(21, int), NAMES) is None


def lit(inside: float, outside: float) -> np.ndarray:
    """A picture of 64 x 64 that is lit where glasses sit and elsewhere."""
    picture = np.full((3, 64, 64), outside, np.float32)
    picture[:, 22:36, 12:52] = inside
    return picture


def test_change_is_counted_where_glasses_sit():
    assert "0% lies where glasses sit, which is 14% of" in change_words(lit(0, 1), lit(0, 0))
    assert "100% lies where" in change_words(lit(1, 0), lit(0, 0))
    assert " 0% lies where" in change_words(lit(1, 1), lit(1, 1))  # the same picture twice


def explained(weights, *, student_class=0, classes=(0, 1)):
    teacher = np.array([0.9, 0.1], np.float32)
    student = Student(np.stack([weights, np.zeros_like(weights)]), np.zeros(2, np.float32))
    return Explanation(
        np.array(classes), np.zeros((1, 3), np.float32), weights[None], teacher[None], student,
        student, Trust(teacher, teacher, 0.0, 0, student_class), HeldOut(0.0, 1.0, 1.0, 1), (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            explained(lit(0, 1)),
            "0% lies there, and it reads the image as the teacher does: most of",
        ),
        (explained(lit(0, 1)), "most of it lies elsewhere, so here too the view fails"),
        (explained(lit(1, 0)), "100% lies there"),
        (explained(lit(1, 0)), "so here the view does not fail"),
        (explained(lit(1, 0), student_class=1), "not to be trusted, so here too the view fails"),
    ],
)
def test_the_view_fails_where_the_evidence_lies_elsewhere_or_the_student_disagrees(made, said):
    assert said in evidence_words(made, lit(0, 0), lit(1, 1), 0, 1)


def test_nothing_is_said_of_a_class_that_the_student_does_not_know():
    assert evidence_words(explained(lit(1, 0), classes=(0, -1)), lit(0, 0), lit(1, 1), 0, 1) == ""
