"""SqueezeNet 1.1, whose classifier is a convolution followed by the mean over space.

Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters" (2016), in the
later, faster layout of its authors. Names of parameters are those of its public weights.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Fire(nn.Module):
    """A 1 x 1 convolution to few channels, then 1 x 1 and 3 x 3 convolutions side by side."""

    def __init__(self, inputs: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.squeeze_relu = nn.ReLU()
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand1x1_relu = nn.ReLU()
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)
        self.expand3x3_relu = nn.ReLU()

    def forward(self, features: Tensor) -> Tensor:
        """Return both expansions, one after the other."""
        squeezed = self.squeeze_relu(self.squeeze(features))
        small = self.expand1x1_relu(self.expand1x1(squeezed))
        large = self.expand3x3_relu(self.expand3x3(squeezed))
        return torch.cat([small, large], 1)


class SqueezeNet(nn.Module):
    """SqueezeNet 1.1; the representation is the mean over space of what ``classifier.1`` reads.

    A ReLU stands between that convolution and the mean, so the head applied to the representation
    only comes near the logits: ``core.teachers.head`` measures how near.

    Parameters
    ----------
    in_channels
        Channels of the images, 3 for the public weights.
    classes
        Number of outputs, 1,000 for the public weights.
    """

    def __init__(self, in_channels: int, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 64, 3, stride=2),
            nn.ReLU(),
            _shrink(),
            Fire(64, 16, 64),
            Fire(128, 16, 64),
            _shrink(),
            Fire(128, 32, 128),
            Fire(256, 32, 128),
            _shrink(),
            Fire(256, 48, 192),
            Fire(384, 48, 192),
            Fire(384, 64, 256),
            Fire(512, 64, 256),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(0.5), nn.Conv2d(512, classes, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1)
        )

    def forward(
        self, images: Float[Tensor, "sample channel height width"]
    ) -> Float[Tensor, "sample class"]:
        """Return the logits, none negative."""
        return torch.flatten(self.classifier(self.features(images)), 1)


def _shrink() -> nn.Module:
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)
