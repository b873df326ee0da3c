"""``serve``: starts the dashboard on a study."""

import os
import sys
from pathlib import Path

from core.store import studies
from precompute.settings import StudyError

APP = Path(__file__).resolve().parent.parent / "app.py"


def serve(study: str, root: Path, *, port: int = 8501, edit: bool = False) -> None:
    """Replace this process by the dashboard, opened on the study.

    Parameters
    ----------
    study
        The name of a study in the store.
    root
        The store.
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
    os.environ["DARKROOM_EDIT"] = "1" if edit else "0"
    print(f"Darkroom shows {study} at http://localhost:{port} (Ctrl-C ends it)", flush=True)
    arguments = ["--server.port", str(port), "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), *arguments]
    os.execv(sys.executable, command)
