"""What a Summit is made with, and the presets.

``paper`` follows the text of sections 6.1 to 6.3. ``published`` follows what the authors' released
data was made with. ``darkroom`` is ours: the paper's shares keep nothing on narrow layers, so each
layer's share is the one that keeps about a twentieth of its channels, and at least two; and
PageRank follows edges both ways, as in the released data, so that what a channel leads to counts
for it as well: silencing those channels hurts the class most of what activation alone can choose
(``masking_drop``, benchmarks/results/summit.md). ``relevance`` is the same, begun from relevance.
"""

from dataclasses import dataclass, replace
from typing import Literal

Seed = Literal["activation", "relevance", "least"]


@dataclass(frozen=True)
class Preset:
    """Settings of the aggregation and of the attribution graph.

    Attributes
    ----------
    share
        k_M2 of the activations: share of an image's summed maxima that is kept.
    keep
        Instead of a share: the share of a layer's channels that images keep on average; the
        layer's share is searched for. 0 uses ``share``.
    crossing
        Whether the channel with which the share is exceeded is kept.
    least
        Channels that each image keeps in each layer at least.
    top
        Influences per output channel and image that get a count.
    positive
        Whether influences that are zero or negative get none.
    every
        Positions looked at for influence: each first, or each third.
    capped
        Whether an output channel that is reached by two hops keeps no more edges than channels
        reached by one have on average.
    damping
        Share of a step of PageRank that follows edges.
    directed
        Whether edges lead only from the lower to the upper layer.
    tolerance
        Of PageRank: 0 solves it; above 0 it stops as networkx does, at tolerance times vertices.
    vertex_share
        Share of a layer's PageRank at which no more vertices are taken, the last one included.
    least_vertices
        Vertices of each layer at least.
    widen
        By how much a layer's share is raised, again and again, until it has an edge down; 0 never.
    seed
        What takes the channels' maxima's place: the activation itself, relevance, or the least
        contributing channels.
    """

    name: str
    share: float = 0.03
    keep: float = 0.0
    crossing: bool = False
    least: int = 1
    top: int = 5
    positive: bool = False
    every: int = 1
    capped: bool = False
    damping: float = 0.85
    directed: bool = True
    tolerance: float = 0.0
    vertex_share: float = 0.075
    least_vertices: int = 1
    widen: float = 0.0
    seed: Seed = "activation"

    def __post_init__(self) -> None:
        for name in ("share", "vertex_share"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must be above 0 and at most 1, got {getattr(self, name)}")
        for name in ("least", "top", "every", "least_vertices"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not 0 <= self.damping < 1:
            raise ValueError(f"damping must be from 0 to below 1, got {self.damping}")
        for name in ("keep", "tolerance", "widen"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be from 0 to below 1, got {getattr(self, name)}")


PAPER = Preset("paper")
PUBLISHED = Preset(
    "published",
    share=0.01,
    crossing=True,
    every=3,
    capped=True,
    directed=False,
    tolerance=1e-6,
    widen=0.005,
)
DARKROOM = Preset(
    "darkroom",
    keep=0.05,
    least=2,
    crossing=True,
    positive=True,
    directed=False,
    least_vertices=2,
)
RELEVANCE = replace(DARKROOM, name="relevance", seed="relevance")
PRESETS = {preset.name: preset for preset in (PAPER, PUBLISHED, DARKROOM, RELEVANCE)}
