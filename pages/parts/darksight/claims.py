"""The paper's claims, judged on this study's own figures: holds, does not hold, cannot be told.

Sections 4.2 to 4.5 of Schacherer's report on DarkSight (2018). A comparison of two confidences is
decided by the 95 % interval of the gain, drawn on the same samples for both; one of two other
figures by whether their own intervals are apart.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pages.parts.darksight.held import METHOD, Rating, rated
from pages.parts.darksight.names import confidence_words, picture_words

Outcome = Literal["holds", "does not hold", "cannot be told"]
SIGNS: dict[Outcome, str] = {"holds": "✓", "does not hold": "✗", "cannot be told": "?"}
FEW_ERRORS = 30
"""Below so many misclassified images hardly any two confidences can be told apart."""
SIMPLE = ("entropy", "max_probability")
DIRICHLET = "probabilities_dirichlet"
_OF_TSNE = re.compile(r"tsne\w*_kde")
_OF_PICTURES = re.compile(r"(tsne|umap|pca)\w*_(kde|gmm)")


@dataclass(frozen=True)
class Claim:
    """What the paper says, whether it holds here, and by which figures."""

    said: str
    outcome: Outcome
    figures: str


def claims(ratings: Sequence[Rating], local: Mapping[str, np.ndarray]) -> list[Claim]:
    """Return the claims that these figures can judge.

    Parameters
    ----------
    ratings
        All figures of the view.
    local
        M_1, M_2, ... by picture (equation 10).
    """
    gains = {
        method: rating
        for method, rating in rated(ratings, "accuracy_data_gain").items()
        if np.isfinite([rating.value, rating.low, rating.high]).all()
    }
    found = [
        _against_each(
            "Density on DarkSight is a better confidence than on any t-SNE (figure 8)",
            {method: gain for method, gain in gains.items() if _OF_TSNE.fullmatch(method)},
        ),
        _against_each(
            "... and than the densities, KDE and mixtures, of all other pictures",
            {method: gain for method, gain in gains.items() if _OF_PICTURES.fullmatch(method)},
        ),
        _against_dirichlet(gains.get(DIRICHLET)),
        _against_simple({method: gains[method] for method in SIMPLE if method in gains}),
        _clusters(rated(ratings, "cluster_preservation")),
        _order(rated(ratings, "transition_order")),
        _local(local),
    ]
    return [claim for claim in found if claim is not None]


def compared(gain: Rating) -> Outcome:
    """Return whether a gain is above 0 beyond doubt: holds, does not hold, cannot be told."""
    if gain.low > 0:
        return "holds"
    return "does not hold" if gain.high < 0 else "cannot be told"


def _against_each(said: str, gains: Mapping[str, Rating]) -> Claim | None:
    if not gains:
        return None
    outcomes = [compared(gain) for gain in gains.values()]
    better, worse = outcomes.count("holds"), outcomes.count("does not hold")
    outcome: Outcome = "cannot be told"
    if worse:
        outcome = "does not hold"
    elif better == len(outcomes):
        outcome = "holds"
    if len(gains) <= 4:
        parts = [f"over {confidence_words(method)} {_gain(gain)}" for method, gain in gains.items()]
        return Claim(said, outcome, "gain " + "; ".join(parts))
    open_ = len(outcomes) - better - worse
    return Claim(
        said,
        outcome,
        f"better than {better} of {len(gains)}, not told apart from {open_}, worse than {worse}",
    )


def _against_dirichlet(gain: Rating | None) -> Claim | None:
    if gain is None:
        return None
    words: dict[Outcome, tuple[str, Outcome]] = {
        "holds": ("better, as the paper says of CIFAR-10", "holds"),
        "cannot be told": ("not told apart, as the paper says of MNIST", "holds"),
        "does not hold": ("worse", "does not hold"),
    }
    found, outcome = words[compared(gain)]
    return Claim(
        "It is comparable to a Dirichlet mixture on the probabilities (MNIST) or better (CIFAR-10)",
        outcome,
        f"{found}: gain {_gain(gain)}",
    )


def _against_simple(gains: Mapping[str, Rating]) -> Claim | None:
    """Judge what the paper left out: whether density beats what the probabilities say at once."""
    if not gains:
        return None
    outcomes = [compared(gain) for gain in gains.values()]
    outcome: Outcome = "cannot be told"
    if "does not hold" in outcomes:
        outcome = "does not hold"
    elif outcomes.count("holds") == len(outcomes):
        outcome = "holds"
    verbs: dict[Outcome, str] = {
        "holds": "is worse",
        "does not hold": "is better",
        "cannot be told": "is not told apart",
    }
    parts = [
        f"{confidence_words(method)} {verbs[compared(gain)]} (gain over it {_gain(gain)})"
        for method, gain in gains.items()
    ]
    return Claim(
        "Not in the paper: it is a better confidence than entropy or the largest probability, "
        "which need no picture",
        outcome,
        "; ".join(parts),
    )


def _clusters(found: dict[str, Rating]) -> Claim | None:
    own = found.get(METHOD)
    others = {
        method: rating
        for method, rating in found.items()
        if method.startswith("tsne") and np.isfinite(rating.value)
    }
    if own is None or not others or not np.isfinite(own.value):
        return None
    outcome: Outcome = "cannot be told"
    if all(own.low > rating.high for rating in others.values()):
        outcome = "holds"
    elif any(own.high < rating.low for rating in others.values()):
        outcome = "does not hold"
    parts = [f"{picture_words(method)} {_interval(other)}" for method, other in others.items()]
    return Claim(
        "Confidence falls from a cluster's centre to its border, unlike in t-SNE (figure 4)",
        outcome,
        f"cluster preservation {_interval(own)}; {'; '.join(parts)}",
    )


def _order(found: dict[str, Rating]) -> Claim | None:
    values = {method: r.value for method, r in found.items() if np.isfinite(r.value)}
    own = values.pop(METHOD, None)
    if own is None or not values:
        return None
    best = max(values, key=values.__getitem__)
    return Claim(
        "Classes change over smoothly along a border, which is hardly visible in t-SNE (figure 6)",
        "holds" if own > values[best] else "does not hold",
        f"transition order {own:.2f}, every picture asked alike; the best other one is "
        f"{picture_words(best)} with {values[best]:.2f} (no intervals: a mean over few pairs)",
    )


def _local(local: Mapping[str, np.ndarray]) -> Claim | None:
    own, other = local.get(METHOD), local.get("tsne_probabilities")
    if own is None or other is None or not len(own) or len(own) != len(other):
        return None
    ahead = own <= other
    first = int(np.argmax(ahead))
    if not ahead.any():
        later = f"DarkSight is nowhere ahead up to k = {len(own)}"
    elif ahead[first:].all():
        later = f"DarkSight is ahead from k = {first + 1} on"
    else:
        later = f"DarkSight is ahead at {int(ahead.sum())} of {len(own)} values of k"
    most = len(own)
    return Claim(
        "t-SNE of probabilities keeps few neighbours alike better, DarkSight catches up with more "
        "(figure 11)",
        "holds" if not ahead[0] and ahead[-1] else "does not hold",
        f"M_1 {own[0]:.3f} against {other[0]:.3f}, M_{most} {own[-1]:.3f} against "
        f"{other[-1]:.3f} (lower is better); {later}",
    )


def _gain(gain: Rating) -> str:
    """Return a gain with as many digits as keep the nearer end of its interval from being 0."""
    nearest = min((abs(end) for end in (gain.low, gain.high) if end), default=1.0)
    digits = int(np.clip(np.ceil(-np.log10(nearest)), 4, 7))
    return f"{gain.value:+.{digits}f} ({gain.low:+.{digits}f} to {gain.high:+.{digits}f})"


def _interval(rating: Rating) -> str:
    return f"{rating.value:.2f} ({rating.low:.2f} to {rating.high:.2f})"
