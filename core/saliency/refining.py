"""Methods that take long show a coarse map first and better ones after it.

A method of this kind has, beside ``maps``, ``refined``: a generator of one picture's map after each
part of the work, the last of which is the map that ``maps`` gives. Whoever stops it keeps what came
last. Nothing of torch's state (gradients off, hooks on the teacher's own layers) stays changed
between two parts, so that somebody else may use the teacher meanwhile.
"""

from collections.abc import Iterator
from typing import NamedTuple, Protocol, runtime_checkable

from core.saliency.method import Examined, Map, Picture


class Partial(NamedTuple):
    """A picture's map after ``done`` of ``of`` parts of the work, as ``unit`` counts them."""

    map: Map
    done: int
    of: int
    unit: str


@runtime_checkable
class Refinable(Protocol):
    """A method that can be watched."""

    def refined(
        self,
        teacher: Examined,
        picture: Picture,
        target: int,
        *,
        seed: int = 0,
        batch_size: int = 256,
    ) -> Iterator[Partial]:
        """Yield the map after each part; arguments and errors as for ``Method.maps``."""
        ...
