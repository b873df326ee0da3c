"""What a step says and shows once it meets a store: figures in its text, images by their origin.

- `{teacher/accuracy/teacher/test}` is a figure of the store, VIEW/METRIC/METHOD/SPLIT, at the last
  epoch it was taken at, with three digits; `:%` behind it makes a percentage, `:.2` two decimals,
  and `:n` is how many it was taken over.
- `sample = "test~707"` is row 707 of the test split, whatever its number here.
- `case = "Figure 14"` on DeepVID's page is the saved view whose title begins so, or that stands
  beside it: "Beside Figure 14".
"""

import re

import numpy as np

from core.store import Store
from core.store.stories import Step
from pages.parts import reads
from pages.parts.scene import scene

_FIGURE = re.compile(
    r"\{(?P<view>\w+)/(?P<metric>\w+)/(?P<method>[\w.@-]+)/(?P<split>\w+)(?::(?P<as>%|n|\.\d))?\}"
)
_ROW = re.compile(r"(?P<split>train|test)~(?P<row>\d{1,9})")
DEEPVID = "deepvid"
UNKNOWN = "(not measured in this store)"


def told(store: Store, text: str) -> str:
    """Return a headline or a text with the store's figures in their places."""
    return _FIGURE.sub(lambda found: _figure(store, found), text)


def figures_named(text: str) -> list[tuple[str, str, str, str]]:
    """Return the figures that a text names: view, metric, method, split."""
    return [
        (found["view"], found["metric"], found["method"], found["split"])
        for found in _FIGURE.finditer(text)
    ]


def query(store: Store, step: Step) -> tuple[dict[str, str], list[str]]:
    """Return the words of the address of a step's view, and one line for each that is not here."""
    words: dict[str, str] = {"study": store.study, **step.view}
    missing: list[str] = []
    if step.page == DEEPVID and (title := words.pop("case", None)) is not None:
        saved = _case(store, title)
        words |= saved or {}
        if saved is None:
            missing.append(f"This study has no saved view {title}")
    for word in ("sample", "sample2"):
        found = _ROW.fullmatch(words.get(word, ""))
        if found is None:
            continue
        sample = _shown(store, found["split"], int(found["row"]))
        if sample is None:
            missing.append(f"Row {found['row']} of {found['split']} is not among the shown images")
            del words[word]
        else:
            words[word] = str(sample)
    return words, missing


def _figure(store: Store, found: re.Match[str]) -> str:
    known = [
        figure
        for figure in reads.figures(store, found["view"], found["method"])
        if (figure.metric, figure.split) == (found["metric"], found["split"])
    ]
    if not known:
        return UNKNOWN
    last = max(known, key=lambda figure: -1.0 if figure.epoch is None else figure.epoch)
    if found["as"] == "n":
        return f"{last.n:,}"
    if last.value is None:
        return "undefined"
    if found["as"] == "%":
        return f"{last.value:.1%}"
    return f"{last.value:{found['as']}f}" if found["as"] else f"{last.value:.3g}"


def _case(store: Store, title: str) -> dict[str, str] | None:
    """Return the words of a saved view of DeepVID's page."""
    from pages.parts.deepvid.cases import cases  # only stories about that page need it
    from pages.parts.deepvid.held import generators, latent_space

    known = generators(store)
    if not known or not store.has("predictions"):
        return None
    seen, _ = scene(store, words={})
    found = cases(seen, latent_space(store, known[0]))
    fitting = [case for case in found if case.title.startswith(title)]
    fitting += [case for case in found if case.said.startswith(title)]
    return dict(fitting[0].words) if fitting else None


def _shown(store: Store, split: str, row: int) -> int | None:
    samples = reads.samples(store)
    here = samples.is_test if split == "test" else ~samples.is_test
    found = np.flatnonzero(here & (samples.split_id == row))
    return int(found[0]) if len(found) else None
