"""Who belongs to a selection: decided here, on the server, from the rule alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.lasso import inside
from pages.parts.selection import (
    Cell,
    Found,
    Ids,
    Lasso,
    OfClass,
    Preset,
    Rule,
    RuleError,
    Saved,
    Split,
)

MOST_FOUND = 50
"""How many images the presets `least_certain` and `most_confidently_wrong` find at most."""


@dataclass(frozen=True)
class Evidence:
    """What rules are decided on; every array has one row per `sample_id`.

    `is_test` tells the test split from the training split; `entropy` is in nats; `positions`
    returns the points of an embedding, and `saved` the named selections of the store.
    """

    classes: int
    label: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    entropy: np.ndarray
    is_test: np.ndarray
    methods: Sequence[str]
    positions: Callable[[str], np.ndarray]
    saved: Callable[[], Mapping[str, Sequence[int]]]

    def of_split(self, split: Split) -> np.ndarray:
        """Return the mask of the samples in `split`."""
        if split == "all":
            return np.ones(len(self.label), bool)
        return self.is_test if split == "test" else ~self.is_test


def checked(rule: Rule, evidence: Evidence) -> Rule:
    """Return the rule itself if the study has every class, image and embedding that it names.

    Raises
    ------
    RuleError
        With one line that names what is missing and what there is instead.
    """
    match rule:
        case Cell(true, predicted):
            _check_class(true, evidence)
            _check_class(predicted, evidence)
        case OfClass(class_):
            _check_class(class_, evidence)
        case Ids(sample_ids):
            beyond = [i for i in sample_ids if i >= len(evidence.label)]
            if beyond:
                raise RuleError(
                    f"this study's images are numbered 0 to {len(evidence.label) - 1}, "
                    f"got {beyond[0]}"
                )
        case Lasso(method=method):
            if method not in evidence.methods:
                known = ", ".join(evidence.methods) or "none yet"
                raise RuleError(f"the projections of this study are {known}; got {method[:40]!r}")
        case Saved(name):
            if name not in evidence.saved():
                raise RuleError(f"the store keeps no selection named {name[:40]!r}")
    return rule


def members(rule: Rule | None, evidence: Evidence, split: Split) -> np.ndarray:
    """Return the sample ids that belong to `rule` among those of `split`, in its order.

    Without a rule the whole split belongs. Presets come in the order of what they look for, lists
    in their own, everything else by number. `rule` must have passed `checked`.
    """
    shown = evidence.of_split(split)
    match rule:
        case None:
            return np.flatnonzero(shown)
        case Lasso(method, drawn_on, corners):
            shown = np.flatnonzero(shown & evidence.of_split(drawn_on))
            polygon = np.array(corners, dtype=np.float64)
            return shown[inside(polygon, evidence.positions(method)[shown].astype(np.float64))]
        case Cell(true, predicted):
            return np.flatnonzero(
                shown & (evidence.label == true) & (evidence.predicted == predicted)
            )
        case Found(preset):
            return _found(preset, evidence, shown)
        case OfClass(class_):
            return np.flatnonzero(shown & (evidence.label == class_))
        case Ids(sample_ids):
            return _of_those(np.array(sample_ids, dtype=np.int64), shown)
        case Saved(name):
            return _of_those(np.array(evidence.saved()[name], dtype=np.int64), shown)


def _found(preset: Preset, evidence: Evidence, shown: np.ndarray) -> np.ndarray:
    wrong = shown & (evidence.predicted != evidence.label)
    if preset == "misclassified":
        return np.flatnonzero(wrong)
    candidates, rank = (
        (np.flatnonzero(shown), evidence.entropy)
        if preset == "least_certain"
        else (np.flatnonzero(wrong), evidence.confidence)
    )
    order = np.argsort(-rank[candidates], kind="stable")  # ties stay in the order of their numbers
    return candidates[order[:MOST_FOUND]]


def _of_those(listed: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Return the listed ids that are shown; a saved list may come from a larger study."""
    known = listed[(listed >= 0) & (listed < len(shown))]
    return known[shown[known]]


def _check_class(class_: int, evidence: Evidence) -> None:
    if class_ >= evidence.classes:
        raise RuleError(
            f"this study's classes are numbered 0 to {evidence.classes - 1}, got {class_}"
        )
