"""Every architecture that a study may name, and what its input must look like."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from core.teachers.cifar_resnet import CifarResNet
from core.teachers.convnet import ConvNet
from core.teachers.lenet import LeNet
from core.teachers.mobilenet import MobileNetV2
from core.teachers.preprocessing import Preprocessing
from core.teachers.resnet18 import ResNet18
from core.teachers.squeezenet import SqueezeNet
from core.teachers.vgg import VGG16

UNCHANGED = Preprocessing()
IMAGENET = Preprocessing(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
SIGNED = Preprocessing(mean=(0.5,), std=(0.5,))  # input in -1..1


@dataclass(frozen=True)
class Architecture:
    """A network, and what the images that it reads look like.

    ``build``  from channels, classes and keyword arguments to a module with random weights
    ``preprocessing``  what the network expects, with random weights and with the known ones
    ``least``  least height and width of an image, in pixels
    ``suits``  for which images it was made, in words
    """

    build: Callable[..., nn.Module]
    preprocessing: Preprocessing = UNCHANGED
    least: int = 1
    suits: str = "small images"

    @property
    def arguments(self) -> tuple[str, ...]:
        """What a study may set: names of keyword arguments."""
        fixed = {"in_channels", "classes", "size", *getattr(self.build, "keywords", ())}
        return tuple(name for name in inspect.signature(self.build).parameters if name not in fixed)


ARCHITECTURES: dict[str, Architecture] = {
    "convnet": Architecture(ConvNet, suits="images of 8 to 32 pixels"),
    "lenet": Architecture(LeNet, least=12, suits="images of 28 or 32 pixels"),
    "resnet18": Architecture(
        ResNet18, suits="images of 28 pixels and more (stem 'small' or 'imagenet')"
    ),
    "resnet20": Architecture(
        partial(CifarResNet, depth=20), IMAGENET, least=4, suits="images of 32 pixels"
    ),
    "resnet56": Architecture(
        partial(CifarResNet, depth=56), IMAGENET, least=4, suits="images of 32 pixels"
    ),
    "vgg16_bn": Architecture(VGG16, least=32, suits="images of 64 pixels"),
    "squeezenet1_1": Architecture(SqueezeNet, IMAGENET, least=17, suits="images of 224 pixels"),
    "mobilenet_v2": Architecture(MobileNetV2, SIGNED, suits="images of 224 pixels"),
}


def architecture(
    name: str,
    in_channels: int,
    classes: int,
    size: tuple[int, int] | None = None,
    /,
    **arguments: Any,
) -> nn.Module:
    """Return a network with random weights, drawn from torch's own generator.

    Parameters
    ----------
    name
        A key of ``ARCHITECTURES``.
    in_channels
        Channels of the images.
    classes
        Number of outputs.
    size
        Height and width of the images; None where the architecture's usual ones are meant.
    arguments
        What else the architecture takes, such as its width; None stands for its default.

    Raises
    ------
    ValueError
        If the name or an argument is unknown, an argument of another type, a whole number below
        one, or the images are too small.
    """
    known = _known(name)
    given = {key: value for key, value in arguments.items() if value is not None}
    if unknown := sorted(set(given) - set(known.arguments)):
        raise ValueError(
            f"architecture {name} takes {', '.join(known.arguments) or 'no arguments'}, "
            f"got {', '.join(unknown)}"
        )
    for key, value in {"in_channels": in_channels, "classes": classes, **given}.items():
        kind = type(inspect.signature(known.build).parameters[key].default)
        if kind is float and type(value) is int:
            given[key] = value = float(value)
        if kind in (int, float, str) and type(value) is not kind:
            raise ValueError(
                f"architecture {name}: {key} must be of type {kind.__name__}, got {value!r}"
            )
        if isinstance(value, int) and value < 1:
            raise ValueError(f"{key} must be at least 1, got {value}")
    if size is not None:
        if min(size) < known.least:
            raise ValueError(
                f"architecture {name} reads images of at least {known.least} x {known.least} "
                f"pixels, got {size[0]} x {size[1]}: choose another architecture or data.size"
            )
        if "size" in inspect.signature(known.build).parameters:
            given["size"] = size
    return known.build(in_channels, classes, **given)


def preprocessing_of(name: str, channels: int) -> Preprocessing:
    """Return what an architecture expects of images with that many channels.

    Means and deviations for colours do not apply to grey images: these go in as 0..1.

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    wanted = _known(name).preprocessing
    return wanted if len(wanted.mean) in (1, channels) else UNCHANGED


def _known(name: str) -> Architecture:
    if name not in ARCHITECTURES:
        raise ValueError(
            f"teacher.architecture must be one of {', '.join(sorted(ARCHITECTURES))}, got {name!r}"
        )
    return ARCHITECTURES[name]
