"""Which channels feed which: the channel graph of any torch classifier.

Read from the graph of ``torch.export``. Convolutions, linear layers and sums are *joins*: each
makes channels. A join's *terms* are the linear operators whose results it adds up: a convolution
has one; a residual sum has the convolution of its branch and the identity of its skip connection
(the paper's section 9), so that both compete for the same channel. *Primary layers* are tensors
that everything flows through; a concatenation may be one, and passes its parts on unchanged.
Batch norm after a convolution is folded into the term's kernel; all that works on one channel at a
time (norm, activation, pooling) is simply part of what the next join reads.

Paper: Summit, sections 5 and 6. Our ``term`` is their 2-D convolutions of one layer, our
``sources`` are their channels of layer l - 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, fx, nn
from torch.fx.experimental.symbolic_shapes import is_concrete_int

from core.summit import operators as ops
from core.summit.blocks import block_ends, is_join, settled, waists
from core.summit.provenance import Labels, channel_axis, channels_of, follow, single

IMAGE = "image"


@dataclass(frozen=True)
class Sources:
    """Where a tensor's channels come from: for each, a join's name and a channel of it."""

    join: tuple[str, ...]  # distinct joins
    which: np.ndarray  # index into ``join`` per channel, -1 for padding
    channel: np.ndarray  # channel of that join


@dataclass(frozen=True)
class Term:
    """One linear operator that feeds a join.

    ``tensor`` is the node that it reads. A linear layer behind a flatten reads each channel at
    several places: ``order`` sorts its features by channel, ``places`` is how many each has.
    ``scale`` names the batch norm folded in, ``sign`` is -1 where the sum subtracts it.
    """

    kind: Literal["convolution", "linear", "identity", "passage"]
    tensor: str
    sources: Sources
    call: str = ""
    norm: str = ""
    sign: int = 1
    order: np.ndarray | None = None
    places: int = 1


@dataclass(frozen=True)
class Join:
    """A call that makes channels, with what feeds it; ``unknown`` says what could not be traced."""

    name: str
    channels: int
    terms: tuple[Term, ...]
    unknown: str = ""


@dataclass(frozen=True)
class Layer:
    """A primary layer: a join by the user's name, and the tensor in which its channels are read."""

    name: str
    join: str
    tensor: str
    channels: int


