import numpy as np
import pytest

from core.deepvid.optimizers import (
    Descent,
    closed_form,
    descend,
    descend_by_samples,
    loss_and_gradient,
)
from core.deepvid.student import (
    Student,
    StudentSettings,
    centred,
    lessons,
    lessons_together,
    logits_of,
    soften,
    train,
)
from tests.reference import deepvid as reference

RANDOM = np.random.default_rng(0)


def linear_teacher(n=200, seed=0, pixels=(1, 3, 3), classes=4, scale=1.0):
    random = np.random.default_rng(seed)
    pictures = random.random((n, *pixels)).astype(np.float32)
    weights = scale * random.standard_normal((classes, *pixels)).astype(np.float32)
    bias = random.standard_normal(classes).astype(np.float32)
    teacher = Student(weights, bias)
    return teacher, pictures, teacher.logits(pictures)


def without_constant(weights):
    return weights - weights.mean(axis=0)


@pytest.mark.parametrize(
    "settings",
    [
        StudentSettings(optimizer="closed_form"),
        StudentSettings(optimizer="lbfgs", epochs=300),
        StudentSettings(optimizer="lbfgs", epochs=300, temperature=2.0, initializer="zeros"),
    ],
)
def test_a_linear_teacher_is_recovered_up_to_softmaxs_free_constant(settings):
    teacher, pictures, logits = linear_teacher()
    student = train(pictures, logits, settings)
    np.testing.assert_allclose(
        without_constant(student.weights), without_constant(teacher.weights), atol=2e-3
    )
    np.testing.assert_allclose(
        student.probabilities(pictures), teacher.probabilities(pictures), atol=1e-3
    )


@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam"])
def test_batches_approach_a_linear_teacher(optimizer):
    _, pictures, logits = linear_teacher()
    settings = StudentSettings(optimizer=optimizer, epochs=60, batch_size=32)
    *_, last = lessons(pictures, logits, settings)
    first = next(lessons(pictures, logits, settings))
    assert last.loss < first.loss
    ours = last.student.probabilities(pictures)
    assert (ours.argmax(1) == logits.argmax(1)).mean() > 0.9


def test_as_temperature_grows_labels_become_uniform():
    logits = 5 * RANDOM.standard_normal((6, 4))
    np.testing.assert_allclose(soften(logits, 1e9), np.full((6, 4), 0.25), atol=1e-7)
    np.testing.assert_allclose(soften(logits, 1e-6).max(axis=1), np.ones(6))
    spreads = [np.ptp(soften(logits, t), axis=1).max() for t in (0.5, 1.0, 2.0, 10.0, 100.0)]
    assert spreads == sorted(spreads, reverse=True)


def test_a_huge_temperature_still_teaches():
    _, pictures, logits = linear_teacher()
    warm = train(pictures, logits, StudentSettings(temperature=1e3, initializer="zeros"))
    hot = train(pictures, logits, StudentSettings(temperature=1e9, initializer="zeros"))
    assert np.isfinite(hot.weights).all()
    np.testing.assert_allclose(hot.weights, warm.weights, atol=1e-2)
    assert np.abs(hot.weights).max() > 0.01


def test_at_high_temperature_lbfgs_meets_the_closed_form():
    random = np.random.default_rng(3)
    pictures = random.random((60, 1, 2, 2)).astype(np.float32)
    logits = random.standard_normal((60, 3)).astype(np.float32)
    limit = train(pictures, logits, StudentSettings(optimizer="closed_form"))
    hot = StudentSettings(optimizer="lbfgs", temperature=1e4, epochs=200, initializer="zeros")
    np.testing.assert_allclose(
        without_constant(train(pictures, logits, hot).weights),
        without_constant(limit.weights),
        atol=2e-3,
    )


