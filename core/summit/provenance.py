"""Which channels of which layer every number of a network's tensors comes from.

The exported operators are followed once for a single image with labels instead of values: a
tensor of integers of the value's own shape says for each entry which channel it is. Operators that
move numbers (flatten, permute, split, shuffle) are simply executed on the labels, so that channel
offsets need no rules of their own; operators that work on each channel alone keep them; operators
that make channels end a label's life and begin new ones.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, fx

from core.summit import operators as ops

NOTHING = -1  # the label of padding: no channel


@dataclass
class Labels:
    """Labels per tensor while the graph is walked, and what could not be followed."""

    batch: int = 1
    values: dict[fx.Node, object] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    origins: list[tuple[fx.Node, int]] = field(default_factory=list)  # node, first label
    used: int = 0

    def fresh(self, node: fx.Node) -> Tensor:
        """Give the node's channels labels of their own."""
        shape = single(node.meta["val"].shape, self.batch)
        axis = channel_axis(node)
        count = shape[axis]
        labels = torch.arange(self.used, self.used + count)
        self.origins.append((node, self.used))
        self.used += count
        return labels.reshape([count if i == axis else 1 for i in range(len(shape))]).expand(shape)


def single(shape: object, batch: int = 1) -> tuple[int, ...]:
    """Return a value's shape for a batch of one image, or of as many as are said."""
    sizes = list(shape)  # type: ignore[call-overload]
    return (batch, *(int(size) for size in sizes[1:]))


def channel_axis(node: fx.Node) -> int:
    """Return along which axis a call that makes channels puts them."""
    if ops.operator(node) == "linear":
        return len(node.meta["val"].shape) - 1
    return 1


def follow(
    nodes: list[fx.Node],
    attributes: Mapping[str, Tensor],
    starts: set[fx.Node],
    renamed: Mapping[fx.Node, fx.Node],
    batch: int = 1,
) -> Labels:
    """Return the labels of every tensor of the graph.

    Parameters
    ----------
    nodes
        The exported graph's nodes in order.
    attributes
        Parameters and buffers by target.
    starts
        Joins whose channels get labels of their own.
    renamed
        For concatenations among them: the settled tensor at which the new labels begin is the key,
        the concatenation itself the value.
    batch
        The one batch size that the network accepts, if there is one.
    """
    state = Labels(batch)
    for node in nodes:
        if node.op in ("output", "call_module"):
            continue
        if node.op == "get_attr":
            state.values[node] = attributes.get(str(node.target))
        elif node.op == "placeholder" or node in starts:
            state.values[node] = state.fresh(node)
        else:
            state.values[node] = _step(node, state)
        if node in renamed and node not in starts:
            state.values[node] = state.fresh(node)
    return state


def _step(node: fx.Node, state: Labels) -> object:
    name = ops.operator(node)
    if not ops.is_data(node):
        if name == "sym_size" or "sym_size" in name:
            source, axis = node.args[0], node.args[1]
            return single(source.meta["val"].shape, state.batch)[axis]  # type: ignore[union-attr,index]
        try:
            return node.target(*_values(node.args, state), **_values(node.kwargs, state))  # type: ignore[operator]
        except Exception:  # an assertion or guard about sizes: of no use here
            return None
    inputs = [state.values.get(other) for other in ops.data_inputs(node)]
    labels = [value for value in inputs if isinstance(value, Tensor)]
    if name == "getitem":
        whole = state.values.get(node.args[0])  # type: ignore[arg-type]
        return whole[node.args[1]] if isinstance(whole, tuple | list) else None  # type: ignore[index]
    if not labels:
        return None
    if name in ("cat", "concat", "concatenate"):
        if len(labels) < len(inputs):
            return None
        return torch.cat(labels, dim=_cat_axis(node))
    if name in ops.MOVEMENTS:
        try:
            return _moved(node, state)
        except Exception as reason:
            state.problems.append(f"{node.name} ({name}): {reason}".splitlines()[0])
            return None
    if name in ("pad", "constant_pad_nd", "reflection_pad2d", "replication_pad2d"):
        return _padded(node, labels[0])
    if name in ops.SETTLING:
        return labels[0]
    if name in ops.POOLS:
        return _pooled(labels[0], single(node.meta["val"].shape, state.batch))
    if name in ops.REDUCTIONS:
        return _reduced(node, labels[0], state)
    if (
        name in ops.BROADCAST | ops.SUMS
    ):  # a gate or a bias: the larger tensor is the one it acts on
        largest = max(labels, key=lambda value: value.numel())
        shape = single(node.meta["val"].shape, state.batch)
        return largest.expand(shape) if largest.shape != shape else largest
    state.problems.append(f"{node.name} ({name}): not known to keep channels apart")
    return None


def _values(arguments: object, state: Labels) -> object:
    return fx.map_arg(arguments, lambda node: state.values.get(node))  # type: ignore[arg-type]


def _moved(node: fx.Node, state: Labels) -> object:
    solid = {
        other: value.contiguous() if isinstance(value, Tensor) else value
        for other in node.all_input_nodes
        for value in [state.values.get(other)]
    }
    arguments = fx.map_arg(node.args, solid.get)  # type: ignore[arg-type]
    named = fx.map_arg(node.kwargs, solid.get)  # type: ignore[arg-type]
    return node.target(*arguments, **named)  # type: ignore[operator,misc,arg-type]


def _cat_axis(node: fx.Node) -> int:
    axis = ops.argument(node, "dim")
    assert isinstance(axis, int)
    return axis


def _padded(node: fx.Node, labels: Tensor) -> Tensor:
    sizes = ops.argument(node, "pad")
    amounts = [int(size) for size in sizes]  # type: ignore[union-attr]
    return torch.nn.functional.pad(labels, amounts, value=NOTHING)


def _pooled(labels: Tensor, shape: tuple[int, ...]) -> Tensor | None:
    if labels.ndim < 3 or labels.shape[1] != shape[1]:
        return None
    spatial = tuple(range(2, labels.ndim))
    return labels.amax(dim=spatial, keepdim=True).expand(shape)


def _reduced(node: fx.Node, labels: Tensor, state: Labels) -> Tensor | None:
    axes = node.args[1] if len(node.args) > 1 else None
    if axes is None:
        return None
    axes = [axes] if isinstance(axes, int) else list(axes)  # type: ignore[call-overload]
    keep = bool(node.args[2]) if len(node.args) > 2 else bool(node.kwargs.get("keepdim", False))
    least = torch.where(labels < 0, torch.iinfo(labels.dtype).max, labels).amin(axes, keepdim=keep)
    most = labels.amax(axes, keepdim=keep)
    if bool(((least != most) & (most >= 0)).any()):
        state.problems.append(f"{node.name}: takes the {ops.operator(node)} over channels")
        return None
    return most


def channels_of(labels: object, axis: int) -> np.ndarray | None:
    """Return one label per entry of an axis, or None where an entry mixes several channels."""
    if not isinstance(labels, Tensor):
        return None
    rows = labels.movedim(axis, 0).reshape(
        labels.shape[axis], math.prod(labels.shape) // labels.shape[axis]
    )
    most = rows.amax(1)
    least = torch.where(rows < 0, most[:, None], rows).amin(1)
    if bool((least != most).any()):
        return None
    return most.numpy().copy()
