"""Saliency methods and the removal curve, one pixel and one picture at a time."""

import numpy as np


def removal_curve(probability, picture, values, steps):
    """Remove the most important pixel, ask, and again; values must be distinct."""
    order = sorted(np.ndindex(values.shape), key=lambda place: -values[place])
    image = picture.copy()
    curve = [probability(image)]
    for row, column in order[:steps]:
        image[:, row, column] = 0
        curve.append(probability(image))
    return np.array(curve)


def occlusion(score, picture, window, stride, fill):
    """The mean fall over all windows that hold a pixel."""
    _, height, width = picture.shape
    total, count = np.zeros((height, width)), np.zeros((height, width))
    tops = sorted({*range(0, height - window + 1, stride), height - window})
    lefts = sorted({*range(0, width - window + 1, stride), width - window})
    for top in tops:
        for left in lefts:
            image = picture.copy()
            image[:, top : top + window, left : left + window] = fill
            fall = score(picture) - score(image)
            total[top : top + window, left : left + window] += fall
            count[top : top + window, left : left + window] += 1
    return total / count


def rise(probability, picture, masks, kept):
    """Equation 6 of RISE: sum of f(I * M) M over N E[M]."""
    total = np.zeros(picture.shape[1:])
    for mask in masks:
        total += probability(picture * mask) * mask
    return total / (len(masks) * kept)


def grad_cam_plus_plus(activation, slope):
    """Equations 5, 14 and 19 for one picture, with Y the exponential of the logit."""
    channels, height, width = activation.shape
    result = np.zeros((height, width))
    for k in range(channels):
        total = activation[k].sum()
        weight = 0.0
        for i in range(height):
            for j in range(width):
                g = slope[k, i, j]
                bottom = 2 * g**2 + total * g**3
                alpha = g**2 / bottom if bottom != 0 else 0.0
                weight += alpha * max(g, 0.0)
        result += weight * activation[k]
    return np.maximum(result, 0)


def area_under(curve, shares):
    """The trapezoid rule, one trapezoid at a time."""
    total = 0.0
    for left in range(len(curve) - 1):
        width = shares[left + 1] - shares[left]
        total += width * (float(curve[left]) + float(curve[left + 1])) / 2
    return total


def deletion_insertion(probability, picture, order, counts, gone, base):
    """RISE's algorithm 1 for both curves: one picture and one step at a time."""
    deleted, inserted = picture.copy(), base.copy()
    deletion, insertion, done = [], [], 0
    for count in counts:
        rows, columns = np.divmod(order[done:count], picture.shape[2])
        deleted[:, rows, columns] = gone[:, rows, columns]
        inserted[:, rows, columns] = picture[:, rows, columns]
        done = count
        deletion.append(probability(deleted))
        insertion.append(probability(inserted))
    return np.array(deletion), np.array(insertion)


def blurred(picture, length, deviation):
    """Each pixel the Gaussian mean of its square, the picture mirrored at its border."""
    _, height, width = picture.shape
    half = length // 2
    mirrored = np.pad(picture, ((0, 0), (half, half), (half, half)), mode="symmetric")
    offsets = np.arange(-half, half + 1)
    weight = np.exp(-(offsets[:, None] ** 2 + offsets[None] ** 2) / (2 * deviation**2))
    weight /= weight.sum()
    result = np.empty_like(picture)
    for row in range(height):
        for column in range(width):
            square = mirrored[:, row : row + length, column : column + length]
            result[:, row, column] = (square * weight).sum((1, 2))
    return result
