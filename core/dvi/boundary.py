"""Boundary points of a classifier, found by mixing two images and bisecting the mixture.

DeepVisualInsight, section 5.1: definition 2 says which points lie on the boundary, equations 5 to
7 say between which classes to look next. A mixture is ``lam * s_i + (1 - lam) * s_j`` with lam at
most 0.4, so that it still looks like ``s_j``; the two images have different *predicted* classes.
The bisection asks whether the mixture is still predicted as ``s_j`` is: its limit is a point
where two classes tie for the first place, and a pair whose prediction holds up to the largest lam
has no such point and fails after one look.

Pairs are tried in batches: the probabilities of equation 5 are brought up to date after each. Its
second term is divided by its sum over pairs, as its first one is, so that they are probabilities;
a pair never tried has success rate 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from core.axes import Logits

Inputs = Real[np.ndarray, "sample ..."]
Classifier = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class BoundarySearch:
    """How to look for boundary points; the defaults are the paper's.

    ``share`` points per sample are wanted. ``delta`` and ``alpha`` are those of definition 2 and
    equation 5, ``largest`` bounds the share of the second image. ``bisections`` is the search
    budget of one trial, ``trials`` the most trials per wanted point, ``batch`` the most mixtures
    classified at once.
    """

    share: float = 0.1
    delta: float = 0.1
    largest: float = 0.4
    alpha: float = 0.8
    bisections: int = 8
    trials: int = 20
    batch: int = 1024


@dataclass(frozen=True)
class PairSearch:
    """What the search did for each pair of predicted classes: trials, and those that succeeded."""

    classes: Int[np.ndarray, "pair 2"]
    trials: Int[np.ndarray, " pair"]
    successes: Int[np.ndarray, " pair"]

    @property
    def success_rate(self) -> Float[np.ndarray, " pair"]:
        """Equation 7; NaN for a pair never tried."""
        with np.errstate(invalid="ignore"):
            return self.successes / self.trials


@dataclass(frozen=True)
class Boundary:
    """Boundary points, where they come from, and the search behind them.

    ``parents`` are the two samples mixed, ``lam`` the share of the first. ``wanted`` minus the
    number of points is what the budget did not find.
    """

    representations: Float[np.ndarray, "point representation"]
    logits: Float[np.ndarray, "point class"]
    parents: Int[np.ndarray, "point 2"]
    lam: Float[np.ndarray, " point"]
    pairs: PairSearch
    wanted: int

    def __len__(self) -> int:
        return len(self.lam)


def margin(logits: Logits) -> Float[np.ndarray, " sample"]:
    """Return the difference of the two largest logits after rescaling each sample's to 0..1.

    From 0 (two classes tie) to 1 (all others equal). Where all logits are equal the margin is 0.
    With two classes alone the rescaled difference is 1 whatever the logits, so that there would be
    no boundary: the difference of the two probabilities stands in its place. Source: definition 2.
    """
    if logits.shape[1] < 2:
        raise ValueError(f"a margin needs at least two classes, got {logits.shape[1]}")
    if logits.shape[1] == 2:
        return np.tanh(np.abs(logits[:, 0] - logits[:, 1]) / 2)
    best = np.partition(logits, -2, axis=1)
    span = logits.max(axis=1) - logits.min(axis=1)
    gap = best[:, -1] - best[:, -2]
    return np.divide(gap, span, out=np.zeros_like(gap), where=span > 0)


def on_boundary(logits: Logits, delta: float = 0.1) -> Bool[np.ndarray, " sample"]:
    """Return which samples lie on the delta-boundary of definition 2."""
    return margin(logits) <= delta


def pair_probabilities(
    found: Int[np.ndarray, " pair"],
    trials: Int[np.ndarray, " pair"],
    alpha: float,
) -> Float[np.ndarray, " pair"]:
    """Return how probably each pair of classes is tried next.

    Parameters
    ----------
    found
        Boundary points found so far for each pair.
    trials
        Trials so far for each pair; 0 counts as a success rate of 1.
    alpha
        Weight of scarcity (equation 6) against the success rate (equation 7), 0..1.

    Source: equations 5 to 7, both terms normalised over the pairs.
    """
    scarcity = np.maximum(0, found.mean() - found)
    rate = np.where(trials > 0, found / np.maximum(trials, 1), 1.0)
    return alpha * _shares(scarcity) + (1 - alpha) * _shares(rate)


def find_boundary(
    classify: Classifier,
    inputs: Inputs,
    predicted: Int[np.ndarray, " sample"],
    *,
    search: BoundarySearch | None = None,
    seed: int = 0,
) -> Boundary:
    """Return boundary points in the space of representations.

    Parameters
    ----------
    classify
        Takes a batch like ``inputs`` and returns its representations and logits.
    inputs
        What the classifier takes, in a space where a mixture makes sense; of whole numbers (the
        bytes of images) mixtures are float32.
    predicted
        The class that the classifier predicts for each input. With fewer than two classes there
        is nothing to mix: no point is returned.
    search
        Settings; without them the paper's.
    seed
        Seed of the choice of pairs and images.

    Raises
    ------
    ValueError
        If inputs and predictions differ in number, or a setting is out of its range.
    """
    search = search or BoundarySearch()
    _check(inputs, predicted, search)
    random = np.random.default_rng(seed)
    members = _Members(predicted)
    wanted = round(search.share * len(inputs))
    budget = search.trials * wanted if len(members.pairs) else 0
    trials = np.zeros(len(members.pairs), np.int64)
    found = np.zeros(len(members.pairs), np.int64)
    parts = [_nothing(classify, inputs)]
    while found.sum() < wanted and trials.sum() < budget:
        missing, left = wanted - int(found.sum()), budget - int(trials.sum())
        size = _batch_size(missing, left, found, trials, search.batch)
        probability = pair_probabilities(found, trials, search.alpha)
        pair = random.choice(len(members.pairs), size=size, p=probability)
        parents = members.draw(pair, random)
        points, which = _bisect(classify, inputs, parents, predicted[parents[:, 1]], search)
        trials += np.bincount(pair, minlength=len(trials))
        found += np.bincount(pair[which], minlength=len(found))
        parts.append(points)
    representations, logits, lam, parents = (
        np.concatenate(column)[:wanted] for column in zip(*parts, strict=True)
    )
    pairs = PairSearch(members.pairs, trials, found)
    return Boundary(representations, logits, parents, lam, pairs, wanted)


def _bisect(
    classify: Classifier,
    inputs: np.ndarray,
    parents: np.ndarray,
    home: np.ndarray,
    search: BoundarySearch,
) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Boundary points of those pairs of parents that have one, and which pairs these are."""
    low, high = np.zeros(len(parents)), np.full(len(parents), search.largest)
    lam = high.copy()
    open_ = np.arange(len(parents))
    done = []
    for step in range(search.bisections):
        shape = (-1,) + (1,) * (inputs.ndim - 1)
        share = lam[open_].reshape(shape).astype(np.result_type(inputs.dtype, np.float32))
        first, second = inputs[parents[open_, 0]], inputs[parents[open_, 1]]
        representations, logits = classify(share * first + (1 - share) * second)
        hit = on_boundary(logits, search.delta)
        chosen = open_[hit]
        done.append((representations[hit], logits[hit], lam[chosen], parents[chosen], chosen))
        stays = logits.argmax(axis=1) == home[open_]
        low[open_] = np.where(stays, lam[open_], low[open_])
        high[open_] = np.where(stays, high[open_], lam[open_])
        open_ = open_[~hit & ~stays] if step == 0 else open_[~hit]  # at the largest lam: no change
        lam[open_] = (low[open_] + high[open_]) / 2
        if len(open_) == 0:
            break
    *points, which = (np.concatenate(column) for column in zip(*done, strict=True))
    return tuple(points), which


