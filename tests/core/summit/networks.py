"""Small networks whose channels are known by hand, and the layouts of well-known ones."""

import torch
from torch import nn
from torch.nn import functional


class Copies(nn.Module):
    """Layer ``second`` copies channel 2 of ``first`` into its channel 0, and 0 into its 1."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 3, 1, bias=False)
        self.second = nn.Conv2d(3, 2, 3, padding=1, bias=False)
        self.head = nn.Linear(2, 2)
        with torch.no_grad():
            self.first.weight[:] = torch.tensor([1.0, 2.0, 3.0]).reshape(3, 1, 1, 1)
            self.second.weight.zero_()
            self.second.weight[0, 2, 1, 1] = 1
            self.second.weight[1, 0, 1, 1] = 1

    def forward(self, x):
        x = torch.relu(self.first(x))
        return self.head(torch.relu(self.second(x)).mean((2, 3)))


class Residual(nn.Module):
    """``block`` adds a branch to its input: channel 0 lives by the skip, 1 by the branch."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 2, 1, bias=False)
        self.block = ResidualBlock()
        self.head = nn.Linear(2, 2)
        with torch.no_grad():
            self.stem.weight[:] = torch.tensor([1.0, 1.0]).reshape(2, 1, 1, 1)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        return self.head(self.block(x).mean((2, 3)))


class ResidualBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Conv2d(2, 2, 1, bias=False)
        self.outer = nn.Conv2d(2, 2, 3, padding=1, bias=False)
        with torch.no_grad():
            self.inner.weight[:] = torch.tensor([[0.0, 0.0], [1.0, 0.0]]).reshape(2, 2, 1, 1)
            self.outer.weight.zero_()
            self.outer.weight[1, 1, 1, 1] = 5  # inner 1, which copies stem 0, into 1

    def forward(self, x):
        return torch.relu(self.outer(torch.relu(self.inner(x))) + x)


class Branches(nn.Module):
    """``mixed`` concatenates a branch that copies channel 1 and one that copies channel 0."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 2, 1, bias=False)
        self.mixed = Mixed()
        self.head = nn.Linear(3, 2)
        with torch.no_grad():
            self.stem.weight[:] = torch.tensor([1.0, 2.0]).reshape(2, 1, 1, 1)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        return self.head(self.mixed(x).mean((2, 3)))


class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.left = nn.Conv2d(2, 1, 1, bias=False)
        self.reduce = nn.Conv2d(2, 1, 1, bias=False)
        self.right = nn.Conv2d(1, 2, 3, padding=1, bias=False)
        with torch.no_grad():
            self.left.weight[:] = torch.tensor([0.0, 1.0]).reshape(1, 2, 1, 1)
            self.reduce.weight[:] = torch.tensor([1.0, 0.0]).reshape(1, 2, 1, 1)
            self.right.weight[:] = 1

    def forward(self, x):
        left = torch.relu(self.left(x))
        right = torch.relu(self.right(torch.relu(self.reduce(x))))
        return torch.cat([left, right], 1)


class Fire(nn.Module):
    def __init__(self, inputs, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeeze, 1)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = functional.relu(self.squeeze(x))
        return torch.cat(
            [functional.relu(self.expand1x1(x)), functional.relu(self.expand3x3(x))], 1
        )


class SqueezeNet(nn.Module):
    """SqueezeNet 1.1 (Iandola et al. 2016)."""

    def __init__(self, classes=1000):
        super().__init__()
        relu, pool = nn.ReLU, lambda: nn.MaxPool2d(3, 2, ceil_mode=True)
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 3, 2), relu(), pool(), Fire(64, 16, 64), Fire(128, 16, 64), pool(),
            Fire(128, 32, 128), Fire(256, 32, 128), pool(), Fire(256, 48, 192), Fire(384, 48, 192),
            Fire(384, 64, 256), Fire(512, 64, 256),
        )  # fmt: skip
        self.classifier = nn.Sequential(
            nn.Dropout(0.5), nn.Conv2d(512, classes, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1)
        )

    def forward(self, x):
        return self.classifier(self.features(x)).flatten(1)


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.down = None
        if stride != 1 or inputs != outputs:
            self.down = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(y + (x if self.down is None else self.down(x)))


class ResNet(nn.Module):
    def __init__(self, width=4, classes=3):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = nn.Sequential(BasicBlock(width, width, 1), BasicBlock(width, width, 1))
        self.layer2 = nn.Sequential(BasicBlock(width, 2 * width, 2))
        self.fc = nn.Linear(2 * width, classes)

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer2(self.layer1(x)).mean((2, 3)))


class OptionA(nn.Module):
    """A shortcut without parameters: every second place, zero channels around."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 2, 3, padding=1)
        self.conv = nn.Conv2d(2, 4, 3, 2, 1)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        x = functional.relu(self.stem(x))
        skip = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 1, 1))
        return self.fc(functional.relu(self.conv(x) + skip).mean((2, 3)))


class Shuffled(nn.Module):
    """Grouped convolutions with a channel shuffle between, as in ShuffleNet."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 6, 1)
        self.grouped = nn.Conv2d(6, 6, 3, padding=1, groups=2)
        self.depthwise = nn.Conv2d(6, 6, 3, padding=1, groups=6)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        x = torch.relu(self.grouped(torch.relu(self.first(x))))
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        return self.fc(torch.relu(self.depthwise(x)).mean((2, 3)))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 3, 3), nn.Conv2d(3, 4, 3)
        self.fc1, self.fc2, self.fc3 = nn.Linear(16, 7), nn.Linear(7, 6), nn.Linear(6, 3)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2)
        x = functional.relu(self.fc1(x.view(x.size(0), -1)))
        return self.fc3(functional.relu(self.fc2(x)))


class Vgg(nn.Module):
    def __init__(self):
        super().__init__()
        layers, inputs = [], 3
        for width in (4, 6):
            for _ in range(2):
                layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()]
                inputs = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(6 * 4, 5), nn.ReLU(), nn.Dropout(), nn.Linear(5, 3)
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


class NextBlock(nn.Module):
    """ConvNeXt's block: channels last in the middle, linear layers for 1x1 convolutions."""

    def __init__(self, width):
        super().__init__()
        self.spatial = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x):
        y = self.norm(self.spatial(x).permute(0, 2, 3, 1))
        return x + self.down(functional.gelu(self.up(y))).permute(0, 3, 1, 2)


class Next(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 2, 2)
        self.blocks = nn.Sequential(NextBlock(4), NextBlock(4))
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))
