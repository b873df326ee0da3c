"""One colour for each class that the data holds; the teacher's other classes share a grey."""

from collections.abc import Sequence

import numpy as np

from pages.charts.palette import MUTED, Theme, categorical
from pages.components.encoding import CategoryColors


def class_colors(
    classes: np.ndarray, present: np.ndarray, names: Sequence[str], theme: Theme, title: str
) -> CategoryColors:
    """Return samples coloured by class: the same class has the same colour in every lens.

    Parameters
    ----------
    classes
        A class number for each sample, or for each epoch and sample.
    present
        The numbers of the classes that the data holds, rising; each is a category. If a sample
        has any other class, all these are one more, the last.
    names
        All classes in the order of the teacher's outputs.
    title
        What the legend is headed.
    """
    known = np.full(len(names), len(present), np.int32)
    known[present] = np.arange(len(present))
    category = known[classes]
    words = [names[int(class_)] for class_ in present]
    palette = categorical(len(present), theme)
    if (category == len(present)).any():
        words, palette = [*words, "other"], [*palette, MUTED[theme]]
    return CategoryColors(category, words, palette, title)
