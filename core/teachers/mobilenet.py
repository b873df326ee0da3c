"""MobileNet-v2 with batch normalisation folded into its convolutions.

Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks" (2018), table 2. Laid out
as the weights that were trained with TensorFlow: "SAME" padding, which puts the odd pixel right
and below, and input in -1..1. Folded networks are for prediction: they train badly.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

# expansion, channels, blocks, stride of the first block
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


class SameConv(nn.Module):
    """A convolution of stride s whose output has the input's size divided by s, rounded up."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        *,
        stride: int = 1,
        groups: int = 1,
        relu: bool = True,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, groups=groups)
        self.relu: nn.Module = nn.ReLU6() if relu else nn.Identity()
        self.kernel, self.stride = kernel, stride

    def forward(self, features: Tensor) -> Tensor:
        """Return the feature maps, within 0..6 where there is a ReLU."""
        if self.kernel > 1:
            top, bottom = self._margins(features.shape[2])
            left, right = self._margins(features.shape[3])
            features = pad(features, (left, right, top, bottom))
        return self.relu(self.conv(features))

    def _margins(self, side: int) -> tuple[int, int]:
        outputs = -(-side // self.stride)
        margin = max((outputs - 1) * self.stride + self.kernel - side, 0)
        return margin // 2, margin - margin // 2


class InvertedResidual(nn.Module):
    """Widen, filter each channel, narrow; beside a shortcut where sizes agree."""

    def __init__(self, inputs: int, outputs: int, *, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        widen = [SameConv(inputs, inner, 1)] if expansion != 1 else []
        self.body = nn.Sequential(
            *widen,
            SameConv(inner, inner, 3, stride=stride, groups=inner),
            SameConv(inner, outputs, 1, relu=False),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        """Return the block's feature maps."""
        branch = self.body(features)
        return features + branch if self.residual else branch


class MobileNetV2(nn.Module):
    """MobileNet-v2 of width 1; the representation has 1,280 numbers from 0 to 6.

    Parameters
    ----------
    in_channels
        Channels of the images, 3 for the public weights.
    classes
        Number of outputs, 1,000 for the public weights.
    """

    def __init__(self, in_channels: int, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [SameConv(in_channels, 32, 3, stride=2)]
        inputs = 32
        for expansion, outputs, blocks, stride in STAGES:
            for block in range(blocks):
                step = stride if block == 0 else 1
                layers.append(InvertedResidual(inputs, outputs, stride=step, expansion=expansion))
                inputs = outputs
        layers.append(SameConv(inputs, 1280, 1))
        self.features = nn.Sequential(*layers)
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(1280, classes)

    def forward(
        self, images: Float[Tensor, "sample channel height width"]
    ) -> Float[Tensor, "sample class"]:
        """Return the logits."""
        return self.fc(torch.flatten(self.mean(self.features(images)), 1))
