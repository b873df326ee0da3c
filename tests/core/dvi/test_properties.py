import numpy as np
import pytest

from core.dvi.baselines import pca_model
from core.dvi.properties import (
    boundary_pv,
    motion_honesty,
    nn_pv,
    ppr,
    rec_pv,
    semantic_similarity,
    step_lengths,
    temporal_pv,
    temporal_pv_across,
)
from tests.reference import dvi as literal

RANDOM = np.random.default_rng(0)
HIGH, LOW = RANDOM.normal(size=(40, 5)), RANDOM.normal(size=(40, 2))
BOUNDARY, BOUNDARY_LOW = RANDOM.normal(size=(12, 5)), RANDOM.normal(size=(12, 2))


def test_neighbours_kept_are_those_of_equation_1():
    assert nn_pv(HIGH, LOW, 7) == pytest.approx(literal.nn_pv(HIGH, LOW, 7))


def test_boundary_neighbours_kept_are_those_of_equation_2():
    expected = literal.boundary_pv(HIGH, BOUNDARY, LOW, BOUNDARY_LOW, 4)
    assert boundary_pv(HIGH, BOUNDARY, LOW, BOUNDARY_LOW, 4) == pytest.approx(expected)


def test_the_reconstruction_error_is_that_of_equation_3():
    assert rec_pv(HIGH, HIGH + 0.5) == pytest.approx(literal.rec_pv(HIGH, HIGH + 0.5))


def test_kept_neighbours_are_those_of_equation_11():
    now = HIGH + RANDOM.normal(0, 0.5, HIGH.shape)
    np.testing.assert_allclose(semantic_similarity(HIGH, now, 5), literal.eval_sem(HIGH, now, 5))


def test_temporal_preservation_is_that_of_equation_4():
    similarity, steps = RANDOM.random((5, 8)), RANDOM.random((5, 8))
    found = temporal_pv(similarity, steps)
    assert found.value == pytest.approx(literal.temporal_pv(similarity, steps))
    assert (found.left_out, found.n) == (0, 8)
    across = temporal_pv_across(similarity, steps)
    assert across.value == pytest.approx(literal.temporal_pv(similarity.T, steps.T))
    assert across.n == 5


def test_a_sample_without_variation_is_left_out_and_counted():
    similarity, steps = RANDOM.random((4, 3)), RANDOM.random((4, 3))
    similarity[:, 1] = 0.4
    found = temporal_pv(similarity, steps)
    assert found.left_out == 1
    assert found.value == pytest.approx(temporal_pv(similarity[:, [0, 2]], steps[:, [0, 2]]).value)


def test_two_pairs_of_checkpoints_are_too_few():
    with pytest.raises(ValueError, match="3 pairs"):
        temporal_pv(np.ones((2, 4)), np.ones((2, 4)))


def test_some_rows_are_averaged_among_all():
    rows = np.array([3, 8, 30])
    each = [
        len(set(a) & set(b)) / 7
        for a, b in zip(literal.neighbors(HIGH, 7), literal.neighbors(LOW, 7), strict=True)
    ]
    assert nn_pv(HIGH, LOW, 7, of=rows) == pytest.approx(np.mean([each[i] for i in rows]))


def test_fewer_boundary_points_than_k_are_refused():
    with pytest.raises(ValueError, match="more than 12 boundary points, got 12"):
        boundary_pv(HIGH, BOUNDARY, LOW, BOUNDARY_LOW, 12)


def test_a_linear_map_onto_a_plane_that_holds_everything_keeps_every_prediction():
    plane = RANDOM.normal(size=(60, 2)) @ RANDOM.normal(size=(2, 6)) + 1.0
    weight = RANDOM.normal(size=(3, 6))
    model = pca_model(plane)
    back = model.inverse(model.project(plane))
    assert ppr((plane @ weight.T).argmax(1), (back @ weight.T).argmax(1)) == 1
    assert nn_pv(plane, model.project(plane), 5) == pytest.approx(1, abs=0.01)
    assert rec_pv(plane, back) < 1e-9


def test_permuting_the_samples_changes_no_property():
    order = RANDOM.permutation(40)
    assert nn_pv(HIGH[order], LOW[order], 7) == pytest.approx(nn_pv(HIGH, LOW, 7))
    assert boundary_pv(HIGH[order], BOUNDARY, LOW[order], BOUNDARY_LOW, 4) == pytest.approx(
        boundary_pv(HIGH, BOUNDARY, LOW, BOUNDARY_LOW, 4)
    )


def test_a_picture_that_moves_as_its_samples_do_is_honest():
    pictures = [LOW, LOW + RANDOM.normal(0, 0.3, LOW.shape), LOW + RANDOM.normal(0, 1, LOW.shape)]
    wide = [np.hstack([picture, np.zeros((40, 3))]) for picture in pictures]
    diagonal = [np.linalg.norm(np.ptp(p, axis=0)) / np.sqrt(p.var(axis=0).sum()) for p in pictures]
    stretched = [wide[0], wide[1], wide[2]]
    assert motion_honesty(stretched, pictures) > 0.99 - abs(diagonal[1] - diagonal[2])


def test_a_picture_that_jumps_while_nothing_changes_is_not():
    jumping = [LOW, LOW[::-1], LOW]
    steps = [HIGH, HIGH + np.arange(40)[:, None] * 0.01, HIGH]
    honest = [LOW, LOW + np.arange(40)[:, None] * 0.01, LOW]
    assert motion_honesty(steps, honest) > 0.9 > motion_honesty(steps, jumping)


def test_one_epoch_has_no_motion():
    with pytest.raises(ValueError, match="two epochs"):
        motion_honesty([HIGH], [LOW])


def test_steps_are_distances_between_consecutive_epochs():
    np.testing.assert_allclose(step_lengths([LOW, LOW + 3.0])[0], np.sqrt(18))
