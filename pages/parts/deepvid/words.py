"""DeepVID's words: class names, trust, settings."""

from collections.abc import Sequence

import numpy as np

from core.deepvid.explanation import OTHERS, Recipe
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
    off = f"their probabilities differ by {trust.total_variation:.3f} in all"
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
