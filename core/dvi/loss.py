"""The losses of DeepVisualInsight, equations 8 to 12, and parametric UMAP's cross-entropy.

Parametric UMAP: Sainburg, McInnes and Gentner (2020), section 2.2; q = 1 / (1 + a d^(2b)) is the
plane's strength of a pair at distance d. The lean preset minimises the same terms with gradients
written out in ``layout`` and ``decoder``; these are for the paper's autoencoder.
"""

from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.dvi.complex import Complex

A, B = 1.576943, 0.8950609  # of the kernel for UMAP's min_dist = 0.1 and spread = 1


def umap_cross_entropy(
    heads: Float[Tensor, "pair 2"],
    tails: Float[Tensor, "pair 2"],
    strangers: Float[Tensor, "pair negative 2"],
    *,
    a: float = A,
    b: float = B,
) -> Float[Tensor, ""]:
    """Return the mean over all pairs, drawn and strange: -log q of an edge, -log(1 - q) of others.

    Parameters
    ----------
    heads, tails
        Places of the two ends of edges drawn in proportion to their weights.
    strangers
        Places of vertices drawn at random for each head.
    """
    near = (heads - tails).square().sum(-1)
    far = (heads[:, None] - strangers).square().sum(-1)
    attraction = torch.log1p(a * near.clamp_min(1e-12) ** b)
    strange = (
        a * far.clamp_min(1e-4) ** b
    )  # a stranger in the same place would cost infinitely much
    repulsion = torch.log1p(strange) - torch.log(strange)
    return torch.cat([attraction[:, None], repulsion], dim=1).mean()


def reconstruction(
    representations: Float[Tensor, "sample representation"],
    after: Float[Tensor, "sample representation"],
    gradients: Float[Tensor, "sample representation"],
    beta: float = 1.0,
) -> Float[Tensor, ""]:
    """Return equation 8: the mean over samples and features of (1 + grad)^beta (x - x')^2."""
    return ((1 + gradients) ** beta * (representations - after).square()).mean()


def head_gradients(
    head: Callable[[Tensor], Tensor], representations: Float[Tensor, "sample representation"]
) -> Float[Tensor, "sample representation"]:
    """Return |d g_top1 / dx| + |d g_top2 / dx| of each sample, for any head: equation 9."""
    x = representations.detach().requires_grad_(True)
    top = head(x).topk(2, dim=1).values
    sizes = [
        torch.autograd.grad(top[:, place].sum(), x, retain_graph=place == 0)[0].abs()
        for place in (0, 1)
    ]
    return sizes[0] + sizes[1]


def temporal(
    kept: Float[Tensor, " sample"], before: Iterable[Tensor], now: Iterable[Tensor]
) -> Float[Tensor, ""]:
    """Return equation 10: the mean of equation 11 times the squared distance of the weights."""
    moved = [(new - old).square().sum() for old, new in zip(before, now, strict=True)]
    return kept.mean() * torch.stack(moved).sum()


def sample_edges(
    edges: Complex, count: int, generator: torch.Generator
) -> tuple[Int[Tensor, " pair"], Int[Tensor, " pair"]]:
    """Return heads and tails of edges drawn in proportion to their weights."""
    weight = torch.from_numpy(edges.weight).float()
    chosen = torch.multinomial(weight, count, replacement=True, generator=generator)
    heads = torch.from_numpy(edges.head).index_select(0, chosen)
    return heads, torch.from_numpy(edges.tail).index_select(0, chosen)


def sample_strangers(
    tails: Int[Tensor, " pair"],
    pool: Int[Tensor, " vertex"],
    samples: int,
    negatives: int,
    generator: torch.Generator,
) -> Int[Tensor, "pair negative"]:
    """Return places in ``pool`` of random vertices of each tail's kind (section 5.2).

    ``pool`` holds vertices, first some of the ``samples`` samples, then boundary points.
    """
    first = int((pool < samples).sum())
    share = torch.rand(len(tails), negatives, generator=generator)
    among_samples = (share * first).long().clamp_max(first - 1)
    rest = len(pool) - first
    among_boundary = first + (share * rest).long().clamp_max(max(rest - 1, 0))
    return torch.where((tails < samples)[:, None], among_samples, among_boundary)
