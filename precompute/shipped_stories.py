"""The stories that come with Darkroom: one TOML file each in studies/stories."""

from functools import cache
from pathlib import Path

from core.store.stories import Story
from core.store.story_shelf import stories_in

FOLDER = Path(__file__).parent / "studies" / "stories"


@cache
def shipped_stories() -> dict[str, Story]:
    """Return every story that comes with Darkroom, by the name of its file.

    Raises
    ------
    ValueError
        If a file there is no story.
    """
    found, complaints = stories_in(FOLDER)
    if complaints:
        raise ValueError(complaints[0])
    return found
