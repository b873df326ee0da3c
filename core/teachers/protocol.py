"""What a teacher can do, and what a lens may ask of it.

Every teacher predicts; whatever else a lens needs is a capability that it may lack: a forest has
no gradients, a table of predictions no layers. This module imports no torch.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from core.axes import Images, Logits


class Capability(StrEnum):
    """What a lens may need."""

    PROBABILITIES = "probabilities"  # every teacher
    NEW_IMAGES = "new images"  # judges any image; a table of predictions knows only its own
    GRADIENTS = "gradients"  # of an output with respect to the image
    REPRESENTATION = "representation"  # what enters the last linear layer
    HEAD = "head"  # that layer, as a function from representations to logits
    LAYERS = "layers"  # feature maps of named layers
    CHECKPOINTS = "checkpoints"  # the teacher at several moments of its training


@dataclass(frozen=True)
class Predictions:
    """What a teacher says about images, and what it based that on where it can tell."""

    logits: Logits
    representation: Float[np.ndarray, "sample representation"] | None


@runtime_checkable
class Teacher(Protocol):
    """The classifier under study, whatever it is made of."""

    @property
    def num_classes(self) -> int:
        """Number of outputs."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this teacher can do."""
        ...

    def predict(self, images: Images) -> Predictions:
        """Return logits, and representations where the teacher has them, float32.

        A teacher that knows only probabilities gives their logarithms: softmax returns them.
        """
        ...


def missing(can: Iterable[Capability], needs: Iterable[Capability]) -> tuple[Capability, ...]:
    """Return which of the needed capabilities are lacking, in the order of the list above."""
    lacking = set(needs) - set(can)
    return tuple(capability for capability in Capability if capability in lacking)
