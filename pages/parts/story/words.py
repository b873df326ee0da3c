"""What a step says and shows once it meets a store: figures in its text, images by their origin.

{teacher/accuracy/teacher/test}       a figure of the store, VIEW/METRIC/METHOD/SPLIT, of the
last epoch it was taken at, with three digits
{teacher/accuracy/teacher/test:%}     as a percentage; `:.2` with two decimals; `:n` how many
sample = "test~707"                   row 707 of the test split, whatever its number here
"""

import re

import numpy as np

from core.store import Store
from core.store.stories import Step
from pages.parts import reads

_FIGURE = re.compile(
    r"\{(?P<view>\w+)/(?P<metric>\w+)/(?P<method>[\w.@-]+)/(?P<split>\w+)(?::(?P<as>%|n|\.\d))?\}"
)
_ROW = re.compile(r"(?P<split>train|test)~(?P<row>\d{1,9})")
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
    """Return the words of the address of a step's view, and one line for each image not shown."""
    words, missing = {"study": store.study, **step.view}, []
    for word in ("sample", "sample2"):
        found = _ROW.fullmatch(words.get(word, ""))
        if found is None:
            continue
        sample = _shown(store, found["split"], int(found["row"]))
        if sample is None:
            missing.append(f"{found['split']} image {found['row']} is not among those shown here")
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


def _shown(store: Store, split: str, row: int) -> int | None:
    samples = reads.samples(store)
    here = samples.is_test if split == "test" else ~samples.is_test
    found = np.flatnonzero(here & (samples.split_id == row))
    return int(found[0]) if len(found) else None
