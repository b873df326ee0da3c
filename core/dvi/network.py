"""The paper's autoencoder: the ``paper`` preset of ``fit``.

DeepVisualInsight, section 6: the encoder has widths (h, h/2, h/2, h/2, h/2, 2), the decoder is
its mirror image; Adam's learning rate begins at 0.01 and is divided by ten every 8 passes; the
losses are weighted 1, 1 and ``temporal`` (equation 12). A warm start begins at the second rate:
the first would undo it.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.axes import Points, Representations
from core.dvi.complex import Complex
from core.dvi.loss import (
    head_gradients,
    reconstruction,
    sample_edges,
    sample_strangers,
    temporal,
    umap_cross_entropy,
)
from core.dvi.model import Head

PASSES, WARM_PASSES, DECAY_EVERY = 24, 16, 8
RATE, WARM_RATE = 0.01, 0.001
EDGES_PER_VERTEX = 5  # in one pass
BATCH = 1000
LEAST_BATCHES = 5  # in one pass
NEGATIVES = 5
POOL_SAMPLES, POOL_BOUNDARY = 400, 100  # vertices that strangers of one batch are drawn from


class Autoencoder(nn.Module):
    """phi and psi as two mirrored stacks of linear layers with ReLU between."""

    def __init__(self, width: int) -> None:
        super().__init__()
        half = max(2, width // 2)
        self.encoder = _stack([width, half, half, half, half, 2])
        self.decoder = _stack([2, half, half, half, half, width])

    def forward(
        self, representations: Float[Tensor, "sample representation"]
    ) -> tuple[Float[Tensor, "sample 2"], Float[Tensor, "sample representation"]]:
        """Return places, and what they stand for."""
        places = self.encoder(representations)
        return places, self.decoder(places)


class NetworkModel:
    """A trained autoencoder as a visualization model: arrays in, arrays out."""

    def __init__(self, network: Autoencoder) -> None:
        self.network = network.eval()

    def project(self, representations: Representations) -> Points:
        """Return the places in the plane."""
        with torch.no_grad():
            return self.network.encoder(torch.from_numpy(np.float32(representations))).numpy()

    def inverse(self, points: Points) -> Representations:
        """Return the representations that places stand for."""
        with torch.no_grad():
            return self.network.decoder(torch.from_numpy(np.float32(points))).numpy()

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the weights as named arrays, for storage."""
        return {name: value.numpy() for name, value in self.network.state_dict().items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "NetworkModel":
        """Return the model that ``arrays`` made."""
        network = Autoencoder(arrays["encoder.0.weight"].shape[1])
        network.load_state_dict({name: torch.tensor(value) for name, value in arrays.items()})
        return cls(network)


def fit_network(
    representations: Representations,
    boundary: Float[np.ndarray, "point representation"],
    head: Head,
    edges: Complex,
    *,
    temporal_weight: float,
    beta: float,
    kept: Float[np.ndarray, " sample"] | None,
    previous: NetworkModel | None,
    seed: int,
) -> NetworkModel:
    """Return the autoencoder of one epoch; arguments as in ``fit``."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Autoencoder(representations.shape[1])
    if previous is not None:
        network.load_state_dict(previous.network.state_dict())
    before = [weight.detach().clone() for weight in network.parameters()]
    everything = torch.from_numpy(np.float32(np.concatenate([representations, boundary])))
    weight, bias = torch.from_numpy(np.float32(head.weight)), torch.from_numpy(head.bias)
    gradients = head_gradients(lambda x: x @ weight.T + bias.float(), everything)
    warm = previous is not None and kept is not None
    rate, passes = (WARM_RATE, WARM_PASSES) if warm else (RATE, PASSES)
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    decay = torch.optim.lr_scheduler.StepLR(optimizer, DECAY_EVERY, 0.1)
    similarity = None if kept is None else torch.from_numpy(kept).float()
    count = max(EDGES_PER_VERTEX * len(everything), LEAST_BATCHES * BATCH)
    for _ in range(passes):
        drawn = sample_edges(edges, count, generator)
        for heads, tails in zip(*(part.split(BATCH) for part in drawn), strict=True):
            pool = _pool(edges, generator)
            strangers = sample_strangers(tails, pool, edges.samples, NEGATIVES, generator)
            start, start_again = network(everything.index_select(0, heads))
            end, end_again = network(everything.index_select(0, tails))
            away = network.encoder(everything.index_select(0, pool))
            away = away.index_select(0, strangers.flatten()).unflatten(0, strangers.shape)
            loss = umap_cross_entropy(start, end, away)
            for rows, again in ((heads, start_again), (tails, end_again)):
                loss = loss + 0.5 * reconstruction(
                    everything.index_select(0, rows), again, gradients.index_select(0, rows), beta
                )
            if warm and similarity is not None:
                loss = loss + temporal_weight * temporal(similarity, before, network.parameters())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        decay.step()
    return NetworkModel(network)


def _pool(edges: Complex, generator: torch.Generator) -> Tensor:
    samples = torch.randperm(edges.samples, generator=generator)[:POOL_SAMPLES]
    boundary = torch.randperm(edges.boundary, generator=generator)[:POOL_BOUNDARY]
    return torch.cat([samples, edges.samples + boundary])


def _stack(widths: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width, following in pairwise(widths):
        layers += [nn.Linear(width, following), nn.ReLU()]
    return nn.Sequential(*layers[:-1])
