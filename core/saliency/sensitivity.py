"""Maximum sensitivity: how much a map changes where the picture hardly does.

Source: Yeh et al., "On the (In)fidelity and Sensitivity of Explanations" (2019), definition 3, with
the maximum over a few uniform draws, and relative to the map's own norm as in captum. Our
``radius`` is their r. A method that draws at random by the picture's content draws anew for every
perturbed picture, and its noise counts.
"""

import numpy as np
from jaxtyping import Float

from core.saliency.method import (
    Examined,
    Maps,
    Method,
    Pictures,
    Progress,
    Targets,
    explain,
    generator_for,
)


def max_sensitivity(
    method: Method,
    teacher: Examined,
    pictures: Pictures,
    targets: Targets,
    maps: Maps,
    *,
    draws: int = 10,
    radius: float = 0.02,
    seed: int = 0,
    batch_size: int = 512,
    progress: Progress | None = None,
) -> Float[np.ndarray, " sample"]:
    """Return each picture's largest relative change of its map, 0 or more; lower is better.

    NaN where the map is zero everywhere: there is nothing to compare with.

    Parameters
    ----------
    method
        The method that drew the maps.
    teacher, pictures, targets
        What it explained; perturbed pictures are explained for the same classes.
    maps
        Its maps, drawn with the same seed.
    draws
        Perturbed copies of each picture, at least 1.
    radius
        Largest change of a value, as a share of the range of 0..1; positive.
    seed
        Seed of the perturbations (together with the picture's content) and of the method.
    batch_size
        Pictures the teacher reads at once.
    progress
        Called with draws done, draws in all and "sensitivity".

    Raises
    ------
    ValueError
        If draws or radius are out of range, or the method refuses teacher or pictures.
    """
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    if not radius > 0:
        raise ValueError(f"radius must be positive, got {radius}")
    sources = [generator_for(seed, picture) for picture in pictures]
    norms = np.linalg.norm(maps, axis=(1, 2))
    largest = np.zeros(len(pictures))
    for done in range(draws):
        moved = [
            picture + source.uniform(-radius, radius, picture.shape).astype(np.float32)
            for picture, source in zip(pictures, sources, strict=True)
        ]
        found = explain(
            method, teacher, np.stack(moved), targets, seed=seed, batch_size=batch_size
        ).maps
        largest = np.maximum(largest, np.linalg.norm(found - maps, axis=(1, 2)))
        if progress is not None:
            progress(done + 1, draws, "sensitivity")
    return np.divide(largest, norms, out=np.full(len(pictures), np.nan), where=norms > 0)
