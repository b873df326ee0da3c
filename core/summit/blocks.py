"""Where a network's blocks end: the places where the primary layers stand by default.

The paper takes the last layer of each inception module. For any network: a *waist* is a tensor
through which everything flows from image to output, so nothing passes it by (inside a residual or
a branched block there is none). A block is the smallest module with at least two convolutions
whose last tensor is a waist; a block that pools in between (VGG keeps all its convolutions in one
module) is cut before each pooling; a convolution, sum or concatenation in no block is its own. The
last of them in each block that is a waist is a primary layer, save the one that makes the output.
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import fx

from core.summit import operators as ops


def waists(nodes: Sequence[fx.Node], output: fx.Node) -> list[fx.Node]:
    """Return the tensors which every path from the image to the output passes, in order."""
    flow = _between(nodes, output)
    place = {node: i for i, node in enumerate(flow)}
    found, reach = [], 0
    for node in flow:
        if place[node] >= reach:
            found.append(node)
        # a tensor that is still read further on bypasses all that lies between
        reach = max([reach, *(place[user] for user in node.users if user in place)])
    return found


def joins(nodes: Sequence[fx.Node]) -> list[fx.Node]:
    """Return the calls that make channels: convolutions, linear layers, sums, concatenations."""
    return [node for node in nodes if is_join(node)]


def is_join(node: fx.Node) -> bool:
    """Tell whether a call makes channels: from others, as a sum of two, or by stacking."""
    name = ops.operator(node)
    if name in ops.MIXING or name in ("cat", "concat", "concatenate"):
        return True
    return name in ops.SUMS and is_sum(node)


def is_sum(node: fx.Node) -> bool:
    """Tell whether an addition has two tensors of the same shape (and not a bias or a number)."""
    parts = [part for part in node.args[:2] if isinstance(part, fx.Node)]
    parts = [part for part in parts if part.op != "get_attr" and ops.is_data(part)]
    if len(parts) != 2:
        return False
    first, second = (part.meta["val"].shape for part in parts)
    return tuple(first[1:]) == tuple(second[1:])


def settled(node: fx.Node) -> fx.Node:
    """Return the tensor that a join becomes by norm and activation alone, before all else."""
    while True:
        users = [user for user in node.users if ops.is_data(user)]
        if len(users) != 1 or ops.operator(users[0]) not in ops.SETTLING:
            return node
        node = users[0]


def block_ends(nodes: Sequence[fx.Node], output: fx.Node) -> dict[str, fx.Node]:
    """Return the default primary layers: a name for each, and the join that makes it, in order."""
    through = waists(nodes, output)
    ends = [node for node in through if is_join(node)]
    if (ends and settled(ends[-1]) is through[-1]) or _only_shapes(ends, through):
        ends = ends[:-1]  # it makes the logits
    chosen: dict[str, fx.Node] = {}
    for name, block in _blocks(nodes, ends):
        chosen[_free(name, chosen)] = block
    return dict(sorted(chosen.items(), key=lambda item: list(nodes).index(item[1])))


def _only_shapes(ends: list[fx.Node], through: list[fx.Node]) -> bool:
    """Tell whether after the last join nothing mixes any more and it has the output's channels."""
    if not ends:
        return False
    made, out = ends[-1].meta["val"].shape, through[-1].meta["val"].shape
    return len(made) > 1 and len(out) > 1 and made[1] == out[1]


def _blocks(nodes: Sequence[fx.Node], ends: list[fx.Node]) -> list[tuple[str, fx.Node]]:
    mixing = [node for node in nodes if ops.operator(node) in ops.MIXING]
    inside: dict[str, list[fx.Node]] = {}
    for node in mixing:
        for path in ops.module_path(node)[:-1]:
            inside.setdefault(path, []).append(node)
    waist_of = {path: _last_waist(path, nodes, ends) for path in inside}
    candidates = {
        path: convs
        for path, convs in inside.items()
        if len(convs) >= 2 and waist_of[path] is not None and _is_last(path, waist_of[path], nodes)
    }
    smallest = [
        path
        for path, convs in candidates.items()
        if not any(set(other) < set(convs) for other in candidates.values())
    ]
    taken: dict[frozenset[fx.Node], str] = {}
    for path in sorted(smallest, key=len):  # of modules with the same content the outermost
        taken.setdefault(frozenset(candidates[path]), path)
    found: list[tuple[str, fx.Node]] = []
    for path in taken.values():
        parts = [node for node in ends if path in ops.module_path(node)]
        if not parts:
            continue
        cuts = _before_pools(parts)
        for part in cuts:
            found.append((path if len(cuts) == 1 else _own_path(part), part))
    blocked = set().union(*taken) if taken else set()
    for node in ends:
        inside_block = any(path in ops.module_path(node) for path in taken.values())
        if node not in blocked and not inside_block:
            found.append((_own_path(node, inside), node))
    return found


def _before_pools(parts: list[fx.Node]) -> list[fx.Node]:
    """Return the last of each run of waists between which nothing is pooled."""
    cuts = [
        first
        for first, second in pairwise(parts)
        if any(ops.operator(node) in ops.POOLS for node in _chain(first, second))
    ]
    return [*cuts, parts[-1]]


def _chain(first: fx.Node, second: fx.Node) -> list[fx.Node]:
    between, waiting = [], ops.data_inputs(second)
    while waiting:
        node = waiting.pop()
        if node is first or node in between:
            continue
        between.append(node)
        waiting += ops.data_inputs(node)
    start = set()
    waiting = [first]
    while waiting:
        node = waiting.pop()
        start.add(node)
        waiting += [user for user in node.users if user not in start]
    return [node for node in between if node in start]


def _last_waist(path: str, nodes: Sequence[fx.Node], ends: list[fx.Node]) -> fx.Node | None:
    parts = [node for node in ends if path in ops.module_path(node)]
    return parts[-1] if parts else None


def _is_last(path: str, waist: fx.Node | None, nodes: Sequence[fx.Node]) -> bool:
    inside = [node for node in nodes if path in ops.module_path(node) and is_join(node)]
    return (bool(inside) and inside[-1] is waist) or _is_output_block(inside, waist)


def _is_output_block(inside: list[fx.Node], waist: fx.Node | None) -> bool:
    """Tell whether only the output's own join follows the waist: the block is the classifier."""
    return waist is not None and len(inside) > 1 and inside[-2] is waist


def _own_path(node: fx.Node, inside: dict[str, list[fx.Node]] | None = None) -> str:
    path = ops.module_path(node)
    if not path:
        return node.name
    if inside:  # the outermost module that holds this convolution and no other
        for outer in path[:-1]:
            if inside.get(outer) == [node]:
                return outer
    return path[-1] if ops.operator(node) in ops.MIXING else node.name


def _free(name: str, taken: dict[str, fx.Node]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}#{number}" in taken:
        number += 1
    return f"{name}#{number}"


def _between(nodes: Sequence[fx.Node], output: fx.Node) -> list[fx.Node]:
    needed: set[fx.Node] = set()
    waiting = [output]
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting += ops.data_inputs(node)
    reached: set[fx.Node] = set()
    for node in nodes:
        if node.op == "placeholder" or any(other in reached for other in ops.data_inputs(node)):
            reached.add(node)
    return [node for node in nodes if node in needed and node in reached]
