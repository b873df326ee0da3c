"""Run an exported network as far as needed, and read or change tensors on the way."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, fx

from core.summit.channel_graph import ChannelGraph, Edit


class Forward:
    """Reads chosen tensors of a network, computing nothing that they do not need.

    Parameters
    ----------
    graph
        The network.
    wanted
        Names of tensors (``Layer.tensor``, ``Term.tensor``) or "output".
    """

    def __init__(self, graph: ChannelGraph, wanted: Iterable[str]) -> None:
        self.graph = graph
        self.wanted = tuple(dict.fromkeys(wanted))
        nodes = {node.name: node for node in graph.module.graph.nodes}
        nodes["output"] = next(
            node.all_input_nodes[0] for node in graph.module.graph.nodes if node.op == "output"
        )
        unknown = [name for name in self.wanted if name not in nodes]
        if unknown:
            raise ValueError(f"tensors must be in the exported graph, got {', '.join(unknown)}")
        self._nodes = {name: nodes[name] for name in self.wanted}
        self._steps = _needed(graph.module, set(self._nodes.values()))
        self._dead = _last_uses(self._steps, set(self._nodes.values()))

    def __call__(
        self, images: Tensor, edits: Mapping[str, Edit] | None = None
    ) -> dict[str, Tensor]:
        """Return the wanted tensors for a batch.

        ``edits`` maps names of tensors to functions that replace them before anything reads them.
        """
        size = self.graph.batch
        if size is None or len(images) == size:
            return self._run(images, edits or {})
        if edits:
            raise ValueError(f"this network takes batches of {size} images, got {len(images)}")
        parts = []
        for start in range(0, len(images), size):
            part = images[start : start + size]
            filled = torch.cat([part, part[-1:].expand(size - len(part), *part.shape[1:])])
            parts.append({k: v[: len(part)] for k, v in self._run(filled, {}).items()})
        return {name: torch.cat([part[name] for part in parts]) for name in self.wanted}

    def trace(self, images: Tensor) -> dict[fx.Node, Any]:
        """Return the value of every call on the way, in call order; for one full batch."""
        values: dict[fx.Node, Any] = {}
        for step in self._steps:
            values[step] = self._value(step, values, images)
        return values

    def _run(self, images: Tensor, edits: Mapping[str, Edit]) -> dict[str, Tensor]:
        values: dict[fx.Node, Any] = {}
        for step, dead in zip(self._steps, self._dead, strict=True):
            value = self._value(step, values, images)
            if step.name in edits:
                value = edits[step.name](value)  # type: ignore[arg-type]
            values[step] = value
            for node in dead:
                del values[node]
        return {name: values[node] for name, node in self._nodes.items()}  # type: ignore[misc]

    def _value(self, step: fx.Node, values: dict[fx.Node, Any], images: Tensor) -> object:
        if step.op == "placeholder":
            return images
        if step.op == "get_attr":
            found: object = self.graph.module
            for part in str(step.target).split("."):
                found = getattr(found, part)
            return found
        arguments = fx.map_arg(step.args, values.__getitem__)
        named = fx.map_arg(step.kwargs, values.__getitem__)
        return step.target(*arguments, **named)  # type: ignore[operator]


def _needed(module: fx.GraphModule, wanted: set[fx.Node]) -> list[fx.Node]:
    needed: set[fx.Node] = set()
    waiting = list(wanted)
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting += node.all_input_nodes
    return [node for node in module.graph.nodes if node in needed]


def _last_uses(steps: list[fx.Node], kept: set[fx.Node]) -> list[list[fx.Node]]:
    last: dict[fx.Node, int] = {}
    for place, step in enumerate(steps):
        last.setdefault(step, place)
        for node in step.all_input_nodes:
            last[node] = place
    dead: list[list[fx.Node]] = [[] for _ in steps]
    for node, place in last.items():
        if node not in kept:
            dead[place].append(node)
    return dead
