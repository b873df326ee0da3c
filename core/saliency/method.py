"""One signature for every saliency method, what a method needs, and what it cost.

A method is a frozen dataclass: its fields are its settings, ``name`` and ``needs`` stand on its
class, and ``maps`` takes teacher, pictures and target classes and returns one signed map each:
positive where a pixel speaks for the target class. ``explain`` is the door: it checks what goes in
and what comes out, and counts the cost. Pictures are float32 in 0..1, channels first. No torch
here.
"""

import dataclasses
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from core.teachers.protocol import Capability, missing

Pictures = Float[np.ndarray, "sample channel height width"]
Picture = Float[np.ndarray, "channel height width"]
Targets = Int[np.ndarray, " sample"]
Map = Float[np.ndarray, "height width"]
Maps = Float[np.ndarray, "sample height width"]
Logits = Float[np.ndarray, "sample class"]
Progress = Callable[[int, int, str], None]


@dataclasses.dataclass
class Examined:
    """A teacher as saliency methods see it; counts how often it is asked.

    Parameters
    ----------
    predict
        From pictures to logits (logarithms of probabilities where a teacher knows only those).
    module
        The torch module behind ``predict`` (pictures in, logits out, in evaluation mode), or None:
        without it the methods that need gradients or layers are refused.
    layer
        Name of the convolution at which class activation maps are taken; None: the last one.
    """

    predict: Callable[[Pictures], Logits]
    module: Any = None
    layer: str | None = None
    evaluations: int = 0

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Probabilities, and gradients and layers where there is a module."""
        if self.module is None:
            return frozenset({Capability.PROBABILITIES})
        return frozenset({Capability.PROBABILITIES, Capability.GRADIENTS, Capability.LAYERS})

    def logits(self, pictures: Pictures, *, batch_size: int = 512) -> Logits:
        """Return the teacher's logits, in batches; errors if one is NaN."""
        parts = [
            np.asarray(self.predict(pictures[start : start + batch_size]), np.float32)
            for start in range(0, len(pictures), batch_size)
        ]
        self.evaluations += len(pictures)
        logits = np.concatenate(parts)
        if np.isnan(logits).any():
            raise ValueError(
                f"the teacher's logits must not be NaN, got NaN for "
                f"{int(np.isnan(logits).any(axis=1).sum())} of {len(logits)} pictures"
            )
        return logits

    def probabilities(
        self, pictures: Pictures, targets: Targets, *, batch_size: int = 512
    ) -> Float[np.ndarray, " sample"]:
        """Return the probability of each picture's target class, 0..1, float32."""
        return target_probability(self.logits(pictures, batch_size=batch_size), targets)


@runtime_checkable
class Method(Protocol):
    """A saliency method; a frozen dataclass whose fields are its settings."""

    name: ClassVar[str]
    needs: ClassVar[frozenset[Capability]]

    def maps(
        self,
        teacher: Examined,
        pictures: Pictures,
        targets: Targets,
        *,
        seed: int = 0,
        batch_size: int = 512,
        progress: Progress | None = None,
    ) -> Maps:
        """Return one signed map per picture, positive where a pixel speaks for the target."""
        ...


@dataclasses.dataclass(frozen=True)
class Explained:
    """Maps, and what one picture's map cost: forward and backward passes of it, and seconds."""

    maps: Maps
    evaluations: float
    seconds: float


def explain(
    method: Method,
    teacher: Examined,
    pictures: Pictures,
    targets: Targets,
    *,
    seed: int = 0,
    batch_size: int = 512,
    progress: Progress | None = None,
) -> Explained:
    """Return a method's maps and their cost.

    Parameters
    ----------
    method
        The method with its settings.
    teacher
        The teacher; must have what the method needs.
    pictures
        At least one, finite.
    targets
        Class to explain for each picture.
    seed
        Seed of whatever the method draws; together with a picture's content it decides its map.
    batch_size
        Pictures the teacher reads at once, at least 1; does not change the maps beyond rounding.
    progress
        Called with pictures done, pictures in all and the method's name.

    Raises
    ------
    ValueError
        If the teacher lacks what the method needs, if pictures or targets do not fit, or if a map
        comes out with NaN or in a wrong shape.
    """
    lacking = missing(teacher.capabilities, method.needs)
    if lacking:
        raise ValueError(
            f"{method.name} needs a teacher with {' and '.join(lacking)}: choose occlusion or rise"
        )
    if len(pictures) == 0 or len(pictures) != len(targets):
        raise ValueError(
            f"{method.name} needs pictures, at least one, and as many targets, got "
            f"{len(pictures)} and {len(targets)}"
        )
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if not np.isfinite(pictures).all():
        raise ValueError("pictures must be finite, got NaN or infinity")
    asked, began = teacher.evaluations, time.perf_counter()
    maps = method.maps(
        teacher, pictures, targets, seed=seed, batch_size=batch_size, progress=progress
    )
    seconds = time.perf_counter() - began
    checked_maps(maps, pictures)
    n = len(pictures)
    return Explained(maps, (teacher.evaluations - asked) / n, seconds / n)


def checked_maps(maps: np.ndarray, pictures: Pictures) -> None:
    """Raise ValueError unless there is one finite map of each picture's height and width."""
    expected = (len(pictures), *pictures.shape[2:])
    if maps.shape != expected:
        raise ValueError(f"maps must have shape {expected} (one per picture), got {maps.shape}")
    wrong = ~np.isfinite(maps).all(axis=(1, 2))
    if wrong.any():
        raise ValueError(
            f"maps must be finite, got NaN or infinity in {int(wrong.sum())} of {len(maps)}, "
            f"first in map {int(wrong.argmax())}"
        )


def target_probability(logits: Logits, targets: Targets) -> Float[np.ndarray, " sample"]:
    """Return softmax's probability of each row's target class, float32."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    weights = np.exp(shifted)
    chosen = weights[np.arange(len(targets)), targets]
    return (chosen / weights.sum(axis=1)).astype(np.float32)


def settings_of(method: Method) -> dict[str, Any]:
    """Return the method's settings by name, as they enter a manifest.

    Fields that hold arrays or networks are declared with ``repr=False`` and left out.
    """
    fields = dataclasses.fields(method)  # pyright: ignore[reportArgumentType]  # one by contract
    values = {field.name: getattr(method, field.name) for field in fields if field.repr}
    return {
        name: dataclasses.asdict(value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type)
        else value
        for name, value in values.items()
    }


def generator_for(seed: int, picture: Picture) -> np.random.Generator:
    """Return a generator that depends on the seed and the picture alone, not on its neighbours.

    So a picture's map is the same whichever others share its batch or its block.
    """
    return np.random.default_rng([seed, zlib.crc32(np.ascontiguousarray(picture).tobytes())])


def batches(count: int, batch_size: int) -> Iterator[slice]:
    """Yield slices of at most batch_size that cover ``count`` rows."""
    for start in range(0, count, batch_size):
        yield slice(start, min(start + batch_size, count))
