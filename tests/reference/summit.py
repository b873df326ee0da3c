"""Summit's equations, slowly and word by word: loops over channels, images and positions."""

import numpy as np
import torch
from torch.nn import functional


def maxima(values: np.ndarray) -> np.ndarray:
    """Z: the largest value of each channel, at least zero (A1, A2)."""
    z = np.zeros(values.shape[:2])
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            for place in np.ndindex(values.shape[2:]):
                z[i, j] = max(z[i, j], values[(i, j, *place)])
    return z


def method_1(z: np.ndarray, k: int) -> np.ndarray:
    chosen = np.zeros(z.shape, bool)
    for i in range(len(z)):
        for j in sorted(range(z.shape[1]), key=lambda j: (-z[i, j], j))[:k]:
            chosen[i, j] = True
    return chosen


def method_2(z: np.ndarray, share: float, crossing: bool, least: int) -> np.ndarray:
    """Take the largest channels while (or until) the share of the row's sum is not exceeded."""
    chosen = np.zeros(z.shape, bool)
    for i in range(len(z)):
        total, taken = float(sum(z[i].tolist())), 0.0
        falling = sorted(range(z.shape[1]), key=lambda j: (-z[i, j], j))
        for number, j in enumerate(falling):
            if z[i, j] <= 0:
                break
            fits = taken / total < share if crossing else (taken + z[i, j]) / total <= share
            if not fits and number >= least:
                break
            chosen[i, j] = True
            taken += float(z[i, j])
    return chosen


def counts(chosen: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    a = np.zeros((classes, chosen.shape[1]), int)
    for i in range(len(chosen)):
        for j in range(chosen.shape[1]):
            a[labels[i], j] += chosen[i, j]
    return a


def convolution_influence(
    x: np.ndarray,
    weight: np.ndarray,
    stride: tuple[int, ...] = (1, 1),
    padding: tuple[int, ...] = (0, 0),
    dilation: tuple[int, ...] = (1, 1),
    groups: int = 1,
) -> np.ndarray:
    """Return [sample, channel in, channel out], minus infinity where nothing connects them."""
    n, channels, height, width = x.shape
    outputs, rows, kh, kw = weight.shape
    padded = np.zeros((n, channels, height + 2 * padding[0], width + 2 * padding[1]))
    padded[:, :, padding[0] : padding[0] + height, padding[1] : padding[1] + width] = x
    found = np.full((n, channels, outputs), -np.inf)
    down = (padded.shape[2] - dilation[0] * (kh - 1) - 1) // stride[0] + 1
    right = (padded.shape[3] - dilation[1] * (kw - 1) - 1) // stride[1] + 1
    for image in range(n):
        for j in range(outputs):
            for k in range(rows):
                i = (j // (outputs // groups)) * rows + k
                for r in range(down):
                    for c in range(right):
                        value = 0.0
                        for u in range(kh):
                            for v in range(kw):
                                at = padded[
                                    image,
                                    i,
                                    r * stride[0] + u * dilation[0],
                                    c * stride[1] + v * dilation[1],
                                ]
                                value += at * weight[j, k, u, v]
                        found[image, i, j] = max(found[image, i, j], value)
    return found


def grouped_influence(
    x: torch.Tensor, weight: torch.Tensor, stride: object, padding: object
) -> torch.Tensor:
    """The usual formulation: one grouped convolution makes all in x out maps, then the maximum."""
    outputs, channels = weight.shape[:2]
    single = weight.transpose(0, 1).reshape(channels * outputs, 1, *weight.shape[2:])
    maps = functional.conv2d(x, single, stride=stride, padding=padding, groups=channels)  # type: ignore[arg-type]
    return maps.flatten(2).amax(2).reshape(len(x), channels, outputs)


def influence_counts(
    influences: np.ndarray, labels: np.ndarray, classes: int, top: int, positive: bool = False
) -> np.ndarray:
    """[sample, in, out] to [class, in, out]: the strongest inputs of each output are counted."""
    n, channels, outputs = influences.shape
    found = np.zeros((classes, channels, outputs), int)
    for image in range(n):
        for j in range(outputs):
            column = influences[image, :, j]
            connected = [i for i in range(channels) if np.isfinite(column[i])]
            for i in sorted(connected, key=lambda i: (-column[i], i))[:top]:
                if column[i] > 0 or not positive:
                    found[labels[image], i, j] += 1
    return found


def two_hops(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """[i, k] and [k, j] to [i, j]: the maximum over inner channels of the smaller edge."""
    found = np.zeros((first.shape[0], second.shape[1]), first.dtype)
    for i in range(first.shape[0]):
        for j in range(second.shape[1]):
            for k in range(first.shape[1]):
                found[i, j] = max(found[i, j], min(first[i, k], second[k, j]))
    return found


def dense_pagerank(weights: np.ndarray, personalization: np.ndarray, damping: float) -> np.ndarray:
    """Solve x = G x with the whole matrix G: the eigenvector of eigenvalue one."""
    n = len(weights)
    total = personalization.sum()
    p = personalization / total if total else np.full(n, 1 / n)
    transition = np.zeros((n, n))
    for i in range(n):
        out = weights[i].sum()
        transition[i] = weights[i] / out if out else p
    google = damping * transition.T + (1 - damping) * np.outer(p, np.ones(n))
    equations = np.vstack([google - np.eye(n), np.ones(n)])
    return np.linalg.lstsq(equations, np.append(np.zeros(n), 1.0), rcond=None)[0]
