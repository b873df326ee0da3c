"""Whether readers may write into the store: flags and named selections."""

import os

WHY_NOT = "This dashboard is read-only: start it with serve --edit to write"


def editable() -> bool:
    """Return whether this server was started for writing, as `serve --edit` does."""
    return os.environ.get("DARKROOM_EDIT", "0") == "1"
