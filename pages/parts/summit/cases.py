"""The paper's case studies: what it saw, how to see it here, and what the data at hand shows.

Sections 7.3 and 8.1 to 8.5 of Hohman et al. (2019). A case fits a study whose classes bear the
names of the paper's; the authors' own graphs, once imported, have them all.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.store import Store
from core.summit.compare import vertices
from pages.parts.summit import held
from pages.parts.summit.held import Outline

EXCLUDED = (("mixed3a", (67, 190)), ("mixed3b", (390, 399, 412)))
LARGE = 0.5  # a large channel: at least this share of the class's largest count in the layer
NEAREST = 3


@dataclass(frozen=True)
class Case:
    """A case study; `words` are those of the URL that open it, `shows` says what is found here."""

    title: str
    where: str
    paper: str
    classes: tuple[tuple[int, str], ...]
    words: tuple[tuple[str, str], ...]
    shows: Callable[[Store, Sequence[str]], str]

    def fits(self, names: Sequence[str], classes: Container[int]) -> bool:
        """Return whether the study's classes are the paper's, and all of them have a graph."""
        return all(
            c < len(names) and names[c].lower() == name and c in classes for c, name in self.classes
        )


def overlap(store: Store, first: int, second: int) -> list[tuple[int, int, int]]:
    """Return for each layer how many channels two graphs share, and how many each has."""
    a, b = (held.graph(store, class_) for class_ in (first, second))
    found = []
    for layer in range(len(held.outline(store).layers)):
        one, two = (
            vertices(graph.layer[graph.layer == layer], graph.channel[graph.layer == layer])
            for graph in (a, b)
        )
        found.append((len(one & two), len(one), len(two)))
    return found


def shared_words(store: Store, names: Sequence[str], first: int, second: int) -> str:
    """Return what two graphs share, layer by layer, in a sentence."""
    rows = overlap(store, first, second)
    shared, one, two = (sum(row[k] for row in rows) for k in range(3))
    each = ", ".join(
        f"{layer} {row[0]} of {row[1]} and {row[2]}"
        for layer, row in zip(held.outline(store).layers, rows, strict=True)
    )
    return (
        f"{names[first]} has {one} channels, {names[second]} {two}; they share {shared}. "
        f"Layer by layer: {each}."
    )


def neighbors(store: Store, class_: int, layer: int, count: int = NEAREST) -> list[int]:
    """Return the classes most similar to one of them in a layer, most similar first."""
    outline = held.outline(store)
    like = held.similarity(store, layer, class_)
    order = np.argsort(-like, kind="stable")
    own = outline.place(class_)
    return [int(outline.classes[at]) for at in order.tolist() if at != own][:count]


def _tench(store: Store, names: Sequence[str]) -> str:
    return shared_words(store, names, 0, 396) + (
        " Which of them show people, hands or fish is for the eye: hover over the channels."
    )


def _bears(store: Store, names: Sequence[str]) -> str:
    rows = overlap(store, 295, 294)
    half = len(rows) // 2
    low, high = (
        sum(row[0] for row in part) / max(1, sum(row[1] + row[2] - row[0] for row in part))
        for part in (rows[:half], rows[half:])
    )
    said = "as the paper says" if low > high else "against what the paper says"
    return (
        f"{shared_words(store, names, 295, 294)} Of the channels of either, {low:.0%} are shared "
        f"in the lower half of the layers and {high:.0%} in the upper half: {said}."
    )


def _horse_cart(store: Store, names: Sequence[str]) -> str:
    outline, change = held.outline(store), held.change(store)
    near = "; ".join(
        f"{name}: {', '.join(names[c] for c in neighbors(store, 603, layer))}"
        for layer, name in enumerate(outline.layers)
    )
    mean = np.nanmean(change, axis=0)
    own = mean[outline.place(603)]
    rank = 1 + int((mean > own).sum())
    return (
        f"Its most similar classes by layer: {near}. From one layer to the next {own:.0%} of its "
        f"five nearest change on average: rank {rank:,} of {len(mean):,} classes."
    )


def _large(store: Store, class_: int) -> list[int]:
    """Return for each layer how many of a class's channels are large."""
    graph = held.graph(store, class_)
    found = []
    for layer in range(len(held.outline(store).layers)):
        count = graph.count[graph.layer == layer]
        found.append(int((count >= LARGE * count.max(initial=0)).sum()) if len(count) else 0)
    return found


def _strawberry(store: Store, names: Sequence[str]) -> str:
    layers = held.outline(store).layers
    layer = layers.index("mixed5a") if "mixed5a" in layers else max(0, len(layers) - 2)
    said = []
    for class_ in (949, 541):
        graph = held.graph(store, class_)
        count = graph.count[graph.layer == layer]
        said.append(
            f"{names[class_]} has {len(count)} channels in {layers[layer]}, chosen by "
            f"{count.min(initial=10**9):,} to {count.max(initial=0):,} images (median "
            f"{np.median(count):,.0f})"
        )
    return "; ".join(said) + "."


