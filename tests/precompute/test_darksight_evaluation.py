"""The evaluation agrees with the literal definitions, and says null where none holds."""

import numpy as np
import pytest

from core.store import Store
from core.uncertainty import entropy
from tests.precompute.darksight_runs import run_darksight, teacher
from tests.reference import darksight as literal

TEST = 130
PICTURES = ("pca", "tsne", "tsne_logits")


def noise(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 2))


@pytest.fixture(scope="module")
def toy():
    return teacher(240, 4)


@pytest.fixture(scope="module")
def store(tmp_path_factory, toy) -> Store:
    p, labels = toy
    corners = np.array([[0, 0], [9, 0], [9, 9], [0, 9]])
    right = p.argmax(axis=1) == labels
    # ``pca`` tells probabilities: corners weighted by them. ``tsne`` is made to set what is wrong
    # apart, one by one. ``tsne_logits`` is noise.
    far = np.where(right, 0, 100 * np.arange(len(p)))
    pictures = {
        "pca": p @ corners,
        "tsne": noise(len(p), 0) + far[:, None],
        "tsne_logits": noise(len(p), 1),
    }
    return run_darksight(tmp_path_factory.mktemp("store"), p, labels, test=TEST, pictures=pictures)


@pytest.fixture(scope="module")
def figures(store):
    return store.table("figure").query("split == 'test'").set_index(["metric", "method"])


def test_every_confidence_and_every_picture_has_its_figures(figures):
    pictures = {"darksight", *PICTURES}
    confidences = {f"{p}_{density}" for p in pictures for density in ("kde", "gmm")}
    confidences |= {"probabilities_kde", "probabilities_dirichlet", "entropy", "max_probability"}

    def methods(metric: str) -> set[str]:
        return set(figures.loc[metric].index)

    assert methods("accuracy_data_area") == methods("outlier_auroc") == confidences
    assert methods("accuracy_data_gain") == confidences - {"darksight_kde"}
    for metric in (
        "cluster_preservation", "silhouette", "global_fidelity", "global_fidelity_soft",
        "transition_order", "trustworthiness_k15",
    ):  # fmt: skip
        assert methods(metric) == pictures
    for k in (1, 15, 100):
        assert methods(f"local_fidelity_k{k}") == pictures | {"darksight_student"}


def test_areas_and_curves_are_those_of_the_literal_definition(store, figures, toy):
    p, labels = (table[-TEST:] for table in toy)
    right = p.argmax(axis=1) == labels
    curves = store.table("accuracy_data").set_index("method")
    for method, confidence in {
        "entropy": -entropy(p),
        "max_probability": p.max(axis=1),
        "darksight_kde": store.table("darksight_sample")["log_density"].to_numpy()[-TEST:],
    }.items():
        expected = np.array(literal.accuracy_data_curve(confidence, right))
        area = figures.loc[("accuracy_data_area", method)]
        assert area["value"] == pytest.approx(expected.mean())
        assert area["low"] < area["value"] < area["high"]
        assert area["n"] == TEST
        auroc = figures.loc[("outlier_auroc", method)]
        assert auroc["value"] == pytest.approx(literal.auroc(confidence, right))
        np.testing.assert_allclose(curves.loc[method]["accuracy"], expected)
        np.testing.assert_allclose(curves.loc[method]["share"], np.arange(1, TEST + 1) / TEST)


def test_a_gain_is_the_difference_of_two_areas(figures):
    area = figures.loc["accuracy_data_area"]["value"]
    for method, gain in figures.loc["accuracy_data_gain"].iterrows():
        assert gain["value"] == pytest.approx(area["darksight_kde"] - area[method])
        assert gain["low"] <= gain["value"] <= gain["high"]


def test_a_picture_that_sets_errors_apart_is_a_perfect_detector(figures):
    assert figures.loc[("outlier_auroc", "tsne_kde"), "value"] == 1
    gain = figures.loc["accuracy_data_gain"]
    assert gain.loc["tsne_kde", "high"] < 0  # beyond chance: where ours is worse, it is said
    noise = figures.loc[("outlier_auroc", "tsne_logits_kde")]
    assert noise["low"] < 0.5 < noise["high"]


def test_local_fidelity_is_equation_10(store, figures, toy):
    p = toy[0][-TEST:].astype(float)
    table = store.table("local_fidelity").set_index(["method", "k"])["value"]
    places = store.table("embedding").query("method == 'pca'").sort_values("sample_id")
    points = places[["x", "y"]].to_numpy(float)[-TEST:]
    for k in (1, 15):
        expected = literal.local_fidelity(points, p, k)
        assert table["pca", k] == pytest.approx(expected)
        assert figures.loc[(f"local_fidelity_k{k}", "pca"), "value"] == pytest.approx(expected)
    assert len(table.loc["darksight_student"]) == 100
    assert table["darksight", 15] < table["tsne_logits", 15]


