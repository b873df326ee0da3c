"""Counting the strongest influences: five per output channel and image (step I4).

No sort: a running list of the six largest per column is kept by comparing and swapping whole rows,
and what reaches the fifth is counted. Columns in which rounding could decide are computed again in
float64; there equal values go to the lower row, so the counts are the same however they were
computed.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.summit.influence import EPSILON, PAIRS, Kernel, influence

TOP = 5  # k of the paper's method 1 for influences


def largest(rows: Sequence[Tensor], count: int) -> list[Tensor]:
    """Return the largest, second largest, ... of many arrays of one shape, entry by entry."""
    top = [torch.full_like(rows[0], -torch.inf) for _ in range(count)]
    spare = torch.empty_like(rows[0])
    for row in rows:
        sinking = row.clone()
        for place in top:
            torch.minimum(place, sinking, out=spare)
            torch.maximum(place, sinking, out=place)
            sinking, spare = spare, sinking
    return top


def _largest_of(influences: Sequence[Float[Tensor, "_ sample output"]], count: int) -> list[Tensor]:
    """The same over the first axis of several arrays; long axes are folded first, for speed."""
    rows: list[Tensor] = []
    for part in influences:
        fold = len(part) // 64
        if fold < 2:
            rows += part.unbind(0)
            continue
        whole = len(part) // fold * fold
        folded = part[:whole].reshape(fold, -1, *part.shape[1:])
        for place in largest(folded.unbind(1), count):
            rows += place.unbind(0)
        rows += part[whole:].unbind(0)
    return largest(rows, count)


def strongest(
    kernels: Sequence[Kernel],
    values: Sequence[Tensor],
    *,
    top: int = TOP,
    positive: bool = False,
    influences: Sequence[Float[Tensor, "_ sample output"]] | None = None,
) -> list[Bool[Tensor, "_ sample output"]]:
    """Return, for each term of a join, which influences are among the strongest of their column.

    Parameters
    ----------
    kernels, values
        The terms' operators and what each reads, for the same images.
    top
        How many of all terms together are kept for each output channel and image.
    positive
        Leave out influences that are zero or negative; the paper keeps them, so that a channel
        which nothing excites still has five.
    influences
        What ``influence`` gave for them, if it is known already.
    """
    found = list(influences or (influence(k, v) for k, v in zip(kernels, values, strict=True)))
    total = sum(len(part) for part in found)
    if total <= top:
        return [part > 0 if positive else torch.ones_like(part, dtype=torch.bool) for part in found]
    places = _largest_of(found, top + 1)
    last, next_ = places[top - 1], places[top]
    masks = [part >= last for part in found]
    if positive:
        masks = [mask & (part > 0) for mask, part in zip(masks, found, strict=True)]
    unsure = last - next_ <= _rounding(kernels, values)
    if positive:
        unsure &= last > 0
    samples, outputs = torch.nonzero(unsure, as_tuple=True)
    if len(samples):
        _decide(masks, kernels, values, samples, outputs, top, positive)
    return masks


def _rounding(kernels: Sequence[Kernel], values: Sequence[Tensor]) -> Tensor:
    """Return how far two float32 influences of a column may be off, per sample and output."""
    bound: Tensor | float = 0.0
    for kernel, value in zip(kernels, values, strict=True):
        if kernel.kind == "identity":
            weight = kernel.weight.abs()
        else:
            weight = kernel.weight.abs().flatten(2).sum(2).amax(1)
        taps = 1 if kernel.kind == "identity" else kernel.weight[0, 0].numel()
        size = value.abs().flatten(1).amax(1)
        bound = bound + size[:, None] * weight.to(value.dtype) * (2 * (taps + 2) * EPSILON)
    assert isinstance(bound, Tensor)
    return bound


def _decide(
    masks: list[Tensor],
    kernels: Sequence[Kernel],
    values: Sequence[Tensor],
    samples: Int[Tensor, " column"],
    outputs: Int[Tensor, " column"],
    top: int,
    positive: bool,
) -> None:
    """Compute the unsure columns in float64 and write which rows are among the strongest."""
    size = max(
        k.rows * max(1, v[0, 0].numel() if v.ndim > 2 else 1) * k.weight[0].numel()
        for k, v in zip(kernels, values, strict=True)
    )
    at_once = max(1, PAIRS // max(1, size))
    for start in range(0, len(samples), at_once):
        n, j = samples[start : start + at_once], outputs[start : start + at_once]
        exact = [_columns(k, v, n, j) for k, v in zip(kernels, values, strict=True)]
        column = torch.cat(exact)
        order = torch.argsort(-column, dim=0, stable=True)[:top]
        chosen = torch.zeros_like(column, dtype=torch.bool).scatter_(0, order, True)
        if positive:
            chosen &= column > 0
        first = 0
        for mask, part in zip(masks, exact, strict=True):
            mask[:, n, j] = chosen[first : first + len(part)]
            first += len(part)


def _columns(
    kernel: Kernel, values: Tensor, samples: Tensor, outputs: Tensor
) -> Float[Tensor, "source column"]:
    """Return all influences on some outputs for some samples, in float64, pair by pair."""
    double = kernel.double()
    if kernel.kind != "convolution" or all(size == 1 for size in kernel.weight.shape[2:]):
        at = torch.arange(len(samples), device=samples.device)
        kinds, back = torch.unique(samples, return_inverse=True)
        return influence(double, values.index_select(0, kinds).double())[:, back, outputs[at]]
    source = torch.from_numpy(kernel.source()).to(samples.device)
    columns = []
    for n, j in zip(samples.tolist(), outputs.tolist(), strict=True):
        alone = Kernel(
            "convolution",
            double.weight[j][:, None],  # each row is an output that reads one channel
            kernel.stride, kernel.padding, kernel.dilation, kernel.rows,
        )  # fmt: skip
        read = values[n : n + 1].index_select(1, source[:, j]).double()
        columns.append(influence(alone, read)[0, 0])
    return torch.stack(columns, 1)


class Counts:
    """Counts per class of which influences were among the strongest, for one join.

    One table per term, [class, source, output]. Kept dense while it is small, else as a sorted
    list of occupied places: a thousand classes of a wide layer have few.
    """

    DENSE = 1 << 25

    def __init__(self, kernels: Sequence[Kernel], classes: int) -> None:
        self.classes = classes
        self.shapes = [(kernel.rows, kernel.outputs) for kernel in kernels]
        self.sources = [kernel.source() for kernel in kernels]
        self._dense = [
            torch.zeros(classes, *shape, dtype=torch.int32)
            if classes * shape[0] * shape[1] <= self.DENSE
            else None
            for shape in self.shapes
        ]
        self._places: list[list[np.ndarray]] = [[] for _ in self.shapes]
        self._counts: list[list[np.ndarray]] = [[] for _ in self.shapes]

    def add(self, masks: Sequence[Tensor], labels: Int[np.ndarray, " sample"]) -> None:
        """Count a batch: one mask per term and the class of each image."""
        classes = np.asarray(labels, np.int64)
        for term, mask in enumerate(masks):
            dense = self._dense[term]
            if dense is not None:
                for label, own in zip(classes, mask.cpu().unbind(1), strict=True):
                    dense[label] += own
                continue
            k, n, j = (axis.cpu().numpy() for axis in torch.nonzero(mask, as_tuple=True))
            rows, outputs = self.shapes[term]
            flat = (classes[n] * rows + k) * outputs + j
            places, counts = np.unique(flat, return_counts=True)
            self._places[term].append(places)
            self._counts[term].append(counts)
            if len(self._places[term]) > 32:
                self._compact(term)

    def _compact(self, term: int) -> None:
        places, back = np.unique(np.concatenate(self._places[term]), return_inverse=True)
        counts = np.bincount(back, weights=np.concatenate(self._counts[term]))
        self._places[term] = [places]
        self._counts[term] = [counts.astype(np.int64)]

    def table(self, term: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return class, source channel, output channel and count of every count above zero."""
        dense = self._dense[term]
        if dense is not None:
            label, k, j = np.nonzero(dense.numpy())
            count = dense.numpy()[label, k, j]
        elif self._places[term]:
            self._compact(term)
            rows, outputs = self.shapes[term]
            rest, j = np.divmod(self._places[term][0], outputs)
            label, k = np.divmod(rest, rows)
            count = self._counts[term][0]
        else:
            label = k = j = count = np.zeros(0, np.int64)
        return label, self.sources[term][k, j], j, count.astype(np.int64)