@dataclass(frozen=True, eq=False)
class ChannelGraph:
    """The channel graph of a network.

    ``layers`` from the image on; ``joins`` are all that lie on the way to the last of them;
    ``available`` names every layer that may be chosen; ``unfollowed`` lists operators whose
    channels could not be followed. ``batch`` is the one batch size that the exported network
    accepts, None for any; ``image`` the shape of an image, channels first.
    """

    module: fx.GraphModule
    layers: tuple[Layer, ...]
    joins: Mapping[str, Join]
    available: tuple[str, ...]
    unfollowed: tuple[str, ...]
    image: tuple[int, ...]
    batch: int | None

    def layer(self, name: str) -> Layer:
        """Return a primary layer by name."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = ", ".join(layer.name for layer in self.layers)
        raise KeyError(f"layer must be one of {names}, got {name!r}")

    def between(self, layer: str) -> tuple[Join, ...]:
        """Return the joins from the layer before (or the image) to this layer, in call order."""
        stops = {other.join for other in self.layers}
        wanted, waiting = set(), [self.layer(layer).join]
        while waiting:
            name = waiting.pop()
            if name in wanted:
                continue
            wanted.add(name)
            for term in self.joins[name].terms:
                waiting += [source for source in term.sources.join if source not in stops | {IMAGE}]
        return tuple(join for name, join in self.joins.items() if name in wanted)


def channel_graph(
    module: nn.Module,
    example: Tensor,
    layers: Sequence[str] | None = None,
) -> ChannelGraph:
    """Return the channel graph of a network.

    Parameters
    ----------
    module
        A classifier; evaluated as it is in evaluation mode, its mode is restored.
    example
        At least one input image as the network reads it (float32, channels first).
    layers
        Names of primary layers, each a module path or a name in ``available``; by default the
        last layer of each block.

    Raises
    ------
    ValueError
        If torch cannot export the network, a layer is unknown or can be bypassed, or the network
        has no layer to show.
    """
    program, batch = _exported(module, example)
    nodes = list(program.graph.nodes)
    output = _output(nodes)
    through = waists(nodes, output)
    names = _names(nodes, through, output)
    chosen = block_ends(nodes, output) if layers is None else _chosen(layers, names)
    if not chosen:
        raise ValueError("the network must have a convolution or linear layer before its output")
    stops = set(chosen.values())
    folded = _folded_into_sums(nodes, stops)
    made = {node for node in nodes if is_join(node) and _makes(node)}
    renamed = {settled(node): node for node in stops if not _makes(node)}
    labels = follow(nodes, _attributes(program), made, renamed, batch or 1)
    last = max(nodes.index(node) for node in stops)
    joins = {
        node.name: _join(node, labels, renamed, folded)
        for node in nodes[: last + 1]
        if (node in made and node not in folded) or node in stops
    }
    return ChannelGraph(
        module=program,
        layers=tuple(
            Layer(name, node.name, settled(node).name, _channels(node))
            for name, node in sorted(chosen.items(), key=lambda item: nodes.index(item[1]))
        ),
        joins=joins,
        available=tuple(names),
        unfollowed=tuple(labels.problems),
        image=tuple(example.shape[1:]),
        batch=batch,
    )


def _exported(module: nn.Module, example: Tensor) -> tuple[fx.GraphModule, int | None]:
    modes = [(part, part.training) for part in module.modules()]
    images = example if len(example) > 1 else example.expand(2, *example.shape[1:]).contiguous()
    module.eval()
    try:
        with torch.no_grad():
            # AUTO: a network that writes the batch size down is exported for that one size
            dynamic = ({0: torch.export.Dim.AUTO},)
            program = torch.export.export(module, (images,), dynamic_shapes=dynamic)
    except Exception as reason:
        first = str(reason).strip().splitlines()[0] if str(reason).strip() else type(reason)
        raise ValueError(f"torch.export must be able to read the network, got: {first}") from reason
    finally:
        for part, mode in modes:
            part.training = mode
    graph = program.module(check_guards=False)
    assert isinstance(graph, fx.GraphModule)
    read = next(node for node in graph.graph.nodes if node.op == "placeholder")
    fixed = is_concrete_int(read.meta["val"].shape[0])
    return graph, len(images) if fixed else None


def _output(nodes: list[fx.Node]) -> fx.Node:
    (result,) = (node for node in nodes if node.op == "output")
    found = [node for node in result.all_input_nodes if ops.is_data(node)]
    if not found:
        raise ValueError("the network must return a tensor of logits, got none")
    return found[0]


def _names(nodes: list[fx.Node], through: list[fx.Node], output: fx.Node) -> dict[str, fx.Node]:
    """Every waist that makes channels, by the outermost module that it ends, and by its own."""
    names: dict[str, fx.Node] = {}
    for node in through:
        if is_join(node):
            names.setdefault((ops.module_path(node) or (node.name,))[-1], node)
    for node in through:
        if is_join(node):
            for path in ops.module_path(node):
                names[path] = node  # the last one of a module wins
    names |= block_ends(nodes, output)
    return names


def _chosen(layers: Sequence[str], names: Mapping[str, fx.Node]) -> dict[str, fx.Node]:
    chosen = {}
    for name in layers:
        if name not in names:
            raise ValueError(
                f"a primary layer must be one that everything flows through "
                f"({', '.join(names)}), got {name!r}"
            )
        if names[name] in chosen.values():
            raise ValueError(f"primary layers must differ, got {name!r} for one named before")
        chosen[name] = names[name]
    return chosen


def _makes(node: fx.Node) -> bool:
    """Tell whether a join makes new numbers (a concatenation only stacks them)."""
    return ops.operator(node) in ops.MIXING or ops.operator(node) in ops.SUMS


def _linear_chain(node: fx.Node) -> tuple[fx.Node | None, fx.Node | None]:
    """Return the convolution or linear layer that a tensor is, up to a batch norm, and that norm.

    Both None where an activation or anything else lies between, or where it is read elsewhere too.
    """
    norm = None
    while len([user for user in node.users if ops.is_data(user)]) == 1:
        name = ops.operator(node)
        if name in ops.MIXING:
            return node, norm
        if name == "batch_norm" and norm is None:
            norm = node
        elif name not in ops.NEUTRAL:
            return None, None
        node = ops.data_inputs(node)[0]
    return None, None


def _folded_into_sums(
    nodes: list[fx.Node], stops: set[fx.Node]
) -> dict[fx.Node, tuple[fx.Node, fx.Node | None]]:
    """Return the convolutions that are terms of a sum, with the sum and the norm between."""
    folded = {}
    for node in nodes:
        if is_join(node) and ops.operator(node) in ops.SUMS:
            for part in ops.data_inputs(node):
                call, norm = _linear_chain(part)
                if call is not None and call not in stops:
                    folded[call] = (node, norm)
    return folded


def _join(
    node: fx.Node,
    labels: Labels,
    renamed: Mapping[fx.Node, fx.Node],
    folded: Mapping[fx.Node, tuple[fx.Node, fx.Node | None]],
) -> Join:
    name = ops.operator(node)
    if name in ops.SUMS:
        terms = [
            _sum_term(node, position, part, labels, renamed, folded)
            for position, part in enumerate(ops.data_inputs(node))
        ]
        if len(terms) == 1:  # x + x
            terms *= 2
    elif name in ops.MIXING:
        terms = [_mixing_term(node, _norm_behind(node), labels, renamed)]
    else:
        found = labels_before(node, labels)
        sources = _sources(channels_of(found, 1), labels, renamed)
        terms = [sources and Term("passage", node.name, sources)]
    known = tuple(term for term in terms if term)
    unknown = "" if len(known) == len(terms) else f"{node.name} reads channels of unknown origin"
    return Join(node.name, _channels(node), known, unknown)


def labels_before(node: fx.Node, labels: Labels) -> object:
    """Return the labels that a concatenation stacks, before its own begin."""
    parts = [labels.values.get(part) for part in ops.data_inputs(node)]
    if not all(isinstance(part, Tensor) for part in parts):
        return None
    return torch.cat(parts, dim=1)  # type: ignore[arg-type]


def _sum_term(
    node: fx.Node,
    position: int,
    part: fx.Node,
    labels: Labels,
    renamed: Mapping[fx.Node, fx.Node],
    folded: Mapping[fx.Node, tuple[fx.Node, fx.Node | None]],
) -> Term | None:
    subtracted = ops.operator(node).startswith("sub") and position == 1
    sign = -1 if subtracted else 1
    call, norm = _linear_chain(part)
    if call is not None and call in folded:
        return _mixing_term(call, norm, labels, renamed, sign)
    sources = _sources(channels_of(labels.values.get(part), channel_axis(node)), labels, renamed)
    return sources and Term("identity", part.name, sources, sign=sign)


def _mixing_term(
    node: fx.Node,
    norm: fx.Node | None,
    labels: Labels,
    renamed: Mapping[fx.Node, fx.Node],
    sign: int = 1,
) -> Term | None:
    read = ops.data_inputs(node)[0]
    scale = norm.name if norm is not None else ""
    if ops.operator(node) in ops.CONVOLUTIONS:
        sources = _sources(channels_of(labels.values.get(read), 1), labels, renamed)
        return sources and Term("convolution", read.name, sources, node.name, scale, sign)
    value = labels.values.get(read)
    features = channels_of(value, value.ndim - 1) if isinstance(value, Tensor) else None
    if features is None:
        return None
    order = np.argsort(features, kind="stable")
    distinct, counts = np.unique(features, return_counts=True)
    if len(set(counts.tolist())) != 1:
        return None
    sources = _sources(distinct, labels, renamed)
    plain = np.array_equal(order, np.arange(len(order)))
    return sources and Term(
        "linear", read.name, sources, node.name, scale, sign,
        None if plain else order, int(counts[0]),
    )  # fmt: skip


def _norm_behind(node: fx.Node) -> fx.Node | None:
    """Return the batch norm that reads a convolution, and nothing else does."""
    while True:
        users = [user for user in node.users if ops.is_data(user)]
        if len(users) != 1:
            return None
        if ops.operator(users[0]) == "batch_norm":
            return users[0]
        if ops.operator(users[0]) not in ops.NEUTRAL:
            return None
        node = users[0]


def _sources(
    channels: np.ndarray | None, labels: Labels, renamed: Mapping[fx.Node, fx.Node]
) -> Sources | None:
    if channels is None:
        return None
    firsts = np.array([first for _, first in labels.origins])
    which = np.searchsorted(firsts, channels, side="right") - 1
    used = [int(index) for index in np.unique(which[which >= 0])]
    names = []
    for index in used:
        node = labels.origins[index][0]
        names.append(IMAGE if node.op == "placeholder" else renamed.get(node, node).name)
    place = {index: i for i, index in enumerate(used)}
    return Sources(
        tuple(names),
        np.array([place.get(int(index), -1) for index in which]),
        np.where(which >= 0, channels - firsts[np.maximum(which, 0)], -1),
    )


def _channels(node: fx.Node) -> int:
    return single(node.meta["val"].shape)[channel_axis(node)]


def _attributes(program: fx.GraphModule) -> dict[str, Tensor]:
    return {**dict(program.named_parameters()), **dict(program.named_buffers())}


Edit = Callable[[Tensor], Tensor]