@pytest.mark.parametrize("side", [2, 5])  # 20 neighbours are more than 4 pixels, fewer than 25
def test_gradient_descent_is_the_literal_one(side):
    _, pictures, logits = linear_teacher(n=20, pixels=(1, side, side), classes=3)
    settings = StudentSettings(
        batch_size=8, epochs=3, initializer="zeros", temperature=4.0, learning_rate=1.5, seed=7
    )
    random = np.random.default_rng(7)
    orders = [random.permutation(20) for _ in range(3)]
    w, b = reference.train_by_gradient_descent(
        pictures.reshape(20, -1),
        logits,
        np.zeros((3, side**2)),
        np.zeros(3),
        4.0,
        1.5,
        8,
        3,
        orders,
    )
    student = train(pictures, logits, settings)
    np.testing.assert_allclose(student.weights.reshape(3, -1), w, atol=1e-5)
    np.testing.assert_allclose(student.bias, b, atol=1e-5)


def test_the_gradient_is_the_slope_of_the_literal_loss():
    x, z = RANDOM.random((5, 3)), RANDOM.standard_normal((5, 2))
    w, b = RANDOM.standard_normal((2, 3)), RANDOM.standard_normal(2)
    inputs = np.concatenate([x, np.ones((5, 1))], axis=1)[None]
    stacked = np.concatenate([w.T, b[None]])[None, :, None]
    t, l2 = np.array([3.0]), np.array([[0.2]])
    _, gradient = loss_and_gradient(stacked, inputs, z[None], t, l2)
    step = 1e-6
    for c in range(2):
        for i in range(3):
            up, down = w.copy(), w.copy()
            up[c, i] += step
            down[c, i] -= step
            slope = reference.loss(up, b, x, z, 3.0, 0.2) - reference.loss(down, b, x, z, 3.0, 0.2)
            assert gradient[0, i, 0, c] == pytest.approx(slope / (2 * step), abs=1e-6)


@pytest.mark.parametrize("side", [3, 8])  # 40 neighbours are more than 9 pixels, fewer than 64
@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam", "lbfgs", "closed_form"])
def test_batched_students_equal_single_ones(optimizer, side):
    groups = [linear_teacher(n=40, seed=seed, pixels=(1, side, side))[1:] for seed in (1, 2)]
    pictures, logits = (np.stack(arrays) for arrays in zip(*groups, strict=True))
    shared = StudentSettings(optimizer=optimizer, epochs=4, batch_size=16)
    temperatures, l2s = [1.0, 10.0, 10.0], [0.0, 0.0, 0.01]
    *_, (losses, students) = lessons_together(pictures, logits, temperatures, l2s, shared)
    for group in range(2):
        for place, (temperature, l2) in enumerate(zip(temperatures, l2s, strict=True)):
            alone = StudentSettings(
                optimizer=optimizer, epochs=4, batch_size=16, temperature=temperature, l2=l2
            )
            *_, last = lessons(pictures[group], logits[group], alone)
            together = students(group, place)
            np.testing.assert_allclose(together.weights, last.student.weights, atol=1e-5)
            np.testing.assert_allclose(together.bias, last.student.bias, atol=1e-5)
            assert losses[group, place] == pytest.approx(last.loss, rel=1e-5)


@pytest.mark.parametrize("temperature", [2.0, 1e6])
def test_descent_by_samples_equals_descent_by_pixels(temperature):
    _, pictures, logits = linear_teacher(n=30, pixels=(1, 6, 6))
    inputs = np.concatenate([pictures.reshape(30, -1), np.ones((30, 1), np.float32)], axis=1)[None]
    first = 0.01 * RANDOM.standard_normal((37, 4)).astype(np.float32)
    t, l2 = np.array([temperature, 5.0]), np.array([[0.0, 0.3]])
    descent = Descent(rate=2.0, batch_size=8, epochs=5, seed=1, adam=False)
    start = np.repeat(first[None, :, None], 2, axis=2)
    *_, (direct, losses) = descend(start, inputs, logits[None], t, l2, descent)
    *_, (by_samples, same) = descend_by_samples(first, inputs, logits[None], t, l2, descent)
    np.testing.assert_allclose(by_samples(), direct, atol=1e-4)
    np.testing.assert_allclose(same, losses, rtol=1e-5)


