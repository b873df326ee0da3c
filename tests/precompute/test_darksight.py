"""What stage ``darksight`` writes is enough to rebuild the picture, and hangs together."""

import numpy as np
import pytest

from core.darksight.confidence import kernel_density, normalized
from core.darksight.loss import soften, symmetric_kl
from core.darksight.placement import place
from core.darksight.student import log_probabilities
from core.store import Store
from precompute.given import Content
from precompute.pipeline import STAGES
from precompute.plan import plan
from precompute.settings import StudyError, load_study
from precompute.stages.darksight_evaluation import student_of
from tests.precompute.darksight_runs import run_darksight, teacher


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return run_darksight(tmp_path_factory.mktemp("store"), *teacher(), test=80, arrangements=4)


def points(store: Store) -> np.ndarray:
    return store.table("embedding").sort_values("sample_id")[["x", "y"]].to_numpy()


def figure(store: Store, metric: str, split: str):
    found = store.table("figure").set_index(["metric", "split"])
    return found.loc[(metric, split)]


def test_the_stored_student_and_points_give_the_stored_losses(store):
    p = np.array(store.array("predictions", "probabilities"))
    fit = store.table("darksight_fit").iloc[0]
    answers = log_probabilities(student_of(store), points(store))
    expected = symmetric_kl(soften(p, fit["temperature"], fit["floor"]), answers)
    found = store.table("darksight_sample").sort_values("sample_id")["symmetric_kl"]
    # places are kept in float32, which moves a loss by about 1e-6
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


def test_figures_are_the_means_over_each_split(store):
    found = store.table("darksight_sample")["symmetric_kl"].to_numpy()
    for split, rows in [("train", found[:160]), ("test", found[160:]), ("all", found)]:
        row = figure(store, "symmetric_kl", split)
        assert row["value"] == pytest.approx(rows.mean(), rel=1e-5)
        assert row["low"] < row["value"] < row["high"]
        assert row["n"] == len(rows)
    assert figure(store, "top_class_agreement", "all")["value"] == 1


def test_confidence_is_the_density_as_a_share_of_the_greatest(store):
    fit = store.table("darksight_fit").iloc[0]
    kernels = kernel_density(points(store), bandwidth=fit["bandwidth"])
    density = kernels.log_density(points(store))
    table = store.table("darksight_sample").sort_values("sample_id")
    np.testing.assert_allclose(table["log_density"], density, rtol=1e-5)
    expected = normalized(density, fit["greatest_log_density"])
    np.testing.assert_allclose(table["confidence"], expected, rtol=1e-5)
    assert table["confidence"].max() == 1


def test_a_sample_placed_anew_lands_on_its_point(store):
    p = np.array(store.array("predictions", "probabilities"))
    fit = store.table("darksight_fit").iloc[0]
    found = place(
        student_of(store),
        p[:20],
        temperature=fit["temperature"],
        floor=fit["floor"],
        pull=fit["pull"],
        keep_top_class=bool(fit["keep_top_class"]),
    )
    np.testing.assert_allclose(found.points, points(store)[:20], atol=1e-2)


def test_the_loss_curve_falls_from_the_start_to_the_stopping_rule(store):
    curve = store.table("darksight_loss").sort_values("step")
    fit = store.table("darksight_fit").to_dict("records")[0]
    objective = curve["objective"].to_numpy()
    assert list(curve["step"]) == list(range(fit["steps"] + 1))
    assert objective[-1] < objective[0]
    assert set(curve["samples"]) == {240}
    assert fit["stopped"] == "converged"
    assert objective[-17] - objective[-1] <= 5e-3 * objective[-17]


def test_the_same_study_gives_the_same_bytes(store, tmp_path):
    again = run_darksight(tmp_path, *teacher(), test=80, arrangements=4)
    files = store.manifest("darksight").files
    assert {name: file.sha256 for name, file in again.manifest("darksight").files.items()} == {
        name: file.sha256 for name, file in files.items()
    }


def test_gaussian_conditionals_have_no_degrees_of_freedom(tmp_path):
    store = run_darksight(tmp_path, *teacher(60, 3), distribution="gaussian")
    fit = store.table("darksight_fit").iloc[0]
    assert fit["distribution"] == "gaussian"
    assert np.isnan(fit["degrees"])
    assert np.isinf(student_of(store).degrees)


def test_the_preset_of_lowest_loss_has_a_lower_loss(store, tmp_path):
    low = run_darksight(tmp_path, *teacher(), test=80, preset="lowest_kl")
    metric = ("symmetric_kl", "all")
    assert figure(low, *metric)["value"] < figure(store, *metric)["value"]
    assert list(low.table("darksight_fit")["keep_top_class"]) == [False]


def test_a_softer_teacher_is_what_the_student_learns(store, tmp_path):
    soft = run_darksight(tmp_path, *teacher(), test=80, temperature=4.0)
    answers = [np.exp(log_probabilities(student_of(s), points(s))) for s in (store, soft)]
    assert answers[1].max(axis=1).mean() < answers[0].max(axis=1).mean() - 0.1


@pytest.mark.parametrize(
    ("probabilities", "labels"),
    [
        ([[0.7, 0.3]], [0]),
        ([[1.0, 0.0, 0.0]], [2]),
        ([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]], [0, 1, 1]),
        ([[0.6, 0.3, 0.1]] * 12, [0] * 12),
        ([[0.7, 0.3, 0.0], [0.4, 0.6, 0.0]] * 8, [0, 1] * 8),
    ],
    ids=["one sample", "one certain sample", "two classes", "identical rows", "an unused class"],
)
def test_awkward_predictions_have_a_picture(tmp_path, probabilities, labels):
    p = np.array(probabilities, np.float32)
    store = run_darksight(tmp_path, p, np.array(labels))
    assert np.isfinite(points(store)).all()
    confidence = store.table("darksight_sample")["confidence"].to_numpy()
    assert confidence.min() >= 0
    assert confidence.max() == 1
    assert figure(store, "symmetric_kl", "all")["value"] < 0.2
    assert set(store.table("figure")["split"]) == {"train", "all"}


def test_twins_share_their_place(tmp_path):
    store = run_darksight(tmp_path, np.array([[0.6, 0.3, 0.1]] * 12), np.zeros(12, int))
    assert (points(store) == points(store)[0]).all()


def reached(override: str) -> set[str]:
    """Stages of DarkSight whose key a changed setting changes."""
    keys = [
        {
            (step.stage.name, step.key)
            for step in plan(load_study("tiny", more), STAGES, Content(""))
        }
        for more in ([], [override])
    ]
    return {name for name, _ in keys[0] - keys[1] if name.startswith("darksight")}


def test_a_changed_setting_reaches_only_what_depends_on_it():
    both = {"darksight", "darksight_evaluation"}
    assert reached("darksight.degrees=3") == reached("teacher.learning_rate=0.1") == both
    assert reached("projections.perplexity=20") == {"darksight_evaluation"}
    assert reached("threads=1") == both  # through the predictions
    assert reached('title="Another"') == set()


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("darksight.degrees=0", r"darksight\.degrees: expected float > 0"),
        ("darksight.preset=pretty", r"darksight\.preset: .*one of balanced, lowest_kl"),
        ("darksight.distribution=cauchy", r"distribution: .*one of gaussian, student_t"),
        (
            "darksight.roundness=1",
            r"unknown key darksight\.roundness: expected",
        ),
    ],
)
def test_a_bad_setting_is_named_with_what_was_expected(override, message):
    with pytest.raises(StudyError, match=message):
        load_study("tiny", [override])
