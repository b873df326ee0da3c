"""DeepVID's words: class names, trust, settings."""

from collections.abc import Sequence

import numpy as np

from core.deepvid.explanation import KEPT, MOST, OTHERS, Explanation, Recipe
from core.deepvid.trust import HeldOut, Trust
from pages.parts.literal import shortened

SAMPLER_WORDS = {
    "band": "in the band",
    "line": "on a line (algorithm 1)",
    "knn": "towards nearest images",
    "box": "in the drawn box",
    "morph": "between two images",
}
OPTIMIZER_WORDS = {
    "gradient_descent": "gradient descent",
    "adam": "Adam",
    "lbfgs": "L-BFGS",
    "closed_form": "closed form",
}


def class_word(names: Sequence[str], class_: int, length: int = 24) -> str:
    """Return the name of a class that a student knows; -1 is all others together."""
    return "all others" if class_ == OTHERS else shortened(names[class_], length)


REMEDY = {
    "student": "Another temperature, another band or auto-tune may bring them together.",
    "hybrid": "A narrower band, or the paper's student after auto-tune, may bring them together.",
}


def trust_words(
    trust: Trust, classes: np.ndarray, names: Sequence[str], teaching: str = "student"
) -> str:
    """Return whether the student may be believed on this image, and what else to try."""
    said = class_word(names, int(classes[trust.teacher_class]))
    off = f"their probabilities differ by {variation_words(trust, classes)} in all"
    match trust.verdict:
        case "agrees":
            return f"The student reads the image as the teacher does: {said}; {off}."
        case "differs":
            return f"Read with care: the student says {said} too, but {off}. {REMEDY[teaching]}"
    own = class_word(names, int(classes[trust.student_class]))
    return (
        f"Do not trust this explanation: the student reads {own} where the teacher reads {said}; "
        f"{off}. {REMEDY[teaching]}"
    )


def variation_words(trust: Trust, classes: np.ndarray) -> str:
    """Return the total variation; a lower bound where some classes count as one."""
    if OTHERS not in classes:
        return f"{trust.total_variation:.3f}"
    return (
        f"at least {trust.total_variation:.3f} (the student tells {len(classes) - 1} classes "
        "apart, all others count as one, so this is a lower bound)"
    )


def lower_bound(classes: int) -> str:
    """Return the sentence on total variation for a teacher of so many classes, or nothing."""
    if classes <= MOST:
        return ""
    return (
        f" With {classes:,} classes a student tells the {KEPT} most probable apart and all others "
        "count as one: total variation is then a lower bound."
    )


def weights_words(made: Explanation, teaching: str) -> str:
    """Return what the weights drawn stand for where they are not those that the line judges."""
    if teaching != "hybrid":
        return ""
    r2 = made.margins_r2
    own = (
        "How well the drawn set fits was not kept with this image."
        if r2 is None
        else "On the kept neighbours the teacher's log-odds do not vary."
        if np.isnan(r2)
        else f"On the kept neighbours R² of the log-odds by the drawn set is {r2:.2f}."
    )
    return (
        "The hybrid has two sets of weights. Drawn are those for a class's log-odds against all "
        "the rest, log p / (1 - p). The coloured line, the bars and the figures on kept neighbours "
        f"judge the other set, for the logits, taught by the same pictures. {own}"
    )


def difference_words(by: float, names: Sequence[str], teaching: str) -> str:
    """Return for which of two classes the pixels speak together, and in what that is measured."""
    measured = (
        "the two classes' log-odds, each against all the rest" if teaching == "hybrid"
        else "the two classes' logits"
    )  # fmt: skip
    return (
        f"Together the pixels speak for {names[0] if by >= 0 else names[1]}, by {abs(by):.2f}: the "
        f"difference of {measured}, without the biases. Lit pixels only, since weights times a "
        "black pixel are 0."
    )


def held_out_words(held: HeldOut) -> str:
    """Return how well the student follows the teacher on neighbours that it never saw."""
    r2 = "" if np.isnan(held.r2) else f", R² of the logits {held.r2:.2f}"
    return (
        f"On {held.n} neighbours kept from it: the same class for {held.top_agreement:.0%}, "
        f"KL {held.kl:.3f}\u202fnats{r2}."
    )


def recipe_words(recipe: Recipe) -> str:
    """Return a recipe in one line."""
    sampling = recipe.sampling
    words = [f"{sampling.n} neighbours {SAMPLER_WORDS[sampling.sampler]}"]
    if sampling.sampler in ("band", "line"):
        words[0] += f", {sampling.share:.3g} of each range"
    if not sampling.keep_detail:
        words.append("around the reconstruction")
    if recipe.teaching == "hybrid":
        mixed = recipe.hybrid
        words.append(f"{mixed.masked} masked copies in {mixed.rounds} rounds, ridge")
    else:
        student = recipe.student
        words.append(
            f"T {student.temperature:g}, {OPTIMIZER_WORDS[student.optimizer]}"
            + (
                ""
                if student.optimizer == "closed_form"
                else f", {student.epochs} epochs, batches of {student.batch_size}, "
                f"from {'zeros' if student.initializer == 'zeros' else 'random weights'}"
            )
        )
        if student.l2:
            words.append(f"L2 {student.l2:g}")
    return "; ".join(words)
