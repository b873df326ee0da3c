"""VGG-16 with batch normalisation, for images of 64 x 64 pixels and of other sizes.

Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition"
(2015), configuration D. The linear layers have ``8 * width`` numbers rather than 4,096, which at
64 x 64 pixels would hold nine tenths of the parameters.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

BLOCKS = ((1, 2), (2, 2), (4, 3), (8, 3), (8, 3))  # multiple of the width, convolutions


class VGG16(nn.Module):
    """Thirteen convolutions in five blocks, and three linear layers.

    The representation has ``8 * width`` numbers, none negative.

    Parameters
    ----------
    in_channels
        Channels of the images.
    classes
        Number of outputs.
    size
        Height and width of the images, at least 32 each.
    width
        Channels of the first block; 64 in the paper.
    dropout
        Share of the linear layers' inputs that training leaves out.
    """

    def __init__(
        self,
        in_channels: int,
        classes: int,
        *,
        size: tuple[int, int] = (64, 64),
        width: int = 64,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if min(size) < 32:
            raise ValueError(f"vgg16_bn reads images of at least 32 x 32 pixels, got {size}")
        layers: list[nn.Module] = []
        inputs = in_channels
        for multiple, convolutions in BLOCKS:
            outputs = multiple * width
            for _ in range(convolutions):
                layers += [
                    nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
                    nn.BatchNorm2d(outputs),
                    nn.ReLU(),
                ]
                inputs = outputs
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        places = (size[0] // 32) * (size[1] // 32)
        self.classifier = nn.Sequential(
            nn.Linear(inputs * places, inputs),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(inputs, inputs),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(inputs, classes),
        )

    def forward(
        self, images: Float[Tensor, "sample channel height width"]
    ) -> Float[Tensor, "sample class"]:
        """Return the logits."""
        return self.classifier(torch.flatten(self.features(images), 1))
