"""Residual networks of 6 n + 2 layers for images of 32 x 32 pixels, such as CIFAR's.

He et al., "Deep residual learning for image recognition" (2016), section 4.2, with shortcuts of
option A: where sizes differ every second pixel is taken and new channels are zero, so a shortcut
has no parameters. Names of parameters are those of the weights by Y. Idelbayev
(pytorch_resnet_cifar10), which load as they are.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad


class CifarBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut without parameters."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu2 = nn.ReLU()
        self.stride = stride
        self.new_channels = outputs - inputs

    def forward(self, features: Tensor) -> Tensor:
        """Return the block's feature maps."""
        branch = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(features)))))
        if self.stride == 1 and self.new_channels == 0:
            return self.relu2(branch + features)
        before = self.new_channels // 2
        shortcut = pad(
            features[:, :, :: self.stride, :: self.stride],
            (0, 0, 0, 0, before, self.new_channels - before),
        )
        return self.relu2(branch + shortcut)


class CifarResNet(nn.Module):
    """A residual network of ``depth`` layers; the representation has ``4 * width`` numbers.

    Parameters
    ----------
    in_channels
        Channels of the images.
    classes
        Number of outputs.
    depth
        Number of layers, 6 n + 2: 20, 32, 44, 56 or 110 in the paper.
    width
        Channels of the first stage; 16 in the paper.
    """

    def __init__(self, in_channels: int, classes: int, *, depth: int = 20, width: int = 16) -> None:
        super().__init__()
        blocks, rest = divmod(depth - 2, 6)
        if blocks < 1 or rest:
            raise ValueError(f"depth must be 8, 14, 20 and so on (6 n + 2), got {depth}")
        self.conv1 = nn.Conv2d(in_channels, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.layer1 = _stage(width, width, 1, blocks)
        self.layer2 = _stage(width, 2 * width, 2, blocks)
        self.layer3 = _stage(2 * width, 4 * width, 2, blocks)
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(4 * width, classes)

    def forward(
        self, images: Float[Tensor, "sample channel height width"]
    ) -> Float[Tensor, "sample class"]:
        """Return the logits."""
        features = self.relu(self.bn1(self.conv1(images)))
        features = self.layer3(self.layer2(self.layer1(features)))
        return self.linear(torch.flatten(self.mean(features), 1))


def _stage(inputs: int, outputs: int, stride: int, blocks: int) -> nn.Sequential:
    first = CifarBlock(inputs, outputs, stride)
    return nn.Sequential(first, *(CifarBlock(outputs, outputs, 1) for _ in range(blocks - 1)))
