"""Which points lie inside a lasso."""

import numpy as np

from core.axes import Mask, Points, Polygon


def inside(polygon: Polygon, points: Points) -> Mask:
    """Return whether each point lies inside, by the even-odd rule.

    A ray from the point to the right crosses the outline an odd number of times. Where a lasso
    crosses itself, what it encloses twice is outside. The outline closes by itself; fewer than
    three corners enclose nothing.

    On the outline itself the rule is half-open, as for pixels: a point on a left or lower edge is
    inside, one on a right or upper edge outside, so that of two lassos sharing an edge exactly one
    holds it.

    Parameters
    ----------
    polygon
        Corners in order, finite, in the coordinates of the points.
    points
        Positions; one that is not finite is outside.

    Raises
    ------
    ValueError
        If a corner is not finite.
    """
    corners = polygon.astype(np.float64)
    if not np.isfinite(corners).all():
        raise ValueError("every corner of the polygon must be finite, got NaN or infinity")
    members = np.zeros(len(points), bool)
    if len(corners) < 3:
        return members
    (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
    x, y = points[:, 0], points[:, 1]
    near = np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
    x, y = x[near].astype(np.float64), y[near].astype(np.float64)
    odd = np.zeros(len(near), bool)
    above = corners[-1, 1] > y
    for (x0, y0), (x1, y1) in zip(np.roll(corners, 1, axis=0), corners, strict=True):
        was_above, above = above, y1 > y
        crossed = np.flatnonzero(was_above != above)
        if len(crossed):
            # always from the lower corner up, so that neighbours sharing an edge agree on it
            (xa, ya), (xb, yb) = ((x0, y0), (x1, y1)) if y0 < y1 else ((x1, y1), (x0, y0))
            edge = xa + (y[crossed] - ya) * ((xb - xa) / (yb - ya))
            odd[crossed] ^= x[crossed] < edge
    members[near] = odd
    return members
