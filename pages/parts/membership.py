"""Who belongs to a selection: decided here, on the server, from the rule alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.lasso import inside
from pages.parts.past import Past, checked_past, members_past
from pages.parts.past_rules import Entered, Forgotten, Happened, LateLearned, NeverLearned
from pages.parts.selection import (
    Cell,
    Found,
    Ids,
    Lasso,
    Measure,
    OfClass,
    Other,
    Preset,
    Rejected,
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

    `present` are the numbers of the classes that the data holds; `flipped` tells whose label was
    flipped on purpose, `is_test` the test split from the training split; `entropy` is in nats;
    `positions` returns the points of an embedding, `saved` the named selections of the store, and
    `density` DarkSight's confidence, None before there is one; `past` is what happened over the
    checkpoints.
    """

    classes: int
    present: np.ndarray
    label: np.ndarray
    flipped: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    entropy: np.ndarray
    is_test: np.ndarray
    methods: Sequence[str]
    positions: Callable[[str], np.ndarray]
    saved: Callable[[], Mapping[str, Sequence[int]]]
    density: Callable[[], np.ndarray | None] = lambda: None
    past: Past | None = None

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
        case Other(true):
            if len(evidence.present) == evidence.classes:
                raise RuleError("the data holds images of every class that the teacher knows")
            if true is not None:
                _check_class(true, evidence)
        case Found("flipped_labels"):
            if not evidence.flipped.any():
                raise RuleError("no label of this study was flipped on purpose")
        case Rejected("darksight"):
            certainty("darksight", evidence)
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
                known = ", ".join(m for m in evidence.methods if "@" not in m) or "none yet"
                raise RuleError(f"the projections of this study are {known}; got {method[:40]!r}")
        case Saved(name):
            if name not in evidence.saved():
                raise RuleError(f"the store keeps no selection named {name[:40]!r}")
        case Forgotten() | NeverLearned() | LateLearned() | Happened() | Entered():
            try:
                checked_past(rule, evidence.past)
            except ValueError as error:
                raise RuleError(str(error)) from None
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
        case Other(true):
            if true is not None:
                shown = shown & (evidence.label == true)
            return np.flatnonzero(shown & ~np.isin(evidence.predicted, evidence.present))
        case Found(preset):
            return _found(preset, evidence, shown)
        case Rejected(measure, threshold):
            # In single precision a threshold keeps the very sample that it was read from.
            least = np.float32(-threshold if measure == "entropy" else threshold)
            return np.flatnonzero(shown & (certainty(measure, evidence) < least))
        case OfClass(class_):
            return np.flatnonzero(shown & (evidence.label == class_))
        case Ids(sample_ids):
            return _of_those(np.array(sample_ids, dtype=np.int64), shown)
        case Saved(name):
            return _of_those(np.array(evidence.saved()[name], dtype=np.int64), shown)
        case _:
            assert evidence.past is not None  # `checked` saw to it
            return members_past(rule, evidence.past, shown)


def certainty(measure: Measure, evidence: Evidence) -> np.ndarray:
    """Return a confidence of every sample, higher is surer; of the entropy its negative.

    Raises
    ------
    RuleError
        For DarkSight's confidence where there is none.
    """
    match measure:
        case "entropy":
            return -evidence.entropy
        case "max_probability":
            return evidence.confidence
    if (density := evidence.density()) is None:
        raise RuleError("this study has no DarkSight yet, and so no confidence by density")
    return density


def _found(preset: Preset, evidence: Evidence, shown: np.ndarray) -> np.ndarray:
    wrong = shown & (evidence.predicted != evidence.label)
    if preset == "misclassified":
        return np.flatnonzero(wrong)
    if preset == "flipped_labels":
        return np.flatnonzero(shown & evidence.flipped)
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
