from dataclasses import replace

import numpy as np
import pytest

from core.darksight.derivatives import student_of, theta_of
from core.darksight.student import Student, log_joint, probabilities
from tests.reference import darksight as reference


@pytest.mark.parametrize("degrees", [1.0, 2.0, 7.5, np.inf])
def test_the_posterior_is_equation_8(student, points, degrees):
    student = replace(student, degrees=degrees)
    expected = [
        reference.student_posterior(
            y, student.means, student.scale_matrices, np.exp(student.log_prior), degrees
        )
        for y in points[:12]
    ]
    np.testing.assert_allclose(probabilities(student, points[:12]), expected, rtol=1e-9)


def test_many_degrees_of_freedom_are_a_gaussian(student, points):
    many, limit = (replace(student, degrees=d) for d in (1e9, np.inf))
    np.testing.assert_allclose(log_joint(many, points), log_joint(limit, points), rtol=1e-5)


def test_far_away_a_gaussian_student_overflows_nowhere(student):
    student = replace(student, degrees=np.inf)
    found = probabilities(student, np.array([[1e8, -1e8], [0.0, 0.0]]))
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_the_middle_of_two_equal_classes_is_undecided():
    twins = Student(
        np.array([[-1.0, 0], [1, 0]]), np.stack([np.eye(2)] * 2), np.log([0.5, 0.5]), 2.0
    )
    np.testing.assert_allclose(probabilities(twins, np.array([[0.0, 7.0]])), [[0.5, 0.5]])


def test_parameters_stand_for_the_student_they_came_from(student, points):
    again = student_of(theta_of(student), student.degrees)
    np.testing.assert_allclose(log_joint(again, points), log_joint(student, points), rtol=1e-12)


def test_no_degrees_of_freedom_are_refused(student):
    with pytest.raises(ValueError, match="degrees of freedom must be positive, got 0"):
        replace(student, degrees=0.0)
