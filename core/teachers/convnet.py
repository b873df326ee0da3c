"""A small convolutional network for small images."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class ConvNet(nn.Module):
    """Five convolutions in three blocks, the mean over space, and one linear layer.

    Every convolution is followed by batch normalisation and a ReLU that is a module, so that rules
    which replace ReLUs find it. Each of the first two blocks ends by halving height and width. The
    representation is the mean over space of the last block, ``4 * width`` numbers, none negative.

    Parameters
    ----------
    in_channels
        Channels of the images.
    classes
        Number of outputs.
    width
        Channels of the first block; the second has twice, the third four times as many.
    """

    def __init__(self, in_channels: int, classes: int, width: int = 16) -> None:
        super().__init__()
        for name, value in (("in_channels", in_channels), ("classes", classes), ("width", width)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        self.block1 = nn.Sequential(*_convolution(in_channels, width), *_convolution(width, width))
        self.block2 = nn.Sequential(
            *_convolution(width, 2 * width), *_convolution(2 * width, 2 * width)
        )
        self.block3 = nn.Sequential(*_convolution(2 * width, 4 * width))
        self.shrink1 = nn.MaxPool2d(2, ceil_mode=True)
        self.shrink2 = nn.MaxPool2d(2, ceil_mode=True)
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(4 * width, classes)

    def forward(
        self, images: Float[Tensor, "sample channel height width"]
    ) -> Float[Tensor, "sample class"]:
        """Return the logits of images in 0..1."""
        features = self.shrink1(self.block1(images))
        features = self.shrink2(self.block2(features))
        features = self.block3(features)
        return self.head(torch.flatten(self.mean(features), 1))


def _convolution(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )
