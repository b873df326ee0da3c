"""Write files larger than this process may write (RLIMIT_FSIZE); print what came of each try."""

import json
import resource
import sys
from pathlib import Path

import numpy as np

from core.store import Run, StoreError, publish
from core.store.notes import Notes
from tests.core.store import tiny

LIMIT = 8192


def tries(root: Path):
    noise = np.random.default_rng(0).random((10_000, 2)).astype(np.float32)
    ids = np.arange(10_000)
    table = tiny.prediction(1.0, 10_000) | {"entropy": noise[:, 0], "sample_id": ids}
    for kind, data in (("table", ("prediction", table)), ("array", ("logits", noise))):
        yield kind, lambda kind=kind, data=data: write(root, kind, *data)
    yield "weights", lambda: write(root, "weights", "net", {"a": noise})
    settings = {str(number): number for number in range(1000)}
    run = Run(study="tiny", settings=settings, stages={}, finished="")
    yield "run", lambda: publish(root, "tiny", run)
    yield "notes", lambda: Notes(root / "tiny/notes", None).save_selection("s", range(5000))


def write(root: Path, kind: str, name: str, data: object) -> None:
    with tiny.writer(root, "predictions", "k") as artifact:
        artifact.table("classes", tiny.classes("fits"))
        getattr(artifact, kind)(name, data)


def main(root: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))
    came = {}
    for what, attempt in tries(root):
        try:
            attempt()
        except (OSError, StoreError) as error:
            came[what] = f"{type(error).__name__}: {error}"
    print(json.dumps(came))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
