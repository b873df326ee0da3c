import numpy as np
import pytest

from core.deepvid.features import (
    all_together,
    crossed,
    each_alone,
    this_not_that,
    weighted_features,
)
from core.deepvid.student import Student
from core.deepvid.trust import held_out, trust
from tests.reference import deepvid as reference

RANDOM = np.random.default_rng(0)
STUDENT = Student(
    RANDOM.standard_normal((3, 1, 2, 2)).astype(np.float32),
    RANDOM.standard_normal(3).astype(np.float32),
)
PICTURES = RANDOM.random((20, 1, 2, 2)).astype(np.float32)


def test_a_student_that_is_the_teacher_is_trusted():
    found = trust(STUDENT, PICTURES[0], STUDENT.logits(PICTURES)[0])
    assert found.total_variation == pytest.approx(0, abs=1e-6)
    assert found.verdict == "agrees"
    there = held_out(STUDENT, PICTURES, STUDENT.logits(PICTURES) + 5)
    assert there.kl == pytest.approx(0, abs=1e-6)
    assert there.top_agreement == 1
    assert there.r2 == pytest.approx(1)


def test_total_variation_is_half_the_l1_distance():
    logits = RANDOM.standard_normal(3).astype(np.float32)
    found = trust(STUDENT, PICTURES[0], logits)
    expected = reference.total_variation(
        reference.softmax(logits), reference.softmax(STUDENT.logits(PICTURES[:1])[0])
    )
    assert found.total_variation == pytest.approx(expected, abs=1e-6)


def test_a_student_that_reads_another_class_disagrees():
    logits = -10 * STUDENT.logits(PICTURES)[0]
    found = trust(STUDENT, PICTURES[0], logits)
    assert not found.same_top_class
    assert found.verdict == "disagrees"


def test_a_student_that_is_too_sure_differs():
    found = trust(STUDENT, PICTURES[0], 0.05 * STUDENT.logits(PICTURES)[0])
    assert found.verdict == "differs"


def test_held_out_kl_is_the_literal_one():
    logits = RANDOM.standard_normal((20, 3))
    expected = np.mean(
        [
            reference.kl(reference.softmax(z), reference.softmax(s))
            for z, s in zip(logits, STUDENT.logits(PICTURES), strict=True)
        ]
    )
    assert held_out(STUDENT, PICTURES, logits).kl == pytest.approx(expected, rel=1e-5)


def test_logits_that_do_not_vary_have_no_r2():
    assert np.isnan(held_out(STUDENT, PICTURES, np.zeros((20, 3))).r2)


def test_a_student_that_says_the_mean_has_r2_zero():
    logits = RANDOM.standard_normal((20, 3)).astype(np.float32)
    logits -= logits.mean(axis=1, keepdims=True)
    flat = Student(np.zeros((3, 1, 2, 2), np.float32), logits.mean(0))
    assert held_out(flat, PICTURES, logits).r2 == pytest.approx(0, abs=1e-5)


def test_nan_is_refused():
    with pytest.raises(ValueError, match="finite"):
        trust(STUDENT, PICTURES[0], np.array([np.nan, 0, 0], np.float32))
    with pytest.raises(ValueError, match="at least one"):
        held_out(STUDENT, PICTURES[:0], np.zeros((0, 3)))


def test_weighted_features_add_up_to_the_logit():
    features = weighted_features(STUDENT, PICTURES[0])
    np.testing.assert_allclose(
        features.sum((1, 2, 3)) + STUDENT.bias, STUDENT.logits(PICTURES[:1])[0], rtol=1e-5
    )


def test_this_not_that_is_zero_for_one_class_and_signed_for_two():
    np.testing.assert_array_equal(this_not_that(STUDENT, PICTURES[0], 1, 1), 0)
    np.testing.assert_allclose(
        this_not_that(STUDENT, PICTURES[0], 0, 2), -this_not_that(STUDENT, PICTURES[0], 2, 0)
    )


def test_two_pictures_times_two_classes_make_four():
    four = crossed(STUDENT, PICTURES[:2], (2, 0))
    np.testing.assert_array_equal(four[1, 0], PICTURES[1] * STUDENT.weights[2])


def test_weight_images_stretch_alone_and_features_together():
    images = np.array([[[[0.0, 1.0]]], [[[0.0, 4.0]]], [[[2.0, 2.0]]]])
    np.testing.assert_allclose(each_alone(images)[:, 0, 0], [[0, 1], [0, 1], [0.5, 0.5]])
    np.testing.assert_allclose(all_together(images)[:, 0, 0], [[0, 0.25], [0, 1], [0.5, 0.5]])


def test_a_picture_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="shape"):
        weighted_features(STUDENT, np.zeros((1, 3, 3), np.float32))
