"""How much one channel contributes to the next, exactly, and which contribute most.

Influence of channel i on channel j for one image: the largest value, over all positions, of the
2-D convolution of channel i with its slice of kernel j (equation 1 and section 6.2, step I3); the
sum of these maps over i is channel j before bias and activation. Computed without ever making the
``in x out`` maps: the image is unfolded into patches, one matrix product per input channel gives
its contribution to all outputs, and the maximum is taken block by block while the product is still
in the cache. Kernels of one pixel and linear layers need no product at all: the maximum of w x over
positions is max(w max x, w min x).

The strongest five inputs of each output channel get a count (step I4). Float32 only proposes: a
column whose fifth and sixth value are closer than rounding can tell is computed again in float64,
and equal values go to the lower channel. Layout: ``rank source``, ``sample``, ``output``; row k
holds the k-th channel that output j reads (all of them, or those of its group).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, fx
from torch.nn import functional

from core.summit import operators as ops
from core.summit.channel_graph import ChannelGraph, Join, Term

Influences = Float[Tensor, "source sample output"]

CACHE = 262_144  # numbers of a product that are held at once: one megabyte
PAIRS = 4_000_000  # numbers held at once when near ties are computed again
EPSILON = 2.0**-24  # rounding of one float32 operation


@dataclass(frozen=True)
class Kernel:
    """A term's linear operator with batch norm folded in.

    ``weight`` is [output, sources per group, *kernel]; for a linear layer the last axis is the
    number of places of a channel; for an identity it is the sign of each channel.
    """

    kind: str
    weight: Tensor
    stride: tuple[int, ...] = ()
    padding: tuple[tuple[int, int], ...] = ()
    dilation: tuple[int, ...] = ()
    groups: int = 1
    order: np.ndarray | None = None

    @property
    def outputs(self) -> int:
        """Number of output channels."""
        return self.weight.shape[0]

    @property
    def rows(self) -> int:
        """Number of channels that one output reads."""
        return 1 if self.kind == "identity" else self.weight.shape[1]

    def source(self) -> Int[np.ndarray, "source output"]:
        """Return which channel of the tensor row k of output j is."""
        j = np.arange(self.outputs)
        if self.kind == "identity":
            return j[None]
        group = j // (self.outputs // self.groups)
        return group[None] * self.rows + np.arange(self.rows)[:, None]

    def double(self) -> "Kernel":
        """Return the same kernel in float64."""
        return Kernel(
            self.kind, self.weight.double(), self.stride, self.padding, self.dilation,
            self.groups, self.order,
        )  # fmt: skip


def kernel(graph: ChannelGraph, term: Term, *, every: int = 1) -> Kernel:
    """Return a term's kernel.

    ``every`` looks at each such position only (the paper's released data: every third).
    """
    nodes = {node.name: node for node in graph.module.graph.nodes}
    if term.kind in ("identity", "passage"):
        channels = len(term.sources.channel)
        return Kernel("identity", torch.full((channels,), float(term.sign)))
    call = nodes[term.call]
    weight = _attribute(graph, call.args[1]).detach()
    if term.norm:
        scale = _scale(graph, nodes[term.norm]).to(weight.dtype)
        weight = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
    weight = weight * term.sign
    if term.kind == "linear":
        if term.order is not None:
            weight = weight[:, torch.from_numpy(term.order).to(weight.device)]
        weight = weight.reshape(len(weight), -1, term.places)
        return Kernel("linear", weight, order=term.order)
    axes = weight.ndim - 2
    dilation = _per_axis(ops.argument(call, "dilation"), axes)
    return Kernel(
        "convolution",
        weight,
        tuple(step * every for step in _per_axis(ops.argument(call, "stride"), axes)),
        _paddings(ops.argument(call, "padding"), weight.shape[2:], dilation),
        dilation,
        int(ops.argument(call, "groups")),  # type: ignore[call-overload]
    )


def influence(kernel: Kernel, values: Tensor) -> Influences:
    """Return the influence of each channel that an output reads on it, for each image.

    Parameters
    ----------
    kernel
        The linear operator.
    values
        What it reads: [sample, channel, *positions] or, for a linear layer, [sample, *, feature].
    """
    weight = kernel.weight.to(values.dtype)
    if kernel.kind == "identity":
        flat = values.flatten(2).amax(2) if values.ndim > 2 else values
        least = values.flatten(2).amin(2) if values.ndim > 2 else values
        return torch.maximum(flat * weight, least * weight)[None]
    if kernel.kind == "linear":
        return _of_linear(weight, values, kernel.order)
    padded = _padded(values, kernel)
    if all(size == 1 for size in weight.shape[2:]):
        steps = [slice(None, None, step) for step in kernel.stride]
        seen = padded[(slice(None), slice(None), *steps)]
        return _closed_form(weight.flatten(1), *extremes(seen), kernel.groups)
    if weight.shape[1] == 1 and weight.dtype == torch.float32:  # float64 is slow in many groups
        return _depthwise(weight, padded, kernel)
    return _by_products(weight, padded, kernel)


def extremes(values: Float[Tensor, "sample channel *place"]) -> tuple[Tensor, Tensor]:
    """Return each channel's largest and smallest value, [sample, channel].

    Networks often leave their channels last in memory; few channels at a time are slow to compare,
    whole rows of the image are not.
    """
    if values.ndim == 4 and values.is_contiguous(memory_format=torch.channels_last):
        n, channels, height, width = values.shape
        rows = values.permute(0, 2, 3, 1).reshape(n, height, width * channels)
        most, least = rows.amax(1), rows.amin(1)
        shape = (n, width, channels)
        return most.reshape(shape).amax(1), least.reshape(shape).amin(1)
    places = tuple(range(2, values.ndim))
    return (values.amax(places), values.amin(places)) if places else (values, values)


def _closed_form(weight: Tensor, most: Tensor, least: Tensor, groups: int) -> Influences:
    """The maximum over positions of w x is max(w max x, w min x)."""
    n, rows = len(most), weight.shape[1]
    per_group = (
        weight.reshape(groups, -1, rows).permute(2, 0, 1)[:, None],  # source, 1, group, output
        most.reshape(n, groups, rows).permute(2, 0, 1)[..., None],
        least.reshape(n, groups, rows).permute(2, 0, 1)[..., None],
    )
    w, high, low = per_group
    return torch.maximum(w * high, w * low).reshape(rows, n, len(weight))


def _of_linear(weight: Tensor, values: Tensor, order: np.ndarray | None) -> Influences:
    if order is not None:
        values = values[..., torch.from_numpy(order).to(values.device)]
    _, sources, places = weight.shape
    if places == 1:
        rows = values.reshape(len(values), -1, sources)
        return _closed_form(weight[:, :, 0], rows.amax(1), rows.amin(1), 1)
    if values.ndim != 2:
        raise ValueError(f"a linear layer behind a flatten must read vectors, got {values.ndim - 1}"
                         " axes per image")  # fmt: skip
    x = values.reshape(len(values), sources, places).transpose(0, 1)
    return torch.bmm(x, weight.permute(1, 2, 0))


def _depthwise(weight: Tensor, padded: Tensor, kernel: Kernel) -> Influences:
    """The convolution's own output, where an output reads one channel only."""
    none = [0] * len(kernel.stride)
    seen = torch.convolution(
        padded, weight, None, kernel.stride, none, kernel.dilation, False, none, kernel.groups
    )
    return extremes(seen)[0][None]


def _by_products(weight: Tensor, padded: Tensor, kernel: Kernel) -> Influences:
    """Unfold each image, multiply, and keep the largest over positions, a block at a time."""
    outputs, rows = weight.shape[:2]
    groups, per_group = kernel.groups, outputs // kernel.groups
    taps = weight[0, 0].numel()
    # one small matrix [taps, outputs of its group] per input channel
    matrices = weight.reshape(groups, per_group, rows, taps).permute(0, 2, 3, 1)
    matrices = matrices.reshape(groups * rows, taps, per_group).contiguous()
    padded = padded.contiguous()
    result = padded.new_empty(len(padded), groups * rows, per_group)
    for image, found in zip(padded, result, strict=True):
        patches = _unfolded(image, weight.shape[2:], kernel)  # channel, taps, positions
        _largest(patches, matrices, found)
    shape = (len(padded), groups, rows, per_group)
    return result.reshape(shape).permute(2, 0, 1, 3).reshape(rows, len(padded), outputs)


def _largest(patches: Tensor, matrices: Tensor, found: Tensor) -> None:
    positions, outputs = patches.shape[2], matrices.shape[2]
    length = min(positions, max(1, CACHE // outputs))
    at_once = max(1, CACHE // (outputs * length)) if length == positions else 1
    patches = patches.transpose(1, 2)
    for first in range(0, len(patches), at_once):
        block, matrix = patches[first : first + at_once], matrices[first : first + at_once]
        best = torch.bmm(block[:, :length], matrix).amax(1)
        for start in range(length, positions, length):
            more = torch.bmm(block[:, start : start + length], matrix).amax(1)
            torch.maximum(best, more, out=best)
        found[first : first + at_once] = best


def _unfolded(image: Tensor, sizes: Sequence[int], kernel: Kernel) -> Tensor:
    channels = len(image)
    if len(sizes) == 2:
        flat = functional.unfold(
            image[None], tuple(sizes), dilation=kernel.dilation, stride=kernel.stride
        )
        return flat.reshape(channels, sizes[0] * sizes[1], -1)
    seen = image
    for axis, size in enumerate(sizes):
        reach = (size - 1) * kernel.dilation[axis] + 1
        seen = seen.unfold(1 + axis, reach, kernel.stride[axis])[..., :: kernel.dilation[axis]]
    taps = tuple(range(1 + len(sizes), 1 + 2 * len(sizes)))
    places = tuple(range(1, 1 + len(sizes)))
    return seen.permute(0, *taps, *places).flatten(1, len(sizes)).flatten(2)


def _padded(values: Tensor, kernel: Kernel) -> Tensor:
    amounts = [amount for pair in reversed(kernel.padding) for amount in pair]
    return functional.pad(values, amounts) if any(amounts) else values


def _attribute(graph: ChannelGraph, node: object) -> Tensor:
    if not isinstance(node, fx.Node) or node.op != "get_attr":
        raise ValueError(f"a kernel must be a parameter or buffer of the network, got {node}")
    found: object = graph.module
    for part in str(node.target).split("."):
        found = getattr(found, part)
    assert isinstance(found, Tensor)
    return found


def _scale(graph: ChannelGraph, norm: fx.Node) -> Tensor:
    """Return what a batch norm multiplies each channel by."""
    variance = _attribute(graph, ops.argument(norm, "running_var")).detach()
    scale = (variance + float(ops.argument(norm, "eps"))).rsqrt()  # type: ignore[arg-type]
    weight = ops.argument(norm, "weight")
    return scale if weight is None else scale * _attribute(graph, weight).detach()


def _per_axis(value: object, axes: int) -> tuple[int, ...]:
    values = [value] if isinstance(value, int) else list(value)  # type: ignore[call-overload]
    return tuple(int(v) for v in (values * axes if len(values) == 1 else values))


def _paddings(
    padding: object, sizes: Sequence[int], dilation: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    if padding == "valid":
        return tuple((0, 0) for _ in sizes)
    if padding == "same":
        totals = [d * (size - 1) for size, d in zip(sizes, dilation, strict=True)]
        return tuple((total // 2, total - total // 2) for total in totals)
    return tuple((amount, amount) for amount in _per_axis(padding, len(sizes)))


def kernels(graph: ChannelGraph, join: Join, *, every: int = 1) -> tuple[Kernel, ...]:
    """Return the kernels of a join's terms, in their order."""
    return tuple(kernel(graph, term, every=every) for term in join.terms)
