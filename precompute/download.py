"""``download``: fetches the public originals of a data set, with a bar for each file."""

import sys
from contextlib import ExitStack
from pathlib import Path

from tqdm import tqdm

from core.datasets.downloads import download as fetch


def download(name: str, data_root: Path | None, *, quiet: bool = False) -> list[Path]:
    """Return the files of a data set, fetched below the data root where they were missing.

    Parameters
    ----------
    name
        One of ``core.datasets.originals.ORIGINALS``.
    data_root
        The folder of all data sets; None is the one that ``DARKROOM_DATA`` names.
    quiet
        Whether the bars are left out.

    Raises
    ------
    ValueError, DownloadError
        As ``core.datasets.downloads.download`` does.
    """
    with ExitStack() as shown:
        bars: dict[str, tqdm] = {}

        def advance(have: int, size: int, file: str) -> None:
            if file not in bars:
                bars[file] = shown.enter_context(_bar(file, have, size, quiet))
            bars[file].update(have - bars[file].n)

        return fetch(name, data_root, progress=advance)


def _bar(file: str, have: int, size: int, quiet: bool) -> tqdm:
    """A bar that counts what an earlier attempt left as done, but not as fast."""
    return tqdm(
        desc=file,
        total=size,
        initial=have,
        unit="B",
        unit_scale=True,
        disable=quiet,
        mininterval=0.2 if sys.stderr.isatty() else 10,
    )
