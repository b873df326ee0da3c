"""Data sets, one file per source: images, labels, class names and how they are split.

``dataset``   what every source returns
``digits``    the 1,797 handwritten digits that scikit-learn ships
``sources``   every source by name: ``load("digits")``
``subset``    a smaller data set with the same shares of classes and splits
"""

from core.datasets.dataset import Dataset
from core.datasets.sources import content_fingerprint, load, names

__all__ = ["Dataset", "content_fingerprint", "load", "names"]