def _early(store: Store, names: Sequence[str]) -> str:
    layers = held.outline(store).layers
    third = len(layers) // 3
    middle = [at for at, name in enumerate(layers) if name.startswith("mixed4")]
    middle = middle or list(range(third, max(third + 1, len(layers) - third)))
    every = np.array([_large(store, int(c)) for c in held.outline(store).classes])
    usual = float(np.mean(every[:, middle]))
    said = "; ".join(
        f"{names[class_]} has {np.mean([_large(store, class_)[k] for k in middle]):.1f}"
        for class_ in (340, 64)
    )
    return (
        f"Channels with at least half the largest count, mean over {layers[middle[0]]} to "
        f"{layers[middle[-1]]}: {said}; "
        f"over all classes it is {usual:.1f}. Whether such channels suffice to decide needs the "
        "network: on a study of your own the panel Early decision tries it."
    )


def _excluded(store: Store, names: Sequence[str]) -> str:
    layers, used = held.outline(store).layers, held.users(store)
    if not any(name in layers for name, _ in EXCLUDED):
        return (
            "This network has other layers. The panel Flagged channels finds its channels that "
            "respond to the frame or serve every class."
        )
    found = {
        f"{name} {channel}": used.get((layers.index(name), channel), 0)
        for name, channels in EXCLUDED
        if name in layers
        for channel in channels
    }
    there = ", ".join(f"{name} in {n:,} graphs" for name, n in found.items() if n)
    return (
        f"In the graphs at hand: {there}."
        if there
        else "None of the five is in any of the published graphs: they were left out beforehand. "
        "On a study of your own the panel Flagged channels finds such channels by itself."
    )


def _wolf(store: Store, names: Sequence[str]) -> str:
    shared = held.shared(store, 270)
    shared[270] = -1
    best = np.argsort(-shared, kind="stable")[:4].tolist()
    said = ", ".join(f"{names[c]} ({shared[c]})" for c in best)
    return f"It shares most channels with {said}."


CASES = (
    Case(
        "Tench: a fish with hands",
        "figures 1 and 7, section 8.1",
        "Tench leans on channels of fingers, hands and people, since most pictures show the fish "
        "being held; lionfish, which nobody holds, does not, but leans on stripes and quills.",
        ((0, "tench"), (396, "lionfish")),
        (("class", "0"), ("class2", "396"), ("with", "side")),
        _tench,
    ),
    Case(
        "Horse cart: between machine and animal",
        "figure 8, section 8.2",
        "In the first layers horse cart is near mechanical classes (harvester, thresher, "
        "snowplow), in the middle near animals (bison, wild boar, ox), at the end near mechanical "
        "ones again.",
        ((603, "horse cart"),),
        (("class", "603"),),
        _horse_cart,
    ),
    Case(
        "Black and brown bear",
        "figure 9, section 8.3",
        "Both bears share many channels up to mixed4c and part towards the output, by the colour "
        "of fur and face.",
        ((295, "american black bear"), (294, "brown bear")),
        (("class", "295"), ("class2", "294"), ("with", "both")),
        _bears,
    ),
    Case(
        "Strawberry against drum",
        "section 7.3",
        "In mixed5a strawberry has few, large channels (detectors of the object), drum many small "
        "ones.",
        ((949, "strawberry"), (541, "drum")),
        (("class", "949"), ("class2", "541"), ("with", "side"), ("layer", "mixed5a")),
        _strawberry,
    ),
    Case(
        "Zebra and green mamba: decided early?",
        "section 8.5",
        "Both have only a few important channels in the middle layers, which might suffice to "
        "decide.",
        ((340, "zebra"), (64, "green mamba")),
        (("class", "340"), ("class2", "64"), ("with", "side")),
        _early,
    ),
    Case(
        "Channels that say nothing",
        "figure 10, section 8.4",
        "Five channels respond to the frame of any image (mixed3a 67 and 190, mixed3b 390, 399 and "
        "412) and were excluded by hand.",
        ((0, "tench"), (270, "white wolf")),
        (("class", "0"),),
        _excluded,
    ),
    Case(
        "White wolf: fur, ears, eyes, faces",
        "section 7.3",
        "Early layers learn fur, ears and eyes, which form detectors of faces and bodies later.",
        ((270, "white wolf"),),
        (("class", "270"),),
        _wolf,
    ),
)


def opened(parameters: Mapping[str, str], names: Sequence[str], outline: Outline) -> dict[str, str]:
    """Return the URL's parameters with those of the case study that it names; its own come first.

    Parameters
    ----------
    parameters
        Those of the URL.
    names, outline
        The study's classes and layers; a case of other classes adds nothing.
    """
    number = parameters.get("case", "")
    known = [str(n) for n, case in enumerate(CASES) if case.fits(names, outline.classes)]
    if parameters.get("part") != "cases" or number not in known:
        return dict(parameters)
    words = dict(CASES[int(number)].words)
    if words.get("layer") not in outline.layers:
        words.pop("layer", None)
    return {**words, **parameters}
