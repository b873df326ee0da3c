from dataclasses import replace

import numpy as np
import pytest

from core.darksight.fit import Settings, fit
from core.darksight.loss import soften, symmetric_kl
from core.darksight.placement import Search
from core.darksight.student import Student, log_probabilities, probabilities

VALLEYS = 0.2
"""What the losses that rounding alone leads to may differ by, relative; 0.15 is the most seen."""
FREE = Settings(roundness=1e-6, pull=1e-10, steps=250, tolerance=1e-4)


def _planar(student: Student, samples: int, seed: int) -> np.ndarray:
    """Probabilities of a mixture in the plane at points drawn from it."""
    random = np.random.default_rng(seed)
    label = random.choice(student.classes, samples, p=np.exp(student.log_prior))
    round_ = random.normal(size=(samples, 2)) / np.sqrt(random.chisquare(2, (samples, 1)) / 2)
    step = np.linalg.solve(student.factors[label], round_[..., None])[..., 0]
    return probabilities(student, student.means[label] + step)


def test_a_teacher_that_is_a_t_mixture_in_the_plane_is_recovered(student):
    found = fit(_planar(student, 200, seed=0), FREE)
    assert found.symmetric_kl < 1e-4
    assert found.agreement == 1


def test_the_loss_falls_with_every_step_and_the_rule_that_ended_it_is_kept(fitted):
    assert (np.diff(fitted.curve.objective) <= 1e-12).all()
    assert fitted.stopped in ("converged", "no step helps")
    assert (fitted.curve.samples == 200).all()


def test_no_more_steps_than_allowed_are_taken(teacher, quick):
    found = fit(teacher, replace(quick, steps=3))
    assert found.stopped == "steps used up"
    assert len(found.curve.objective) == 4


def test_the_reported_figures_are_those_of_points_and_student(teacher, fitted):
    answers = log_probabilities(fitted.student, fitted.points)
    per_sample = symmetric_kl(soften(teacher), answers)
    np.testing.assert_allclose(fitted.per_sample, per_sample, rtol=1e-12)
    assert fitted.symmetric_kl == pytest.approx(per_sample.mean())
    assert np.exp(fitted.student.log_prior).sum() == pytest.approx(1)


def test_every_sample_keeps_its_class_at_a_small_price(teacher, fitted, quick):
    free = fit(teacher, replace(quick, keep_top_class=False))
    assert fitted.agreement == 1 > free.agreement
    assert free.symmetric_kl <= fitted.symmetric_kl < 1.05 * free.symmetric_kl


def test_permuting_the_samples_permutes_the_points(teacher, fitted, quick):
    order = np.random.default_rng(0).permutation(len(teacher))
    np.testing.assert_array_equal(fit(teacher[order], quick).points, fitted.points[order])


def test_the_same_seed_gives_the_same_picture(teacher):
    few, part = Settings(steps=1), teacher[:40]
    np.testing.assert_array_equal(fit(part, few).points, fit(part, few).points)