def test_fewer_neighbors_than_a_batch_are_one_batch():
    _, pictures, logits = linear_teacher(n=5)
    few = train(pictures, logits, StudentSettings(batch_size=128))
    exact = train(pictures, logits, StudentSettings(batch_size=5))
    np.testing.assert_array_equal(few.weights, exact.weights)


def test_neighbors_that_are_all_alike_teach_their_answer():
    pictures = np.full((8, 1, 2, 2), 0.5, np.float32)
    logits = np.tile(np.array([2.0, 0.0, -2.0], np.float32), (8, 1))
    student = train(pictures, logits, StudentSettings(optimizer="closed_form"))
    np.testing.assert_array_equal(student.weights, np.zeros((3, 1, 2, 2)))
    np.testing.assert_allclose(student.probabilities(pictures[:1]), soften(logits[:1], 1.0))


def test_black_neighbors_teach_through_the_bias_alone():
    pictures = np.zeros((16, 1, 3, 3), np.float32)
    logits = np.tile(np.array([1.0, -1.0], np.float32), (16, 1))
    student = train(pictures, logits, StudentSettings(initializer="zeros", epochs=200))
    np.testing.assert_array_equal(student.weights, np.zeros((2, 1, 3, 3)))
    np.testing.assert_allclose(
        student.probabilities(pictures[:1]), soften(logits[:1], 1.0), atol=0.02
    )


def test_a_class_that_is_never_predicted_gets_no_probability():
    _, pictures, logits = linear_teacher()
    logits = np.concatenate([logits, np.full((len(logits), 1), -30, np.float32)], axis=1)
    student = train(pictures, logits, StudentSettings(optimizer="closed_form"))
    assert student.probabilities(pictures)[:, -1].max() < 1e-6


def test_a_teacher_of_probabilities_gets_finite_logits():
    probabilities = np.array([[0.0, 1.0], [0.25, 0.75]])
    logits = logits_of(probabilities)
    assert np.isfinite(logits).all()
    np.testing.assert_allclose(soften(logits, 1.0)[1], probabilities[1])


@pytest.mark.parametrize("optimizer", ["gradient_descent", "lbfgs", "closed_form"])
@pytest.mark.parametrize("where", ["pictures", "logits"])
def test_nan_is_refused(optimizer, where):
    _, pictures, logits = linear_teacher(n=8)
    {"pictures": pictures, "logits": logits}[where][3] = np.nan
    with pytest.raises(ValueError, match="finite"):
        train(pictures, logits, StudentSettings(optimizer=optimizer))


def test_a_rate_that_is_too_high_is_named():
    _, pictures, logits = linear_teacher()
    with pytest.raises(ValueError, match="lower the learning rate"):
        train(pictures, logits, StudentSettings(learning_rate=1e38, temperature=1.0, l2=1.0))


def test_no_neighbor_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        train(np.zeros((0, 1, 2, 2), np.float32), np.zeros((0, 2), np.float32), StudentSettings())


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0.0},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"batch_size": 0},
        {"epochs": 0},
        {"learning_rate": 0.0},
        {"l2": -1.0},
        {"optimizer": "newton"},
        {"initializer": "ones"},
    ],
)
def test_a_wrong_setting_is_refused(wrong):
    # in tests the axis check refuses a wrong word before the settings do: that is a TypeError
    with pytest.raises((ValueError, TypeError), match=next(iter(wrong))):
        StudentSettings(**wrong)


@pytest.mark.parametrize("n", [6, 30])
def test_the_closed_form_solves_the_normal_equations(n):
    x, y, share = RANDOM.random((n, 8)), RANDOM.standard_normal((n, 2)), RANDOM.random(n) + 0.1
    weights, bias = reference.weighted_ridge(x, y, share, 0.01)
    found = closed_form(x, y, 0.01, share=share)
    np.testing.assert_allclose(found[:-1], weights, atol=1e-9)
    np.testing.assert_allclose(found[-1], bias, atol=1e-9)


def test_centred_logits_mean_the_same_probabilities():
    logits = RANDOM.standard_normal((3, 4))
    np.testing.assert_allclose(soften(centred(logits), 1.0), soften(logits, 1.0))
