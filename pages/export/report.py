"""``export``: a study as one offline HTML file, its story first where one is given."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path

import pandas as pd
from streamlit import config
from streamlit.logger import set_log_level

from core.store import Store
from core.store.errors import StoreError
from core.store.files import replace_file
from core.store.stories import Story, StoryError, read_story
from core.store.story_shelf import shelf, stories_in
from pages.export.document import document
from pages.export.photograph import Album, PageFailed, photograph
from pages.export.tables import table
from pages.parts.literal import plain
from pages.parts.story.known import PAGES
from pages.parts.story.prose import inline, prose
from pages.parts.story.words import query, told
from precompute.shipped_stories import shipped_stories

FOLDER = Path(__file__).resolve().parents[1]
LENSES = (
    ("overview", "dataset"),
    ("darksight", "darksight"),
    ("dvi", "dvi_landscape"),
    ("summit", "summit_graphs"),
    ("deepvid", "deepvid"),
    ("saliency", "saliency_arena"),
    ("trust", "predictions"),
)
"""The pages of the report, each where the study has the stage."""

HIDDEN_INDEX = '{"_index": {"hidden": true}}'  # as Streamlit says it
_SECTION = re.compile(r'<section [^>]*id="(?P<id>\w+)">.*?<h2>(?P<words>.*?)</h2>', re.DOTALL)
STILL = (
    "A copy of the dashboard's pages. Maps and graphs can be panned, zoomed, hovered and played; "
    "picking and selecting need the dashboard itself."
)


def chosen_story(wish: str, study: str, root: Path) -> Story:
    """Return the story that `--story` names: a TOML file, else one of the study's by its name.

    Raises
    ------
    StoryError
        If it is neither, or the file holds no story.
    """
    if Path(wish).suffix == ".toml" or Path(wish).exists():
        return read_story(Path(wish), PAGES)
    kept, _ = stories_in(shelf(root, study))
    known = {n: s for n, s in {**shipped_stories(), **kept}.items() if s.study == study}
    if wish not in known:
        among = ", ".join(known) or "none"
        raise StoryError(f"--story must be a TOML file or a story of {study} ({among}), got {wish}")
    return known[wish]


def export(study: str, root: Path, out: Path, story: Story | None = None) -> int:
    """Write the file in one step; returns its size in bytes.

    Raises
    ------
    StoreError
        If the study is not in the store, or there is no folder for the file.
    StoryError
        If the story is another study's, or a step's page is not there or cannot be drawn.
    """
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise StoreError(f"OUT.html must be a file in a folder that is there, got {out}")
    store = Store(study, root)
    if story is not None and story.study != study:
        raise StoryError(f"the story is one of {story.study}, not of {study}")
    with _pages_see(study, root):
        content = _written(store, story).encode()
    replace_file(out.absolute(), content)
    return len(content)


@contextmanager
def _pages_see(study: str, root: Path) -> Iterator[None]:
    """Let the pages find the study, as the server's environment does, and Streamlit be quiet."""
    before = dict(os.environ)
    config.get_config_options()  # reading them sets the level that stands in them
    set_log_level("ERROR")  # it warns of every read that there is no browser
    os.environ.pop("DARKROOM_ROUTE", None)  # pictures have no address in a file
    os.environ |= {
        "DARKROOM_STORE": str(root.resolve()),
        "DARKROOM_STUDY": study,
        "DARKROOM_EDIT": "0",
    }
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _written(store: Store, story: Story | None) -> str:
    title = plain(store.settings.get("title") or store.study)
    album = Album()
    head = f"<header><h1>{escape(story.title if story else title)}</h1>"
    head += f'<p class="caption">{escape(title)} · {escape(STILL)}</p></header>'
    sections = [*_steps(store, story, album), *_report(store, album)]
    sections += [_figures(store), _provenance(store)]
    body = head + _contents(sections) + "".join(sections)
    return document(story.title if story else title, body, album)


def _contents(sections: Sequence[str]) -> str:
    """Return links to the sections, by the headings they begin with."""
    found = [_SECTION.match(section) for section in sections]
    links = [f'<a href="#{each["id"]}">{each["words"]}</a>' for each in found if each]
    return f"<nav>{''.join(links)}</nav>"


def _steps(store: Store, story: Story | None, album: Album) -> Iterator[str]:
    steps: Sequence = () if story is None else story.steps
    for number, step in enumerate(steps, 1):
        words, missing = query(store, step)
        if not (FOLDER / f"{step.page}.py").is_file() or step.page not in PAGES:
            raise StoryError(f"step {number}: there is no page {step.page}")
        try:
            view = photograph(album, step.page, words, f"s{number}", folded=False)
        except PageFailed as error:
            raise StoryError(f"step {number}: {error}") from None
        lacking = "".join(f"<p>{escape(line)}.</p>" for line in missing)
        yield (
            f'<section class="step" id="step{number}"><header>'
            f'<span class="at">{number} of {len(steps)}</span>'
            f"<h2>{inline(told(store, step.headline))}</h2>{prose(told(store, step.text))}"
            f"{lacking}</header>{view}</section>"
        )


def _report(store: Store, album: Album) -> Iterator[str]:
    for page, stage in LENSES:
        if not store.has(stage) or not (FOLDER / f"{page}.py").is_file():
            continue
        try:
            view = photograph(album, page, {"study": store.study}, page, folded=True)
        except PageFailed as error:
            raise StoreError(str(error)) from None
        kind = "overview" if page == "overview" else "lens"
        yield f'<section class="{kind}" id="{page}"><h2>{PAGES[page]}</h2>{view}</section>'


def _figures(store: Store) -> str:
    """Return every figure of the store: of figures per epoch the last one."""
    try:
        frame = store.table("figure")
    except StoreError:
        return ""
    keys = ["view", "metric", "method", "split"]
    frame = frame.sort_values([*keys, "epoch"]).groupby(keys, as_index=False).tail(1)
    shown = ["metric", "method", "split", "epoch", "value", "low", "high", "n", "unit", "better"]
    parts = [
        f"<details><summary>{escape(PAGES.get(str(view), str(view)))}: {len(rows):,} figures"
        f"</summary>{table(rows.filter(shown), HIDDEN_INDEX)}</details>"
        for view, rows in frame.groupby("view", sort=True)
    ]
    return f'<section class="all" id="figures"><h2>All figures</h2>{"".join(parts)}</section>'


def _provenance(store: Store) -> str:
    manifests = [store.manifest(stage, epoch) for stage, epoch, _ in store.run.artifacts()]
    frame = pd.DataFrame(
        [
            {
                "stage": manifest.stage,
                "epoch": manifest.epoch,
                "key": manifest.key,
                "made (UTC)": manifest.created.replace("T", " ").removesuffix("+00:00"),
                "seconds": manifest.seconds,
                "seed": manifest.seed,
                "device": manifest.device,
            }
            for manifest in manifests
        ]
    )
    return (
        '<section class="all" id="provenance"><h2>Where this comes from</h2>'
        f'<p class="caption">Study {escape(store.study)}, run of {escape(store.run.finished)}</p>'
        f"{table(frame, HIDDEN_INDEX)}</section>"
    )
