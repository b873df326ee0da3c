"""Settings of re-label distillation for pictures of a size."""

from core.relabel.hybrid import HybridRelabel
from core.relabel.neighbors import Perturbation

GRIDS = (7, 14, 28, 56)  # of the coarse-to-fine student
SMALL, MIDDLE = 32, 64  # longest sides up to which a pass of the teacher costs little, and some


def hybrid_for(shape: tuple[int, int, int], color: tuple[float, ...] = (0.0,)) -> HybridRelabel:
    """Return the hybrid's settings for pictures of channel, height and width.

    In photographs (three channels) neighbouring pixels belong together, and single ones put back
    into a blurred image restore nothing: there are few cells along a side, and the blurred half
    counts more. In drawings cells are single pixels, two where a side is above 32. A pass of the
    teacher costs more on larger pictures, so that there are fewer copies of them. ``color`` is what
    stands in for a masked pixel in the first half.
    """
    side = max(shape[1:])
    copies = 2000 if side <= SMALL else 1200 if side <= MIDDLE else 720
    if shape[0] == 3:
        cells, insertion = (8, 0.3) if side <= MIDDLE else (14, 0.4)
        return HybridRelabel(
            copies=copies, cell=max(1, side // cells), insertion=insertion, color=color
        )
    cell = 1 if side <= SMALL else 2 if side <= MIDDLE else side // 28
    return HybridRelabel(copies=copies, cell=cell, color=color)


def perturbation_for(shape: tuple[int, int, int], *, paper: bool = False) -> Perturbation:
    """Return how the paper's neighbours are drawn: 1,000, above 64 x 64 only 200.

    With ``paper`` it is the paper's number at every size.
    """
    if paper or max(shape[1:]) <= MIDDLE:
        return Perturbation()
    return Perturbation(n=200, probe=50, tolerance=0.05)
