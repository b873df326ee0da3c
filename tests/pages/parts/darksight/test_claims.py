import numpy as np
import pytest

from core.darksight.fit import Settings
from pages.parts.darksight.claims import Claim, claims, compared
from pages.parts.darksight.fitting import TOLERANCE, WINDOW
from pages.parts.darksight.held import Rating
from pages.parts.darksight.names import confidence_words, picture_words

NAN = float("nan")


def rating(metric, method, value, low=NAN, high=NAN):
    return Rating(metric, method, "test", value, low, high, 100)


def gain(method, low, high):
    return rating("accuracy_data_gain", method, (low + high) / 2, low, high)


def judged(ratings, local=None) -> Claim:
    (claim,) = claims(ratings, local or {})
    return claim


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [(0.1, 0.2, "holds"), (-0.2, -0.1, "does not hold"), (-0.1, 0.1, "cannot be told")],
)
def test_a_gain_counts_where_its_interval_leaves_out_zero(low, high, outcome):
    assert compared(gain("tsne_kde", low, high)) == outcome


def test_without_figures_there_is_no_claim():
    assert claims([], {}) == []
    assert claims([gain("tsne_kde", NAN, NAN)], {}) == []


@pytest.mark.parametrize(
    ("second", "outcome"),
    [((0.1, 0.2), "holds"), ((-0.1, 0.2), "cannot be told"), ((-0.2, -0.1), "does not hold")],
)
def test_density_must_beat_every_t_sne(second, outcome):
    found = claims([gain("tsne_kde", 0.1, 0.2), gain("tsne_logits_kde", *second)], {})
    assert [claim.outcome for claim in found] == [outcome, outcome]


def test_other_pictures_do_not_decide_about_t_sne():
    on_tsne, on_all = claims([gain("tsne_kde", 0.1, 0.2), gain("umap_gmm", -0.2, -0.1)], {})
    assert (on_tsne.outcome, on_all.outcome) == ("holds", "does not hold")


@pytest.mark.parametrize(
    ("ends", "outcome", "words"),
    [
        ((0.1, 0.2), "holds", "CIFAR-10"),
        ((-0.1, 0.2), "holds", "MNIST"),
        ((-0.2, -0.1), "does not hold", "worse"),
    ],
)
def test_the_dirichlet_mixture_is_comparable_better_or_worse(ends, outcome, words):
    claim = judged([gain("probabilities_dirichlet", *ends)])
    assert claim.outcome == outcome
    assert words in claim.figures


def test_a_simple_measure_that_is_better_is_said_to_be():
    claim = judged([gain("entropy", -0.2, -0.1), gain("max_probability", 0.1, 0.2)])
    assert claim.outcome == "does not hold"
    assert "entropy is better" in claim.figures
    assert "largest probability is worse" in claim.figures


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [((0.1, 0.3), "holds"), ((0.1, 0.6), "cannot be told"), ((0.9, 0.95), "does not hold")],
)
def test_clusters_are_compared_by_their_intervals(ends, outcome):
    ratings = [
        rating("cluster_preservation", "darksight", 0.6, 0.5, 0.7),
        rating("cluster_preservation", "tsne", sum(ends) / 2, *ends),
    ]
    assert judged(ratings).outcome == outcome


def test_the_transition_order_is_compared_with_the_best_other_picture():
    ratings = [
        rating("transition_order", "darksight", 0.9),
        rating("transition_order", "pca", NAN),
        rating("transition_order", "umap", 0.95),
        rating("transition_order", "tsne", 0.5),
    ]
    claim = judged(ratings)
    assert claim.outcome == "does not hold"
    assert "UMAP" in claim.figures


@pytest.mark.parametrize(
    ("own", "other", "outcome", "words"),
    [
        ([0.3, 0.3, 0.3], [0.2, 0.3, 0.4], "holds", "from k = 2 on"),
        ([0.1, 0.1, 0.1], [0.2, 0.3, 0.4], "does not hold", "from k = 1 on"),
        ([0.5, 0.5, 0.5], [0.2, 0.3, 0.4], "does not hold", "nowhere ahead"),
        ([0.1, 0.5, 0.1], [0.2, 0.3, 0.4], "does not hold", "2 of 3 values"),
    ],
)
def test_local_fidelity_tells_from_where_on_darksight_is_ahead(own, other, outcome, words):
    local = {"darksight": np.array(own), "tsne_probabilities": np.array(other)}
    claim = judged([], local)
    assert claim.outcome == outcome
    assert words in claim.figures


def test_confidences_and_pictures_have_names():
    assert confidence_words("tsne_logits_kde") == "KDE on t-SNE of logits"
    assert confidence_words("darksight_gmm") == "Gaussian mixture on DarkSight"
    assert confidence_words("something") == "something"
    assert picture_words("darksight_student") == "DarkSight, by its student"
    assert picture_words("umap") == "UMAP of representation"


def test_the_stopping_rule_is_told_as_the_fit_has_it():
    settings = Settings()
    assert (settings.tolerance, settings.window) == (TOLERANCE, WINDOW)
