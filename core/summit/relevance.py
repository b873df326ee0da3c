"""Relevance of channels to an image's class, another seed for aggregation (section 9).

Layer-wise relevance propagation with the epsilon rule: the class's logit is handed down, at every
linear operator in proportion to the contributions x w, at every activation unchanged. Because the
rule for any linear operator z = f(x) is x times the gradient of sum(R z / z), one rule serves
convolutions, linear layers, batch norm, sums, concatenations, pooling and moves alike; maximum
pooling hands all to the winner. Source: Bach et al., "On pixel-wise explanations ..." (2015),
equation 58.
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, fx

from core.summit import operators as ops
from core.summit.channel_graph import ChannelGraph
from core.summit.forward import Forward


def channel_relevance(
    graph: ChannelGraph,
    images: Tensor,
    labels: Int[np.ndarray, " sample"],
    *,
    epsilon: float = 0.01,
) -> dict[str, Float[np.ndarray, "sample channel"]]:
    """Return the relevance of every channel of every primary layer, summed over positions.

    Parameters
    ----------
    graph, images
        The network and its inputs.
    labels
        The class whose logit is explained, for each image.
    epsilon
        What keeps small sums from being divided by, relative to an operator's mean absolute value.

    Relevance against the class is negative here; as a seed it counts as zero.
    """
    run = Forward(graph, ["output"])
    with torch.no_grad():
        values = run.trace(images)
    output = next(n.all_input_nodes[0] for n in graph.module.graph.nodes if n.op == "output")
    logits = values[output]
    chosen = torch.zeros_like(logits)
    rows = torch.arange(len(images), device=logits.device)
    labels_ = torch.from_numpy(np.asarray(labels, np.int64)).to(logits.device)
    chosen[rows, labels_] = logits[rows, labels_]
    relevance: dict[fx.Node, Tensor] = {output: chosen}
    for node in reversed(list(values)):
        if node in relevance and node.op == "call_function":
            for below, share in _handed_down(node, relevance[node], values, epsilon).items():
                relevance[below] = relevance[below] + share if below in relevance else share
    found = {}
    for layer in graph.layers:
        node = next(n for n in values if n.name == layer.tensor)
        r = relevance[node]
        axis = 1 if r.shape[1] == layer.channels else r.ndim - 1
        others = tuple(i for i in range(1, r.ndim) if i != axis)
        found[layer.name] = (r.sum(others) if others else r).float().cpu().numpy()
    return found


def _handed_down(
    node: fx.Node, relevance: Tensor, values: dict[fx.Node, Any], epsilon: float
) -> dict[fx.Node, Tensor]:
    below = ops.data_inputs(node)
    if ops.operator(node) in ops.ACTIVATIONS | ops.NEUTRAL:
        return {below[0]: relevance}
    inputs = {
        other: values[other].detach().requires_grad_(True)
        for other in below
        if isinstance(values[other], Tensor)
    }
    with torch.enable_grad():
        arguments = fx.map_arg(node.args, lambda n: inputs.get(n, values[n]))
        named = fx.map_arg(node.kwargs, lambda n: inputs.get(n, values[n]))
        z = node.target(*arguments, **named)  # type: ignore[operator]
        if not isinstance(z, Tensor):
            return {}
        size = z.detach().abs().mean().clamp(min=1e-12)
        sign = torch.where(z.detach() < 0, -1.0, 1.0)
        share = relevance / (z.detach() + epsilon * size * sign)
        gradients = torch.autograd.grad((z * share).sum(), list(inputs.values()), allow_unused=True)
    return {
        other: (inputs[other] * gradient).detach()
        for other, gradient in zip(inputs, gradients, strict=True)
        if gradient is not None
    }
