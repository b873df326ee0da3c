"""The stories that people keep with a study: TOML files in STUDY/notes/stories.

They outlive every build, like flags and selections. A file that is no story is told, not hidden.
"""

from pathlib import Path

from core.store.errors import StoreError
from core.store.files import replace_file
from core.store.names import checked_name, study_folder
from core.store.stories import Story, StoryError, read_story, written_story

MOST_STORIES = 200


def shelf(root: str | Path | None, study: str) -> Path:
    """Return the folder of a study's stories, whether or not it exists."""
    return study_folder(root, study) / "notes" / "stories"


def stories_in(folder: Path) -> tuple[dict[str, Story], list[str]]:
    """Return the stories in a folder by name, and one line for each file that is none."""
    found, complaints = {}, []
    paths = sorted(folder.glob("*.toml"))[:MOST_STORIES] if folder.is_dir() else []
    for path in paths:
        try:
            found[checked_name("story", path.stem)] = read_story(path)
        except StoreError as error:
            complaints.append(str(error))
    return found, complaints


def save_story(root: str | Path | None, name: str, story: Story) -> Path:
    """Keep a story with its study under a name; an old one of that name is replaced.

    Raises
    ------
    StoryError
        If there are too many, or the file cannot be written.
    StoreError
        If the name is no name of a file.
    """
    folder = shelf(root, story.study)
    path = folder / f"{checked_name('story', name)}.toml"
    if not path.exists() and folder.is_dir() and len(list(folder.glob("*.toml"))) >= MOST_STORIES:
        raise StoryError(f"at most {MOST_STORIES} stories can be kept; delete some first")
    try:
        replace_file(path, written_story(story).encode())
    except OSError as error:
        raise StoryError(f"the story cannot be written to {folder}: {error.strerror}") from None
    return path


def delete_story(root: str | Path | None, study: str, name: str) -> None:
    """Forget a story; nothing happens if there is none of that name."""
    try:
        (shelf(root, study) / f"{checked_name('story', name)}.toml").unlink(missing_ok=True)
    except OSError as error:
        raise StoryError(f"the story {name} cannot be deleted: {error.strerror}") from None