class _Members:
    """Samples by predicted class, and the pairs of classes that have any."""

    def __init__(self, predicted: np.ndarray) -> None:
        self.order = np.argsort(predicted, kind="stable")
        classes, self.start, self.count = np.unique(
            predicted[self.order], return_index=True, return_counts=True
        )
        self.first, self.second = np.triu_indices(len(classes), 1)
        self.pairs = np.stack([classes[self.first], classes[self.second]], 1).astype(np.int64)

    def draw(self, pair: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """For each pair of classes one sample of each, in either order."""
        swap = random.random(len(pair)) < 0.5
        one = np.where(swap, self.second[pair], self.first[pair])
        other = np.where(swap, self.first[pair], self.second[pair])
        return np.stack([self._sample(one, random), self._sample(other, random)], 1)

    def _sample(self, group: np.ndarray, random: np.random.Generator) -> np.ndarray:
        offset = (random.random(len(group)) * self.count[group]).astype(np.int64)
        return self.order[self.start[group] + offset]


def _batch_size(
    missing: int, left: int, found: np.ndarray, trials: np.ndarray, largest: int
) -> int:
    """Trials that probably give what is missing, in at least four steps of equation 5."""
    rate = max(found.sum() / trials.sum(), 0.05) if trials.any() else 1.0
    return int(max(1, min(missing / rate / 4 + len(found), left, largest)))


def _shares(values: np.ndarray) -> np.ndarray:
    total = values.sum()
    return values / total if total > 0 else np.full(len(values), 1 / len(values))


def _nothing(classify: Classifier, inputs: np.ndarray) -> tuple[np.ndarray, ...]:
    """No points, with the axes that points would have."""
    representations, logits = classify(inputs[:1])
    return representations[:0], logits[:0], np.zeros(0), np.zeros((0, 2), np.int64)


def _check(inputs: np.ndarray, predicted: np.ndarray, search: BoundarySearch) -> None:
    if len(inputs) != len(predicted) or len(inputs) == 0:
        raise ValueError(
            f"every input needs its predicted class, got {len(inputs)} inputs and "
            f"{len(predicted)} classes"
        )
    for name, value, low, high in [
        ("share", search.share, 0, 1),
        ("delta", search.delta, 0, 1),
        ("largest", search.largest, 0, 1),
        ("alpha", search.alpha, 0, 1),
    ]:
        if not low <= value <= high:
            raise ValueError(f"{name} must be from {low} to {high}, got {value}")
    for name in ("bisections", "trials", "batch"):
        if getattr(search, name) < 1:
            raise ValueError(f"{name} must be at least 1, got {getattr(search, name)}")
