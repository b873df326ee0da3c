"""Settings of re-label distillation for pictures of a size."""

from core.relabel.hybrid import HybridRelabel
from core.relabel.neighbors import Perturbation

GRIDS = (7, 14, 28, 56)  # of the coarse-to-fine student
SMALL, MIDDLE = 32, 64  # longest sides up to which cells are single pixels, and two pixels


def hybrid_for(shape: tuple[int, int, int], color: tuple[float, ...] = (0.0,)) -> HybridRelabel:
    """Return the hybrid's settings for pictures of channel, height and width.

    Above 32 x 32 a pass of the teacher costs more, and cells are larger, so that fewer copies do.
    ``color`` is what stands in for a masked pixel in the first half.
    """
    side = max(shape[1:])
    if side <= SMALL:
        return HybridRelabel(color=color)
    if side <= MIDDLE:
        return HybridRelabel(copies=1200, cell=2, color=color)
    return HybridRelabel(copies=600, cell=side // 28, color=color)


def perturbation_for(shape: tuple[int, int, int], *, paper: bool = False) -> Perturbation:
    """Return how the paper's neighbours are drawn: 1,000, above 64 x 64 only 200.

    With ``paper`` it is the paper's number at every size.
    """
    if paper or max(shape[1:]) <= MIDDLE:
        return Perturbation()
    return Perturbation(n=200, probe=50, tolerance=0.05)
