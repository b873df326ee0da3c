"""Saved views that measure: figure 12's drawn range, section 7.2's disturbed glasses."""

import numpy as np
import pytest

from core.deepvid.explanation import Explanation
from core.deepvid.student import Student
from core.deepvid.trust import HeldOut, Trust
from core.generators.generator import LatentSpace
from pages.parts.deepvid.cases import nearer_range
from pages.parts.deepvid.disturbed import change_words, evidence_words
from precompute.latent import Latent

RANDOM = np.random.default_rng(0)
MIX = RANDOM.normal(0, 0.4, (3, 64)).astype(np.float32)
RANGES = np.array([[-2, 2], [-1, 3], [-4, 4]], np.float32)


def decode(codes):
    return (1 / (1 + np.exp(-codes @ MIX))).reshape(-1, 1, 8, 8).astype(np.float32)


def space():
    codes, errors = np.zeros((1, 3), np.float32), np.array([0.25], np.float32)
    within = LatentSpace(codes, RANGES, errors)
    return Latent("vae", (1, 8, 8), codes, errors, within, np.ones(3, np.float32), decode)


def ends_of(found):
    axis, low, high = found.written.split(",")
    return int(axis), float(low), float(high)


def test_the_drawn_range_lies_on_the_axis_that_brings_the_reconstruction_nearest():
    shown = decode(np.array([[0, 2.0, 0]], np.float32))[0]  # the image lies at 2 on axis 1
    found = nearer_range(space(), 0, shown, "root", "one", "print")
    axis, low, high = ends_of(found)
    assert axis == 1
    assert (low, high) == pytest.approx((1.7, 2.3))  # 15 per cent of 4, around 2
    assert "to 0.0000; the median image's is 0.2500" in found.said


def test_a_drawn_range_ends_where_its_axis_does():
    shown = decode(np.array([[0, 0, -4.0]], np.float32))[0]
    assert ends_of(nearer_range(space(), 0, shown, "root", "two", "print")) == pytest.approx(
        (2, -4.0, -3.4)
    )


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
    assert said in evidence_words(made, lit(1, 1), 0, 1)


def test_nothing_is_said_of_a_class_that_the_student_does_not_know():
    assert evidence_words(explained(lit(1, 0), classes=(0, -1)), lit(1, 1), 0, 1) == ""
