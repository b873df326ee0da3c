"""Stories: walks through a study, one saved view a step, each with a headline and a few sentences.

    title = "Ten digits"
    study = "digits"

    [[step]]
    page = "overview"                    # the last word of the page's address
    headline = "Six of 500 are misread"
    text = "Markdown, no HTML; {teacher/accuracy/teacher/test} is a figure of the study's store."
    [step.view]                          # the words of the page's address
    rule = "preset~misclassified"

A story may come from somebody else: it is data, and whoever shows it escapes its texts.
"""

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.store.errors import StoreError, shown
from core.store.names import checked_name

MOST_BYTES = 1_000_000
MOST_STEPS = 100
MOST_WORDS = 60
TITLE, HEADLINE, TEXT, VALUE = 120, 200, 4000, 4000
"""How many characters each may have."""

_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")  # everything that is no text, a line break aside
_OWN = {"study", "story", "step"}  # words of the address that a story itself fills


class StoryError(StoreError):
    """A story is not what it should be; one line names the step and what was expected."""


@dataclass(frozen=True)
class Step:
    """A saved view, given by page and words of its address, with what is said about it."""

    page: str
    headline: str
    text: str = ""
    view: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """A walk through a study."""

    title: str
    study: str
    steps: tuple[Step, ...]


def read_story(path: Path, pages: Collection[str] | None = None) -> Story:
    """Return the story in a TOML file; a StoryError says in one line why it is none."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise StoryError(f"{path} must have at most {MOST_BYTES:,} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise StoryError(f"story {path} cannot be read: {error.strerror}") from None
    return parsed_story(content, str(path), pages)


def parsed_story(content: bytes, where: str, pages: Collection[str] | None = None) -> Story:
    """Return the story that a TOML file holds.

    Parameters
    ----------
    where
        What messages call the file.
    pages
        The pages that a step may be of; None takes any.

    Raises
    ------
    StoryError
        If it is no such file; the message names the step and what was expected.
    """
    try:
        held = tomllib.loads(content[: MOST_BYTES + 1].decode())
    except UnicodeDecodeError:
        raise StoryError(f"{where} must be a TOML file in UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise StoryError(f"{where} must be a TOML file: {shown(str(error), 120)}") from None
    if len(content) > MOST_BYTES:
        raise StoryError(f"{where} must have at most {MOST_BYTES:,} bytes")
    _known(held, {"title", "study", "step"}, where)
    steps = held.get("step")
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        raise StoryError(f"{where} must have 1 to {MOST_STEPS} steps, each below [[step]]")
    title = _text(held, "title", TITLE, where, least=1)
    study = _study(held.get("study"), where)
    return Story(
        title,
        study,
        tuple(_step(s, f"step {n} of {where}", study, pages) for n, s in enumerate(steps, 1)),
    )


def written_story(story: Story) -> str:
    """Return the story as a TOML file; `parsed_story` gives it back."""
    lines = [f"title = {_quoted(story.title)}", f"study = {_quoted(story.study)}"]
    for step in story.steps:
        lines += ["", "[[step]]", f"page = {_quoted(step.page)}"]
        lines += [f"headline = {_quoted(step.headline)}", f"text = {_long(step.text)}"]
        lines += ["[step.view]", *(f"{k} = {_quoted(v)}" for k, v in sorted(step.view.items()))]
    return "\n".join(lines) + "\n"


def story_name(title: str) -> str:
    """Return a name for the file of a story of this title: small letters, digits and `_`."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:60] or "story"


def _step(step: Any, where: str, study: str, pages: Collection[str] | None) -> Step:
    if not isinstance(step, dict):
        raise StoryError(f"{where} must stand below [[step]], got {shown(step)}")
    _known(step, {"page", "headline", "text", "view"}, where)
    page = step.get("page")
    if not isinstance(page, str) or not _WORD.fullmatch(page) or page not in (pages or [page]):
        among = f"one of {', '.join(sorted(pages))}" if pages else "a page's name"
        raise StoryError(f"{where}: page must be {among}, got {shown(page)}")
    view = step.get("view", {})
    if not isinstance(view, dict) or len(view) > MOST_WORDS:
        raise StoryError(f"{where}: view must be a table of at most {MOST_WORDS} words")
    return Step(
        page,
        _text(step, "headline", HEADLINE, where, least=1),
        _text(step, "text", TEXT, where),
        dict(_word(word, value, where, study) for word, value in view.items() if word != "study"),
    )


def _word(word: str, value: Any, where: str, study: str) -> tuple[str, str]:
    if not _WORD.fullmatch(word) or word in _OWN:
        raise StoryError(f"{where}: view has no word {shown(word)}")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise StoryError(f"{where}: {word} must be a text or a number, got {shown(value)}")
    text = str(value)
    if not 1 <= len(text) <= VALUE or _UNSEEN.search(text):
        raise StoryError(f"{where}: {word} must have 1 to {VALUE} characters, got {shown(text)}")
    return word, text


def _known(table: dict[str, Any], known: set[str], where: str) -> None:
    if strange := sorted(set(table) - known):
        raise StoryError(f"{where} has no {shown(strange[0])}: it has {', '.join(sorted(known))}")


def _text(table: dict[str, Any], key: str, limit: int, where: str, least: int = 0) -> str:
    text = table.get(key, "" if least == 0 else None)
    if not isinstance(text, str) or not least <= len(text.strip()) <= len(text) <= limit:
        raise StoryError(f"{where}: {key} must have {least} to {limit} characters, {_got(text)}")
    if _UNSEEN.search(text):
        raise StoryError(f"{where}: {key} must hold no control characters, {_got(text)}")
    return text.strip()


def _study(name: Any, where: str) -> str:
    try:
        return checked_name("study", name)
    except StoreError as error:
        raise StoryError(f"{where}: {error}") from None


def _got(value: Any) -> str:
    return "none came" if value is None else f"got {shown(value)}"


def _quoted(text: str) -> str:
    """Return a TOML string; JSON's form is one, but for what JSON leaves unescaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _long(text: str) -> str:
    """Return a text of several lines so that people can edit it."""
    if "\n" not in text:
        return _quoted(text)
    return '"""\n' + "\n".join(_quoted(line)[1:-1] for line in text.split("\n")) + '"""'
