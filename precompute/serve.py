"""``serve``: starts the dashboard on a study, on a pack, or on a pack that an address sends."""

import os
import sys
from pathlib import Path

from core.store import studies
from core.store.files import remove
from precompute.pack_file import PackError, check_seal
from precompute.settings import StudyError

APP = Path(__file__).resolve().parent.parent / "app.py"


def serve(
    study: str,
    root: Path,
    *,
    data_root: Path | None = None,
    port: int = 8501,
    edit: bool = False,
) -> None:
    """Replace this process by the dashboard, opened on the study.

    Parameters
    ----------
    study
        The name of a study in the store.
    root
        The store.
    data_root
        Where files lie that a live model is made of: weights, exported programs.
    port
        The TCP port on which it listens.
    edit
        Whether readers may write into the store: flags and named selections.

    Raises
    ------
    StudyError
        If the store has no run of the study.
    """
    if study not in studies(root):
        raise StudyError(
            f"study {study} is not in the store {root}: "
            f"build it first with python -m precompute build {study}"
        )
    os.environ["DARKROOM_STORE"] = str(root.resolve())
    os.environ["DARKROOM_STUDY"] = study
    if data_root is not None:
        os.environ["DARKROOM_DATA"] = str(data_root.resolve())
    os.environ["DARKROOM_EDIT"] = "1" if edit else "0"
    print(f"Darkroom shows {study} at http://localhost:{port} (Ctrl-C ends it)", flush=True)
    arguments = ["--server.port", str(port), "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), *arguments]
    os.execv(sys.executable, command)


def is_pack(target: str) -> bool:
    """Whether the word means a pack, as a file or an address, and not a study in the store."""
    return "://" in target or target.endswith(".zip")


def opened_pack(target: str, *, quiet: bool = False) -> tuple[str, Path]:
    """The name of a pack's study and the store below the cache folder that holds it alone.

    A pack is fetched and unpacked once; afterwards it is only compared.

    Parameters
    ----------
    target
        A file's path or an address, as `precompute.fetch` allows.
    quiet
        Whether nothing is said of a download's progress.

    Raises
    ------
    PackError, DownloadError
        As `unpack` and `fetched` do.
    """
    from precompute.fetch import fetched, is_address, plain, told
    from precompute.unpack import DamagedStudy, unpack

    folder = cache_folder() / "packs"
    if is_address(target):
        path = fetched(target, folder / "fetched", progress=None if quiet else told())
        source = plain(target)
    else:
        path, source = Path(target), Path(target).name
        if not path.is_file():
            raise PackError(f"there is no file {target}: expected a pack, a study or an address")
    try:
        digest = check_seal(path)
        root = folder / digest[:16]
        try:
            study, _ = unpack(path, root, source=source)
        except DamagedStudy:  # a cache may be thrown away
            remove(root)
            study, _ = unpack(path, root, source=source)
    except PackError:
        if is_address(target):
            path.unlink(missing_ok=True)  # it would be refused for ever
        raise
    return study, root


def cache_folder() -> Path:
    """Where packs are kept: $DARKROOM_CACHE, else ~/.cache/darkroom ($XDG_CACHE_HOME)."""
    given = os.environ.get("DARKROOM_CACHE")
    if given:
        return Path(given).absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "darkroom"
