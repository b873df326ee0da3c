"""ResNet-18: a stem, four stages of two residual blocks, the mean over space, one linear layer.

He et al., "Deep residual learning for image recognition" (2016), table 1 and figure 5 left. Names
of parameters are those under which its public weights are known.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

STAGES = ((1, 1), (2, 2), (4, 2), (8, 2))  # multiple of the width, stride of the first block


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut, which is a 1 x 1 convolution where sizes differ."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu2 = nn.ReLU()
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, features: Tensor) -> Tensor:
        """Return the block's feature maps."""
        branch = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(features)))))
        shortcut = features if self.downsample is None else self.downsample(features)
        return self.relu2(branch + shortcut)


class ResNet18(nn.Module):
    """ResNet-18; the representation has ``8 * width`` numbers, none negative.

    Parameters
    ----------
    in_channels
        Channels of the images.
    classes
        Number of outputs.
    stem
        "imagenet", a 7 x 7 convolution and maximum pooling, both of stride 2, as in the paper;
        "small", one 3 x 3 convolution of stride 1 for images of 28 to 64 pixels: four times as
        many places in every later layer, and about ten times the time.
    width
        Channels of the first stage; 64 in the paper.
    """

    def __init__(
        self,
        in_channels: int,
        classes: int,
        *,
        stem: str = "imagenet",
        width: int = 64,
    ) -> None:
        super().__init__()
        if stem not in ("imagenet", "small"):
            raise ValueError(f"stem must be imagenet or small, got {stem!r}")
        if stem == "imagenet":
            self.conv1 = nn.Conv2d(in_channels, width, 7, stride=2, padding=3, bias=False)
            self.maxpool: nn.Module = nn.MaxPool2d(3, stride=2, padding=1)
        else:
            self.conv1 = nn.Conv2d(in_channels, width, 3, padding=1, bias=False)
            self.maxpool = nn.Identity()
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        inputs = width
        for number, (multiple, stride) in enumerate(STAGES, start=1):
            outputs = multiple * width
            stage = nn.Sequential(
                BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1)
            )
            setattr(self, f"layer{number}", stage)
            inputs = outputs
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(inputs, classes)

    def forward(
        self, images: Float[Tensor, "sample channel height width"]
    ) -> Float[Tensor, "sample class"]:
        """Return the logits."""
        features = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        for number in range(1, len(STAGES) + 1):
            features = getattr(self, f"layer{number}")(features)
        return self.fc(torch.flatten(self.avgpool(features), 1))
