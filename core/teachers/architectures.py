"""Every architecture that a study may name."""

from torch import nn

from core.teachers.convnet import ConvNet

ARCHITECTURES: dict[str, type[nn.Module]] = {"convnet": ConvNet}


def architecture(name: str, in_channels: int, classes: int, **arguments: int) -> nn.Module:
    """Return a network with random weights, drawn from torch's own generator.

    Parameters
    ----------
    name
        A key of ``ARCHITECTURES``.
    in_channels
        Channels of the images.
    classes
        Number of outputs.
    arguments
        What else the architecture takes, such as its width.

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    if name not in ARCHITECTURES:
        raise ValueError(
            f"teacher.architecture must be one of {', '.join(sorted(ARCHITECTURES))}, got {name!r}"
        )
    return ARCHITECTURES[name](in_channels, classes, **arguments)
