"""Foreign code that draws without a seed of its own draws alike every time."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let the generators of Python and numpy begin with the seed, and go on as before after it."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - what such code uses
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
