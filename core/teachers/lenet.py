"""LeNet-5 with ReLUs and maximum pooling.

LeCun et al., "Gradient-based learning applied to document recognition" (1998), section II.B. Where
the paper has sigmoids, trained averages and Gaussian outputs, this has what is used today.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class LeNet(nn.Module):
    """Two convolutions and three linear layers; the representation has ``14 * width`` numbers.

    Parameters
    ----------
    in_channels
        Channels of the images.
    classes
        Number of outputs.
    size
        Height and width of the images, at least 12 each; the paper's digits have 28.
    width
        Channels of the first convolution; the paper's 6 gives the second 16 and the linear layers
        120 and 84.
    """

    def __init__(
        self, in_channels: int, classes: int, *, size: tuple[int, int] = (28, 28), width: int = 6
    ) -> None:
        super().__init__()
        if min(size) < 12:
            raise ValueError(f"lenet reads images of at least 12 x 12 pixels, got {size}")
        channels, hidden, last = 8 * width // 3, 20 * width, 14 * width
        places = [(side // 2 - 4) // 2 for side in size]
        self.conv1 = nn.Conv2d(in_channels, width, 5, padding=2)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(width, channels, 5)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.full1 = nn.Linear(channels * places[0] * places[1], hidden)
        self.relu3 = nn.ReLU()
        self.full2 = nn.Linear(hidden, last)
        self.relu4 = nn.ReLU()
        self.head = nn.Linear(last, classes)

    def forward(
        self, images: Float[Tensor, "sample channel height width"]
    ) -> Float[Tensor, "sample class"]:
        """Return the logits."""
        features = self.pool1(self.relu1(self.conv1(images)))
        features = self.pool2(self.relu2(self.conv2(features)))
        features = self.relu3(self.full1(torch.flatten(features, 1)))
        return self.head(self.relu4(self.full2(features)))