def test_a_picture_by_the_probabilities_is_better_than_noise_in_everything(figures):
    for metric in (
        "cluster_preservation", "silhouette", "transition_order", "trustworthiness_k15",
    ):  # fmt: skip
        ours, noise = (figures.loc[(metric, m), "value"] for m in ("darksight", "tsne_logits"))
        assert ours > noise + 0.1


def judged(tmp_path, p, labels, **keywords):
    p = np.asarray(p, np.float32)
    pictures = {"pca": noise(len(p), 2)}
    store = run_darksight(tmp_path, p, np.asarray(labels), pictures=pictures, **keywords)
    found = store.table("figure").query("metric != 'symmetric_kl'")
    return found.query("metric != 'top_class_agreement'").set_index(["metric", "method"]), store


def test_without_a_test_split_all_samples_are_judged(tmp_path, toy):
    figures, _ = judged(tmp_path, *(table[:60] for table in toy))
    assert set(figures["split"]) == {"all"}
    assert figures.loc[("accuracy_data_area", "entropy"), "n"] == 60
    # 60 samples have no hundred neighbours
    assert np.isnan(figures.loc[("local_fidelity_k100", "pca"), "value"])


@pytest.mark.parametrize("right", [True, False])
def test_without_both_right_and_wrong_there_is_no_auroc(tmp_path, toy, right):
    p = toy[0][:50]
    labels = p.argmax(axis=1) if right else p.argmin(axis=1)
    figures, store = judged(tmp_path, p, labels, test=20)
    assert figures.loc["outlier_auroc"]["value"].isna().all()
    assert figures.loc["outlier_auroc"]["low"].isna().all()
    assert (figures.loc["accuracy_data_area"]["value"] == right).all()
    assert (store.table("accuracy_data")["accuracy"] == right).all()


@pytest.mark.parametrize(
    ("p", "labels"),
    [
        ([[0.7, 0.3]], [0]),
        ([[0.9, 0.1], [0.2, 0.8]], [0, 0]),
        ([[0.6, 0.3, 0.1]] * 12, [0, 1] * 6),
        ([[0.7, 0.3, 0.0], [0.4, 0.6, 0.0], [0.1, 0.9, 0.0]] * 8, [0, 1, 2] * 8),
        ([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] * 20, [0, 1] * 20),
    ],
    ids=["one sample", "two samples", "identical rows", "an unused class", "all certain"],
)
def test_awkward_predictions_are_judged_as_far_as_they_can_be(tmp_path, p, labels):
    figures, _ = judged(tmp_path, p, labels)
    area = figures.loc["accuracy_data_area"]["value"]
    assert area.between(0, 1).all()
    if len(np.unique(np.argmax(p, axis=1))) < 2:
        assert figures.loc["silhouette"]["value"].isna().all()
    if len(p) <= 30:
        assert figures.loc["trustworthiness_k15"]["value"].isna().all()


def test_one_sample_alone_in_the_test_split_is_judged(tmp_path, toy):
    figures, store = judged(tmp_path, *(table[:40] for table in toy), test=1)
    assert figures.loc[("accuracy_data_area", "entropy"), "n"] == 1
    assert len(store.table("local_fidelity")) == 0


def test_classes_that_are_outputs_only_do_no_harm(tmp_path, toy):
    p, labels = (table[:80] for table in toy)
    wide = np.full((80, 40), 1e-6, np.float32)
    wide[:, 10:14] = p * (1 - 36e-6)
    figures, _ = judged(tmp_path, wide, labels + 10, test=50)
    for metric in ("cluster_preservation", "silhouette", "global_fidelity", "outlier_auroc"):
        assert figures.loc[metric]["value"].notna().all()


def test_a_long_curve_is_cut_to_two_hundred_rows(tmp_path):
    _, store = judged(tmp_path, *teacher(300, 3))
    curves = store.table("accuracy_data")
    assert set(curves.groupby("method").size()) == {200}
    last = curves.query("share == 1").set_index("method")["accuracy"]
    p, labels = teacher(300, 3)
    assert np.allclose(last, (p.argmax(axis=1) == labels).mean())


def test_of_many_samples_a_part_is_judged_and_the_figures_say_so(tmp_path, toy, monkeypatch):
    module = "precompute.stages.darksight_evaluation"
    monkeypatch.setattr(f"{module}.JUDGED_ENTRIES", 4 * 30)
    figures, store = judged(tmp_path, *(table[:90] for table in toy), test=60)
    assert figures.loc[("accuracy_data_area", "entropy"), "n"] == 30
    assert set(store.table("accuracy_data").groupby("method").size()) == {30}
    assert store.table("local_fidelity")["k"].to_numpy().max() == 29


def test_the_same_study_gives_the_same_bytes(tmp_path, toy):
    both = [
        judged(tmp_path / name, *(table[:60] for table in toy), test=30)[1]
        for name in ("one", "two")
    ]
    files = [store.manifest("darksight_evaluation").files for store in both]
    assert files[0] == files[1]
