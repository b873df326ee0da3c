"""A user's checkpoints over time: files whose names tell the epoch."""

import re
from contextlib import suppress
from pathlib import Path

EPOCH = r"(?P<epoch>\d+(?:\.\d+)?)(?=\D*$)"  # the last number of the name


def checkpoint_files(
    pattern: str, epoch: str = EPOCH, *, base: Path | None = None
) -> dict[float, Path]:
    """Return the files of weights by epoch, in the order of training.

    Parameters
    ----------
    pattern
        A glob such as ``runs/net_*.safetensors``; ``**`` goes through folders.
    epoch
        Regular expression that is searched in a file's name without its ending; its group
        ``epoch`` is a number. The last number of the name if not given.
    base
        Folder at which a relative pattern starts; the working folder if not given.

    Raises
    ------
    ValueError
        If no file matches, a name tells no epoch, two tell the same, or the expression is wrong.
    """
    try:
        expression = re.compile(epoch)
    except re.error as error:
        raise ValueError(
            f"teacher.epoch_pattern {epoch!r} must be a regular expression: {error}"
        ) from None
    if "epoch" not in expression.groupindex:
        raise ValueError(
            f"teacher.epoch_pattern must have a group named epoch, such as '(?P<epoch>[0-9]+)', "
            f"got {epoch!r}"
        )
    root = Path(pattern).anchor
    start = Path(root) if root else (base or Path())
    files = sorted(path for path in start.glob(pattern.removeprefix(root)) if path.is_file())
    if not files:
        raise ValueError(f"teacher.checkpoints {pattern!r} matches no file in {start.absolute()}")
    found: dict[float, Path] = {}
    for path in files:
        moment = _epoch(expression, path)
        if moment in found:
            raise ValueError(
                f"checkpoints {found[moment].name} and {path.name} both tell epoch {moment:g}: "
                f"correct teacher.epoch_pattern, now {epoch!r}"
            )
        found[moment] = path
    return dict(sorted(found.items()))


def _epoch(expression: re.Pattern[str], path: Path) -> float:
    match = expression.search(path.stem)
    # a group may take no part in a match, or hold text that is no number
    with suppress(TypeError, ValueError):
        if match:
            return float(match["epoch"])
    raise ValueError(
        f"checkpoint {path.name} tells no epoch by {expression.pattern!r}: correct "
        f"teacher.epoch_pattern"
    )
