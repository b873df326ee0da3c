"""Which part of an image one position of a tensor can see."""

from dataclasses import dataclass

from torch import fx

from core.summit import operators as ops
from core.summit.channel_graph import ChannelGraph


@dataclass(frozen=True)
class Field:
    """Along one axis of the image, in pixels: position p sees [start + p * step, ... + size)."""

    start: float
    step: float
    size: float

    def after(self, kernel: int, stride: int, padding: int, dilation: int) -> "Field":
        """Return the field behind a sliding window."""
        return Field(
            self.start - padding * self.step,
            self.step * stride,
            self.size + (kernel - 1) * dilation * self.step,
        )

    def with_(self, other: "Field") -> "Field":
        """Return the smallest field that covers both, at the coarser step."""
        start = min(self.start, other.start)
        end = max(self.start + self.size, other.start + other.size)
        return Field(start, max(self.step, other.step), end - start)


def receptive_fields(graph: ChannelGraph) -> dict[str, tuple[Field, Field]]:
    """Return the receptive field of each primary layer's tensor, for height and width.

    A position behind an operator that looks at everything (a mean over space, a linear layer
    behind a flatten) sees the whole image.
    """
    height, width = (*graph.image[1:], 1, 1)[:2]
    whole = (Field(0.0, 0.0, float(height)), Field(0.0, 0.0, float(width)))
    fields: dict[fx.Node, tuple[Field, Field]] = {}
    for node in graph.module.graph.nodes:
        if node.op == "placeholder":
            fields[node] = (Field(0.0, 1.0, 1.0), Field(0.0, 1.0, 1.0))
        elif node.op == "call_function" and ops.is_data(node):
            below = [fields[other] for other in ops.data_inputs(node) if other in fields]
            if below:
                fields[node] = _field(node, below, whole)
    names = {node.name: node for node in fields}
    return {layer.name: fields[names[layer.tensor]] for layer in graph.layers}


def _field(
    node: fx.Node, below: list[tuple[Field, Field]], whole: tuple[Field, Field]
) -> tuple[Field, Field]:
    name = ops.operator(node)
    merged = below[0]
    for other in below[1:]:
        merged = (merged[0].with_(other[0]), merged[1].with_(other[1]))
    shape = node.meta["val"].shape if hasattr(node.meta["val"], "shape") else ()
    if name == "conv2d" or name in ("max_pool2d", "avg_pool2d", "max_pool2d_with_indices"):
        windows = _windows(node)
        return tuple(f.after(*w) for f, w in zip(merged, windows, strict=True))  # type: ignore[return-value]
    if name == "pad" and len(node.args) > 1:
        amounts = list(node.args[1])  # type: ignore[call-overload,arg-type]
        right_to_left = [
            (f, amounts[2 * i]) for i, f in enumerate(reversed(merged)) if 2 * i < len(amounts)
        ]
        moved = [Field(f.start - a * f.step, f.step, f.size) for f, a in right_to_left]
        return tuple(reversed(moved)) if len(moved) == 2 else merged  # type: ignore[return-value]
    if name == "slice" and len(shape) == 4:
        axis, first, _, step = (*node.args[1:], None, None, None, None)[:4]
        if axis in (2, 3):
            at, begin, stride = int(str(axis)) - 2, int(str(first or 0)), int(str(step or 1))
            old = merged[at]
            moved = Field(old.start + begin * old.step, old.step * stride, old.size)
            return (moved, merged[1]) if at == 0 else (merged[0], moved)
        return merged
    per_channel = (
        ops.SETTLING | ops.BROADCAST | ops.SUMS | {"cat", "slice", "getitem", "split", "chunk"}
    )
    if name in per_channel and len(shape) in (0, 4):
        return merged
    return whole


def _windows(node: fx.Node) -> list[tuple[int, int, int, int]]:
    if ops.operator(node) == "conv2d":
        kernel = list(node.args[1].meta["val"].shape[2:])  # type: ignore[union-attr]
    else:
        kernel = _two(ops.argument(node, "kernel_size"))
    stride = _two(ops.argument(node, "stride")) or kernel
    dilation = [1, 1] if "avg" in ops.operator(node) else _two(ops.argument(node, "dilation"))
    padding = ops.argument(node, "padding")
    if isinstance(padding, str):
        same = padding == "same"
        padding = [d * (k - 1) // 2 if same else 0 for k, d in zip(kernel, dilation, strict=True)]
    return list(zip(kernel, stride, _two(padding), dilation, strict=True))


def _two(value: object) -> list[int]:
    if isinstance(value, int):
        return [value, value]
    values = [int(v) for v in value]  # type: ignore[attr-defined,union-attr]
    return values * 2 if len(values) == 1 else values
