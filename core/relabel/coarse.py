"""The coarse-to-fine student of large images: what coarse cells explain, fine ones need not.

Ours. A student of every pixel of a 224 x 224 image has 150,528 weights and a thousand neighbours:
most of its map is chance. Here the first student reads the neighbours averaged to a coarse grid;
each finer one is taught what those before it left over (their outputs stay, ``student.solve``), and
the ridge lets it add only what pays. The map is the sum, each cell's weight shared by its pixels.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from core.generators.generator import Pictures
from core.relabel.student import RelabelLoss, RelabelStudent, Scores, solve


def coarse_to_fine(
    pictures: Pictures,
    probabilities: Scores,
    labels: Int[np.ndarray, " sample"],
    loss: RelabelLoss,
    grids: Sequence[int],
) -> RelabelStudent:
    """Return the sum of students on ever finer grids; its loss and residual are the last one's.

    Parameters
    ----------
    pictures, probabilities, labels, loss
        As in ``solve``.
    grids
        Cells along each side, rising, at least 1; more than the picture's pixels count as those.

    Raises
    ------
    ValueError
        If grids are none or do not rise, or as in ``solve``.
    """
    if not grids or min(grids) < 1 or list(grids) != sorted(set(grids)):
        raise ValueError(f"grids must rise and be at least 1, got {tuple(grids)}")
    height, width = pictures.shape[2:]
    weights = np.zeros(pictures.shape[1:], np.float32)
    outputs, bias, iterations = np.zeros(len(pictures)), 0.0, 0
    found = None
    for grid in grids:
        rows, columns = _means(height, grid), _means(width, grid)
        coarse = rows @ pictures @ columns.T
        found = solve(coarse, probabilities, labels, loss, offset=outputs)
        outputs = outputs + (coarse * found.weights).sum(axis=(1, 2, 3)) + found.bias
        weights += rows.T @ found.weights @ columns
        bias, iterations = bias + found.bias, iterations + found.iterations
    assert found is not None
    return RelabelStudent(weights, bias, found.loss, found.residual, iterations)


def _means(side: int, grid: int) -> Float[np.ndarray, "cell side"]:
    """The matrix that averages pixels to cells."""
    cells = np.arange(side) * min(grid, side) // side
    matrix = (cells == np.arange(min(grid, side))[:, None]).astype(np.float32)
    return matrix / matrix.sum(axis=1, keepdims=True)
