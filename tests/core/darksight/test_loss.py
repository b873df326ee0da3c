import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from core.darksight.derivatives import Teacher, log_q, losses, terms, theta_of
from core.darksight.loss import soften, symmetric_kl, top_class_agreement
from tests.reference import darksight as reference


def test_the_loss_is_equations_5_to_7(teacher):
    logs = soften(teacher)
    other = np.roll(logs, 1, axis=0)
    expected = reference.objective(np.exp(logs), np.exp(other))
    assert symmetric_kl(logs, other).mean() == pytest.approx(expected, rel=1e-10)


@given(st.integers(2, 8), st.integers(0, 1000))
@settings(deadline=None, max_examples=25)
def test_the_divergence_is_symmetric_positive_and_zero_of_itself(classes, seed):
    p, q = np.log(np.random.default_rng(seed).dirichlet(np.full(classes, 0.3), (2, 5)) + 1e-9)
    np.testing.assert_allclose(symmetric_kl(p, q), symmetric_kl(q, p))
    assert (symmetric_kl(p, q) >= 0).all()
    assert (symmetric_kl(p, p) == 0).all()


@pytest.mark.parametrize("degrees", [2.0, np.inf])
def test_the_gradients_are_the_finite_differences(student, points, degrees):
    random = np.random.default_rng(3)
    logs = np.log(random.dirichlet(np.full(4, 0.7), size=20).T)
    teacher, theta, y = (
        Teacher(np.exp(logs), logs, np.ones(20)),
        theta_of(student),
        points[:20].T / 3,
    )

    def total(flat):
        return losses(
            teacher, log_q(flat[40:].reshape(6, 4), degrees, flat[:40].reshape(2, 20))
        ).sum()

    found = terms(teacher, y, theta, degrees)
    by_theta = np.einsum("akn,kn->ak", found.by_theta(), found.gradient)
    analytic = np.concatenate([np.ravel(found.g), by_theta.ravel()])
    numeric = approx_fprime(np.concatenate([y.ravel(), theta.ravel()]), total, 1e-7)
    np.testing.assert_allclose(analytic, np.asarray(numeric), rtol=2e-4, atol=2e-5)


def test_where_the_student_is_right_gauss_newton_is_the_second_derivative(student, points):
    theta, y = theta_of(student), points[:6].T / 4
    logs = log_q(theta, 2.0, y)
    teacher = Teacher(np.exp(logs), logs, np.ones(6))
    xx, xy, yy = terms(teacher, y, theta, 2.0).h
    step = 1e-5

    def slope(moved):
        return np.array(terms(teacher, moved, theta, 2.0).g)

    for axis, expected in [(0, (xx, xy)), (1, (xy, yy))]:
        shift = step * np.eye(2)[axis][:, None]
        numeric = (slope(y + shift) - slope(y - shift)) / (2 * step)
        np.testing.assert_allclose(numeric, expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("degrees", [2.0, np.inf])
def test_newtons_matrix_is_the_second_derivative_where_it_is_definite(student, points, degrees):
    random = np.random.default_rng(4)
    theta, y = theta_of(student), points[:40].T / 4
    stranger = random.dirichlet(np.full(4, 0.7), size=40).T
    logs = np.log(0.9 * np.exp(log_q(theta, degrees, y)) + 0.1 * stranger)
    teacher = Teacher(np.exp(logs), logs, np.ones(40))
    found = terms(teacher, y, theta, degrees)
    xx, xy, yy = found.newton(theta, degrees)
    exact = xx != found.h[0]
    assert 5 < exact.sum() < 40
    shift = np.array([[1e-5], [0]])
    up, down = (np.array(terms(teacher, y + s, theta, degrees).g) for s in (shift, -shift))
    numeric = (up - down)[:, exact] / 2e-5
    np.testing.assert_allclose(numeric, [xx[exact], xy[exact]], rtol=1e-4, atol=1e-7)
    assert (xx * yy - xy * xy > 0).all()


def test_the_mixed_matrix_is_the_second_derivative_where_the_student_is_right(student, points):
    theta, y = theta_of(student), points[:3].T / 4
    logs = log_q(theta, 2.0, y)
    teacher = Teacher(np.exp(logs), logs, np.ones(3))
    found = terms(teacher, y, theta, 2.0)
    weights = np.stack(found.cross())
    analytic = weights[:, None] * found.by_theta()
    for m, k in [(0, 1), (2, 0), (3, 2), (4, 3), (5, 1)]:
        shift = np.zeros_like(theta)
        shift[m, k] = 1e-5
        up, down = (np.array(terms(teacher, y, theta + s, 2.0).g) for s in (shift, -shift))
        np.testing.assert_allclose((up - down) / 2e-5, analytic[:, m, k], rtol=1e-4, atol=1e-8)


def test_a_hot_teacher_is_undecided(teacher):
    np.testing.assert_allclose(np.exp(soften(teacher, temperature=1e9)), 1 / 5, rtol=1e-6)


def test_temperature_one_changes_nothing(teacher):
    np.testing.assert_allclose(np.exp(soften(teacher)), teacher, rtol=1e-9)


def test_probabilities_of_0_and_1_are_floored():
    found = np.exp(soften(np.array([[1.0, 0.0], [0.5, 0.5]]), floor=1e-6))
    np.testing.assert_allclose(found, [[1, 1e-6], [0.5, 0.5]], rtol=2e-6)


def test_agreement_counts_equal_first_classes():
    one = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    assert top_class_agreement(one, one[:, ::-1]) == 0
    assert top_class_agreement(one, np.array([[0.6, 0.4]] * 4)) == 0.75


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ([[0.5, np.nan], [0.5, 0.5]], "NaN or infinity in 1 of 2 rows, first in row 0"),
        ([[0.5, 0.5], [0.5, 0.6]], "row 1 sums to 1.1; pass logits through softmax first"),
        ([[3.0, -2.0]], "from 0 to 1, row 0 is not"),
        ([[1.0]], "at least one sample and two classes, got shape"),
        (np.empty((0, 3)), "at least one sample and two classes, got shape"),
    ],
)
def test_what_is_no_table_of_probabilities_is_refused_in_one_line(table, line):
    with pytest.raises(ValueError, match=line) as error:
        soften(np.asarray(table))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"temperature": 0.0}, "temperature must be positive and finite, got 0.0"),
        ({"temperature": np.inf}, "temperature must be positive and finite, got inf"),
        ({"floor": 0.7}, "floor must be above 0 and below 1 / classes = 0.5, got 0.7"),
    ],
)
def test_impossible_softening_is_refused(arguments, line):
    with pytest.raises(ValueError, match=line):
        soften(np.array([[0.5, 0.5]]), **arguments)
