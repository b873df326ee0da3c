"""A small network beside the teacher that learns to say how wrong the teacher will be.

Yoo and Kweon, "Learning loss for active learning" (2019). Each of some layers of the teacher goes
through the mean over space, a linear layer and a ReLU; all of them joined go through one more
linear layer to one number (figure 2, right). Only the order of the losses is learnt (equation 2):
our ``margin`` is their xi, ``weight`` their lambda.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from core.axes import Images
from core.teachers.inference import evaluating
from core.teachers.preprocessing import Preprocessing


class LossPredicting(nn.Module):
    """A network that also predicts its own loss.

    After each pass ``predicted_loss`` holds one number per image. Set ``detached`` late in training
    (the paper: after 120 of 200 epochs) so that the network itself learns from its own loss only.

    Parameters
    ----------
    network
        From inputs to logits.
    layers
        Names of its layers to look at, in any order of depth.
    example
        One input, to see how many channels they have.
    width
        Numbers that each layer is reduced to; 128 in the paper.
    """

    def __init__(
        self, network: nn.Module, layers: Sequence[str], example: Tensor, width: int = 128
    ) -> None:
        super().__init__()
        parts = dict(network.named_modules())
        unknown = [name for name in layers if name not in parts]
        if unknown or not layers:
            raise ValueError(
                f"layers must name layers of the network, got {', '.join(unknown) or 'none'}"
            )
        self.network = network
        self.detached = False
        self.predicted_loss: Tensor | None = None
        self._seen: dict[str, Tensor] = {}
        self._layers = tuple(layers)
        for name in self._layers:
            parts[name].register_forward_hook(self._keep(name))
        with evaluating(network), torch.no_grad():
            network(example)
        self.reduce = nn.ModuleList(
            nn.Sequential(nn.Linear(_means(self._seen[name]).shape[1], width), nn.ReLU())
            for name in self._layers
        )
        self.join = nn.Linear(width * len(self._layers), 1)

    def forward(
        self, images: Float[Tensor, "sample channel height width"]
    ) -> Float[Tensor, "sample class"]:
        """Return the logits; the predicted losses lie in ``predicted_loss``."""
        logits = self.network(images)
        features = [_means(self._seen[name]) for name in self._layers]
        if self.detached:
            features = [feature.detach() for feature in features]
        reduced = [part(feature) for part, feature in zip(self.reduce, features, strict=True)]
        self.predicted_loss = self.join(torch.cat(reduced, 1)).squeeze(1)
        self._seen.clear()
        return logits

    def _keep(self, name: str) -> Callable[..., None]:
        def hook(_: nn.Module, __: object, output: Tensor) -> None:
            self._seen[name] = output

        return hook


def ranking_loss(
    predicted: Float[Tensor, " sample"], losses: Float[Tensor, " sample"], margin: float = 1.0
) -> Float[Tensor, ""]:
    """Return how far the predicted losses are from the order of the losses (equation 2).

    The first half of the batch is paired with the second half from behind; a middle one is left
    out. Gradients pass through the predicted losses only.
    """
    pairs = len(predicted) // 2
    if pairs == 0:
        return predicted.sum() * 0
    ours = (predicted - predicted.flip(0))[:pairs]
    theirs = (losses - losses.flip(0))[:pairs].detach()
    sign = torch.where(theirs > 0, 1.0, -1.0)
    return torch.clamp(margin - sign * ours, min=0).mean()


def learning_loss(
    weight: float = 1.0, margin: float = 1.0
) -> Callable[[nn.Module, Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Return the objective for ``core.teachers.training.train_epoch`` (equation 1).

    Parameters
    ----------
    weight
        Of the ranking loss beside the mean cross-entropy.
    margin
        By how much predicted losses shall differ.
    """

    def objective(module: nn.Module, inputs: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        if not isinstance(module, LossPredicting):
            raise ValueError(
                f"learning loss trains a LossPredicting network, got {type(module).__name__}"
            )
        logits = module(inputs).float()
        losses = cross_entropy(logits, target, reduction="none")
        assert module.predicted_loss is not None
        ranked = ranking_loss(module.predicted_loss.float(), losses, margin)
        return losses.mean() + weight * ranked, logits

    return objective


def predicted_losses(
    module: LossPredicting,
    images: Images,
    *,
    preprocessing: Preprocessing | None = None,
    batch_size: int = 512,
    device: torch.device | str = "cpu",
) -> Float[np.ndarray, " sample"]:
    """Return how wrong the network expects to be for each image; only their order means anything.

    Parameters as in ``core.teachers.inference.predict``.
    """
    prepare = preprocessing or Preprocessing()
    parts = []
    with evaluating(module), torch.inference_mode():
        for start in range(0, len(images), batch_size):
            module(prepare(images[start : start + batch_size], device))
            assert module.predicted_loss is not None
            parts.append(module.predicted_loss.float().cpu().numpy())
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def _means(features: Tensor) -> Float[Tensor, "sample feature"]:
    return features.mean(dim=(2, 3)) if features.ndim == 4 else features.flatten(1)
