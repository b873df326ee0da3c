"""Blocks of a long stage: each is kept as soon as it is computed, so that a killed build resumes.

They lie beside the artifact that is being made, in a folder named after its key, and go when it is
finished; what a study that was given up leaves behind goes with ``clean``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from core.store.files import remove, temporary_name

Arrays = Mapping[str, np.ndarray]


class Blocks:
    """The blocks of one artifact.

    Parameters
    ----------
    artifact
        Where the artifact will lie: ROOT/STUDY/STAGE/KEY.
    """

    def __init__(self, artifact: Path) -> None:
        self.folder = artifact.with_name(f"{artifact.name}-blocks")

    def kept(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """The arrays of a block: as an earlier run kept them, else made now and kept."""
        path = self.folder / f"{name}.npz"
        if path.exists():
            with np.load(path, allow_pickle=False) as held:
                return {key: held[key] for key in held.files}
        made = make()
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = temporary_name(path)
        with aside.open("wb") as file:
            np.savez(file, **made)  # pyright: ignore[reportArgumentType]  # names are ours
        aside.replace(path)
        return made

    def remove(self) -> None:
        """Forget all blocks: the artifact is finished."""
        if self.folder.exists():
            remove(self.folder)