def test_any_number_of_threads_gives_the_same_bits(monkeypatch, teacher, quick):
    monkeypatch.setattr(Search.each, "__defaults__", (100,))  # four of 64 samples
    monkeypatch.setattr("core.darksight.placement.TABLE_ENTRIES", 50_000)
    one, two = (fit(teacher, quick, threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.points, two.points)
    np.testing.assert_array_equal(one.student.means, two.student.means)
    np.testing.assert_array_equal(one.curve.objective, two.curve.objective)


def test_a_duplicated_sample_lands_on_its_twin(teacher, fitted, quick):
    twice = fit(np.concatenate([teacher, teacher[:1]]), quick)
    np.testing.assert_array_equal(twice.points[-1], twice.points[0])
    assert twice.symmetric_kl == pytest.approx(fitted.symmetric_kl, rel=VALLEYS)


def test_samples_all_duplicated_change_nothing(teacher, fitted, quick):
    twice = fit(np.concatenate([teacher, teacher]), quick)
    np.testing.assert_allclose(twice.points[:200], fitted.points, atol=1e-3)
    np.testing.assert_array_equal(twice.points[200:], twice.points[:200])


def test_single_precision_probabilities_give_nearly_the_same_loss(teacher, fitted, quick):
    single = fit(teacher.astype(np.float32), quick)
    assert single.points.dtype == np.float64
    assert single.symmetric_kl == pytest.approx(fitted.symmetric_kl, rel=VALLEYS)


def test_a_hotter_teacher_is_easier_to_follow(teacher, fitted, quick):
    assert fit(teacher, replace(quick, temperature=20.0)).symmetric_kl < fitted.symmetric_kl


def test_gaussian_conditionals_follow_a_gaussian_teacher(student):
    student = replace(student, degrees=np.inf)
    teacher = probabilities(student, np.random.default_rng(0).normal([1, 1], 2, size=(100, 2)))
    assert fit(teacher, replace(FREE, degrees=np.inf)).symmetric_kl < 1e-3


def test_probabilities_of_exactly_0_and_1_are_fitted(quick):
    found = fit(np.eye(3)[np.random.default_rng(0).integers(3, size=40)], quick)
    assert found.agreement == 1
    assert len(np.unique(found.points, axis=0)) == 3
    assert found.symmetric_kl < 0.1


def test_identical_rows_share_one_place(quick):
    found = fit(np.tile([0.7, 0.2, 0.1], (20, 1)), quick)
    assert len(np.unique(found.points, axis=0)) == 1
    assert found.symmetric_kl < 1e-3


def test_an_unused_class_spoils_nothing(teacher, fitted, quick):
    found = fit(np.concatenate([teacher, np.zeros((200, 1))], axis=1), quick)
    assert np.isfinite(found.points).all()
    assert np.isfinite(found.student.means).all()
    assert found.agreement == 1
    assert found.symmetric_kl < 1.2 * fitted.symmetric_kl


def test_two_classes_are_fitted_to_the_last_digit():
    p = np.linspace(0.001, 0.999, 101)
    assert fit(np.stack([p, 1 - p], axis=1)).symmetric_kl < 1e-4


def test_one_sample_has_a_place():
    found = fit(np.array([[0.6, 0.3, 0.1]]))
    assert found.points.shape == (1, 2)
    assert found.symmetric_kl < 1e-3


def test_nan_is_refused_in_one_line(teacher):
    teacher[7, 2] = np.nan
    with pytest.raises(ValueError, match="NaN or infinity in 1 of 200 rows, first in row 7"):
        fit(teacher)


def test_batches_reach_nearly_the_loss_of_all_samples_at_once(teacher, fitted, quick):
    parts = fit(teacher, replace(quick, batch=120, steps=75))
    assert parts.symmetric_kl < 1.15 * fitted.symmetric_kl
    assert parts.curve.samples[0] == 120
    assert parts.curve.samples[-1] == 200


def test_many_classes_use_one_block_per_class(monkeypatch, teacher, fitted, quick):
    monkeypatch.setattr("core.darksight.newton.COUPLED_CLASSES", 0)
    assert fit(teacher, quick).symmetric_kl < 1.3 * fitted.symmetric_kl


def test_progress_counts_every_step(teacher, quick):
    seen = []
    found = fit(
        teacher,
        replace(quick, steps=4),
        progress=lambda done, most, text: seen.append((done, most, text)),
    )
    assert [done for done, _, _ in seen] == [0, 1, 2, 3, 4]
    assert seen[0][1:] == (4, f"symmetric KL {found.curve.symmetric_kl[0]:.5f}")


def test_every_arrangement_tried_is_reported(teacher):
    seen = []
    found = fit(teacher[:40], Settings(steps=1), progress=lambda *row: seen.append(row[2]))
    assert seen[:4] == [f"arrangement {k} of 4" for k in (1, 2, 3, 4)]
    assert found.arrangement.startswith(("ring", "map"))


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ({"degrees": 0.0}, "degrees must be positive, got 0.0"),
        ({"pull": -1.0}, "pull must be 0 or more, got -1.0"),
        ({"steps": 0}, "steps must be at least 1, got 0"),
    ],
)
def test_impossible_settings_are_refused(setting, line):
    with pytest.raises(ValueError, match=line):
        Settings(**setting)
