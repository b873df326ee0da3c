"""The words in which pages name projections, colours, splits and selections."""

from collections.abc import Sequence

from pages.parts.literal import shortened
from pages.parts.selection import Cell, Found, Ids, Lasso, OfClass, Preset, Rule, Saved, Split
from pages.parts.view import Color

PRESET_WORDS: dict[Preset, str] = {
    "misclassified": "Misclassified",
    "least_certain": "Least certain",
    "most_confidently_wrong": "Most confidently wrong",
}
COLOR_WORDS: dict[Color, str] = {
    "true": "true label",
    "predicted": "prediction",
    "correct": "right or wrong",
    "entropy": "predictive entropy",
    "true_probability": "probability of true class",
}
FIGURE_WORDS = {
    "trustworthiness_k15": "trustworthiness",
    "neighbor_preservation_k15": "neighbours preserved",
}
_METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}


def method_words(method: str) -> str:
    """Return what a projection is called: the method and what it was made of."""
    name, _, space = method.partition("_")
    return f"{_METHODS.get(name, name)} of {space or 'representation'}"


def split_words(split: Split, n: int) -> str:
    """Return `n` images of a split in words."""
    return f"{n:,} {'' if split == 'all' else split + ' '}image{'' if n == 1 else 's'}"


def epoch_words(epoch: float, epochs: Sequence[float]) -> str:
    """Return a checkpoint's name, told apart from the others as the last one."""
    return f"epoch {epoch:g}" + (" (last)" if len(epochs) and epoch == epochs[-1] else "")


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
        case Found(preset):
            return PRESET_WORDS[preset]
        case OfClass(class_):
            return f"True class {shortened(names[class_])}"
        case Ids(sample_ids):
            return f"List of {len(sample_ids)}"
        case Saved(name):
            return f"Saved as {shortened(name, 40)}"
