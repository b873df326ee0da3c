import tracemalloc

import numpy as np
import pytest

from core.relabel.neighbors import relabel
from core.relabel.student import RelabelLoss, relabel_loss, solve
from tests.reference import relabel as reference

RANDOM = np.random.default_rng(0)
RIGHT = RANDOM.standard_normal((1, 4, 4))


def problem(n=300, shape=(1, 4, 4), slope=6.0):
    pictures = RANDOM.random((n, *shape)).astype(np.float32)
    right = RIGHT if shape == (1, 4, 4) else RANDOM.standard_normal(shape)
    odds = slope * ((pictures - 0.5) * right).sum((1, 2, 3)) / np.sqrt(right.size)
    return pictures, (1 / (1 + np.exp(-odds))).astype(np.float32), right


def pairs(values):
    return [(value, 1 - value) for value in values.tolist()]


@pytest.mark.parametrize("kind", ["norms", "cross_entropy"])
def test_the_loss_is_the_literal_one_of_a_student_with_two_rows(kind):
    pictures, p, _ = problem(20)
    labels = relabel(np.stack([1 - p, p], axis=1), 1)
    one, zero = RANDOM.standard_normal((2, 16))
    students = [reference.student_probabilities(one, zero, 0.2, -0.1, x.ravel()) for x in pictures]
    equation = reference.equation_7 if kind == "norms" else reference.equation_2
    expected = equation(students, pairs(p), labels, 0.7, 0.3)
    s = np.array([first for first, _ in students])
    assert relabel_loss(s, p.astype(float), labels, RelabelLoss(kind)) == pytest.approx(expected)


def test_new_labels_are_equation_6s():
    logits = RANDOM.standard_normal((50, 4))
    np.testing.assert_array_equal(relabel(logits, 2), reference.relabel(logits, 2))


@pytest.mark.parametrize("kind", ["norms", "cross_entropy"])
def test_of_a_teacher_that_is_linear_the_map_is_the_teachers_weights(kind):
    pictures, p, right = problem()
    labels = (p > 0.5).astype(np.int64)
    student = solve(pictures, p, labels, RelabelLoss(kind, l2=1e-7))
    found = np.corrcoef(student.weights.ravel(), right.ravel())[0, 1]
    assert found > (0.999 if kind == "norms" else 0.99)


def test_of_a_teacher_that_is_linear_equation_7_keeps_only_what_labels_cost():
    pictures, p, _ = problem()
    labels = (p > 0.5).astype(np.int64)
    student = solve(pictures, p, labels, RelabelLoss(l2=1e-9))
    assert student.loss == pytest.approx(0.3 * np.abs(p - labels).mean(), rel=0.02)


@pytest.mark.parametrize("kind", ["norms", "cross_entropy"])
@pytest.mark.parametrize("shape", [(1, 4, 4), (3, 12, 12)])
def test_the_solution_has_converged_and_no_step_improves_it(kind, shape):
    pictures, p, _ = problem(120, shape)
    labels = (p > 0.5).astype(np.int64)
    loss = RelabelLoss(kind, l2=1e-3)
    student = solve(pictures, p, labels, loss)
    assert student.residual < 1e-3

    def objective(weights, bias):
        outputs = (pictures * weights).sum((1, 2, 3)) + bias
        centred = pictures - pictures.mean(axis=0)
        spread = np.square(centred).sum() / len(pictures)
        ridge = 0.5 * loss.l2 * spread * np.square(weights).sum()
        return relabel_loss(1 / (1 + np.exp(-outputs)), p, labels, loss) + ridge

    best = objective(student.weights, student.bias)
    for _ in range(20):
        step = RANDOM.standard_normal(shape) * np.abs(student.weights).mean()
        for size in (0.01, 0.1, 1.0):
            # smoothing hides what a thousandth would change
            assert objective(student.weights + size * step, student.bias) > best - 1e-3


def test_more_pixels_than_neighbours_give_what_fewer_do():
    # the same neighbours, every pixel shown in 40 copies: weights are shared out evenly
    pictures, p, _ = problem(60)
    labels = (p > 0.5).astype(np.int64)
    few = solve(pictures, p, labels, RelabelLoss(l2=1e-3))
    wide = pictures.repeat(8, axis=2).repeat(5, axis=3)
    many = solve(wide, p, labels, RelabelLoss(l2=1e-3))
    shared = many.weights.reshape(1, 4, 8, 4, 5).sum((2, 4))
    np.testing.assert_allclose(shared, few.weights, atol=0.02 * np.abs(few.weights).max())


def test_pictures_of_imagenets_size_are_never_copied():
    n, shape = 60, (3, 128, 128)
    pictures = RANDOM.random((n, *shape), np.float32)
    p = RANDOM.random(n).astype(np.float32)
    tracemalloc.start()
    solve(pictures, p, (p > 0.5).astype(np.int64), RelabelLoss(), iterations=3)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.7 * pictures.nbytes


def test_neighbours_that_are_all_alike_teach_nothing():
    student = solve(
        np.full((5, 1, 2, 2), 0.5, np.float32), np.full(5, 0.7, np.float32),
        np.ones(5, np.int64), RelabelLoss(),
    )  # fmt: skip
    np.testing.assert_allclose(student.weights, 0, atol=1e-6)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"probabilities": np.full(20, 1.2, np.float32)}, "0..1"),
        ({"probabilities": np.full(20, np.nan, np.float32)}, "0..1"),
        ({"labels": np.full(20, 2)}, "equation 6"),
    ],
)
def test_what_is_out_of_range_is_refused(broken, message):
    pictures, p, _ = problem(20)
    given = {"probabilities": p, "labels": (p > 0.5).astype(np.int64)} | broken
    with pytest.raises(ValueError, match=message):
        solve(pictures, given["probabilities"], given["labels"], RelabelLoss())


@pytest.mark.parametrize(
    "settings",
    [{"kind": "equation 2"}, {"soft": -1.0}, {"soft": 0.0, "hard": 0.0}, {"l2": 0.0}],
)
def test_a_loss_that_makes_no_sense_is_refused(settings):
    with pytest.raises((ValueError, TypeError), match=r"kind|soft|l2"):
        RelabelLoss(**settings)


def test_one_neighbour_is_too_few():
    with pytest.raises(ValueError, match="two neighbours"):
        solve(np.zeros((1, 1, 2, 2), np.float32), np.zeros(1, np.float32),
              np.zeros(1, np.int64), RelabelLoss())  # fmt: skip
