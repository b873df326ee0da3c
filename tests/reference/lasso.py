"""The even-odd rule word for word: count the edges that a ray to the right meets."""


def inside(polygon, point) -> bool:
    x, y = map(float, point)
    crossings = 0
    for i in range(len(polygon)):
        (x0, y0), (x1, y1) = polygon[i - 1], polygon[i]
        if min(y0, y1) <= y < max(y0, y1):
            crossings += x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    return crossings % 2 == 1
