"""The words in which pages name projections, colours, splits and selections."""

from collections import Counter
from collections.abc import Iterable, Sequence

from core.store import epoch_label
from pages.parts.literal import plain, shortened
from pages.parts.past_rules import (
    Entered,
    EventKind,
    Forgotten,
    Happened,
    LateLearned,
    NeverLearned,
)
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
    Saved,
    Split,
)
from pages.parts.view import Color

PRESET_WORDS: dict[Preset, str] = {
    "misclassified": "Misclassified",
    "least_certain": "Least certain",
    "most_confidently_wrong": "Most confidently wrong",
    "flipped_labels": "Flipped labels",
}
COLOR_WORDS: dict[Color, str] = {
    "true": "true label",
    "predicted": "prediction",
    "correct": "right or wrong",
    "entropy": "predictive entropy",
    "true_probability": "probability of true class",
    "confidence": "DarkSight confidence",
    "symmetric_kl": "symmetric KL to the student",
    "learned_at": "checkpoint when learned",
    "noise": "suspicion of the label",
}
FIGURE_WORDS = {
    "trustworthiness_k15": "trustworthiness",
    "neighbor_preservation_k15": "neighbours preserved",
}
MEASURE_WORDS: dict[Measure, str] = {
    "darksight": "DarkSight's density",
    "entropy": "predictive entropy",
    "max_probability": "largest probability",
}
_METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
_LENSES = {"darksight": "DarkSight", "dvi": "DVI", "dvi_paper": "DVI with the paper's settings"}
EVENT_WORDS: dict[EventKind, str] = {
    "flip": "prediction flips",
    "jump": "jumps of confidence",
    "move": "largest moves",
}
STRATEGY_WORDS = {
    "random": "random",
    "core_set": "core-set",
    "learning_loss": "learning loss (LL4AL)",
    "entropy": "entropy",
}


def method_words(method: str) -> str:
    """Return what a projection is called: the method and what it was made of."""
    method, _, epoch = method.partition("@")
    if method in _LENSES:
        return _LENSES[method] + (f", epoch {epoch}" if epoch else "")
    name, _, space = method.partition("_")
    return f"{_METHODS.get(name, name)} of {space or 'representation'}"


def sentence(words: str) -> str:
    """Return `words` with a capital letter at the beginning."""
    return words[:1].upper() + words[1:]


def split_words(split: Split, n: int) -> str:
    """Return `n` images of a split in words."""
    return f"{n:,} {'' if split == 'all' else split + ' '}image{'' if n == 1 else 's'}"


def classes_words(present: int, outputs: int) -> str:
    """Return which classes a lens shows: `present` in the data of the teacher's `outputs`."""
    if present == outputs:
        return f"all {outputs:,} classes"
    return f"{present:,} of {outputs:,} classes: those in the data"


def distinct_names(names: Sequence[str], classes: Iterable[int]) -> dict[int, str]:
    """Return the names of `classes` for a chooser, with the number where two are called alike."""
    plainly = {int(class_): plain(names[class_]) for class_ in classes}
    times = Counter(plainly.values())
    return {
        class_: name if times[name] == 1 else f"{name} ({class_})"
        for class_, name in plainly.items()
    }


def flip_words(original: str) -> str:
    """Return what is said of an image whose label was flipped on purpose, after "label"."""
    return f"flipped on purpose: was {plain(original)}"


def epoch_words(epoch: float, epochs: Sequence[float]) -> str:
    """Return a checkpoint's name, told apart from the others as the last one."""
    return f"epoch {epoch_label(epoch)}" + (
        " (last)" if len(epochs) and epoch == epochs[-1] else ""
    )


def rule_words(rule: Rule | None, names: Sequence[str]) -> str:
    """Return what a selection holds, in words; class names are cut, nothing in them is escaped."""
    match rule:
        case None:
            return "All"
        case Lasso(method, split, _):
            return f"Lasso on {method_words(method)}" + ("" if split == "all" else f", {split}")
        case Cell(true, predicted):
            if true == predicted:
                return f"{shortened(names[true])} recognised"
            return f"{shortened(names[true])} taken for {shortened(names[predicted])}"
        case Other(true):
            whose = "Taken" if true is None else f"{shortened(names[true])} taken"
            return f"{whose} for other classes"
        case Found(preset):
            return PRESET_WORDS[preset]
        case Rejected(measure, threshold):
            side = "above" if measure == "entropy" else "below"
            return sentence(f"{MEASURE_WORDS[measure]} {side} {threshold:.4g}")
        case OfClass(class_):
            return f"True class {shortened(names[class_])}"
        case Ids(sample_ids):
            return f"List of {len(sample_ids)}"
        case Saved(name):
            return f"Saved as {shortened(name, 40)}"
        case Forgotten(first, last):
            return f"Right at epoch {epoch_label(first)}, wrong at {epoch_label(last)}"
        case NeverLearned():
            return "Right at no checkpoint"
        case LateLearned(since):
            return f"Learned at epoch {epoch_label(since)} or later"
        case Happened(kind, epoch):
            return f"{EVENT_WORDS[kind].capitalize()} at epoch {epoch_label(epoch)}"
        case Entered(strategy, number):
            words = STRATEGY_WORDS.get(strategy, strategy)
            return f"Round {number} of active learning, {words}"
