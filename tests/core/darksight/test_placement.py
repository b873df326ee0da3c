import numpy as np
import pytest

from core.darksight.loss import soften, symmetric_kl
from core.darksight.placement import place
from core.darksight.student import log_probabilities, probabilities


def test_a_student_places_its_own_predictions_where_they_were(student, points):
    found = place(student, probabilities(student, points / 3), pull=0.0)
    assert (found.symmetric_kl < 1e-9).mean() > 0.95  # a valley may be missed
    answers = probabilities(student, found.points)
    np.testing.assert_allclose(answers, probabilities(student, points / 3), atol=0.01)


def test_training_samples_placed_anew_lose_nothing(teacher, fitted):
    again = place(fitted.student, teacher)
    assert again.symmetric_kl.mean() == pytest.approx(fitted.symmetric_kl, rel=0.03)
    near = np.hypot(*(again.points - fitted.points).T) < 0.1
    assert near.mean() > 0.9


def test_a_place_does_not_depend_on_the_others(student, teacher):
    few = teacher[:8, :4] / teacher[:8, :4].sum(axis=1, keepdims=True)
    together = place(student, few)
    alone = np.concatenate([place(student, few[i : i + 1]).points for i in range(8)])
    np.testing.assert_allclose(together.points, alone, atol=1e-5)


def test_no_nearby_place_is_better(student, teacher):
    few = teacher[:50, :4] / teacher[:50, :4].sum(axis=1, keepdims=True)
    found = place(student, few, pull=0.0, keep_top_class=False)
    for step in 0.01 * np.array([[1, 0], [-1, 0], [0, 1], [0, -1.0]]):
        there = symmetric_kl(soften(few), log_probabilities(student, found.points + step))
        assert (there >= found.symmetric_kl - 1e-7).all()


def test_the_kept_class_is_the_students_first(student):
    teacher = np.random.default_rng(0).dirichlet(np.full(4, 1.0), size=80)
    kept, free = (place(student, teacher, pull=0.0, keep_top_class=k) for k in (True, False))
    first = probabilities(student, kept.points.astype(np.float32)).argmax(axis=1)
    assert (first == teacher.argmax(axis=1)).all()
    assert (kept.symmetric_kl >= free.symmetric_kl - 1e-9).all()
    assert not (probabilities(student, free.points).argmax(axis=1) == first).all()


def test_a_tie_of_the_teacher_has_no_class_to_keep(student):
    kept, free = (
        place(student, np.array([[0.5, 0.5, 0.0, 0.0]]), keep_top_class=k) for k in (True, False)
    )
    np.testing.assert_array_equal(kept.points, free.points)


def test_other_classes_than_the_students_are_refused(student):
    with pytest.raises(ValueError, match="student knows 4 classes, the probabilities have 3"):
        place(student, np.full((2, 3), 1 / 3))
