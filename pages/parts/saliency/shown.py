"""One image's maps as the page shows them, from the store or made here, method by method."""

from dataclasses import dataclass, field

import numpy as np

from core.generators.generator import Picture, Pictures
from core.saliency.deletion_insertion import area
from core.saliency.method import generator_for
from core.saliency.removal import removal_order
from core.saliency.substrate import blurred, flat
from core.store import Store
from pages.charts.palette import Theme
from pages.components.map_gallery import Ramp, Tile
from pages.parts.saliency import held
from pages.parts.saliency.words import cost_words, flat_words, method_words

MOST = 112  # longest side at which a map is drawn
RAMPS: dict[Theme, Ramp] = {
    "light": {"against": (33, 102, 172), "zero": (247, 247, 247), "for": (178, 24, 43)},
    "dark": {"against": (90, 160, 250), "zero": (24, 27, 34), "for": (255, 104, 94)},
}
PAIR: dict[Theme, tuple[str, str]] = {
    "light": ("#1e69b4", "#c2560f"),
    "dark": ("#4a8fe0", "#e07b28"),
}


@dataclass
class Outcome:
    """What a method has found on an image so far; ``reason`` says why it finds nothing.

    ``done`` of ``of`` parts of its work, as ``unit`` counts them; curves in 0..1 by step.
    """

    name: str
    map_: np.ndarray | None = None
    done: int = 0
    of: int = 1
    unit: str = "parts"
    evaluations: float = float("nan")
    seconds: float = float("nan")
    deletion: np.ndarray | None = None
    insertion: np.ndarray | None = None
    reason: str = ""

    @property
    def finished(self) -> bool:
        """Whether its map will not change any more."""
        return bool(self.reason) or (self.map_ is not None and self.done >= self.of)

    @property
    def flat(self) -> bool:
        """Whether its map has one value everywhere: it says nothing of the image."""
        return self.map_ is not None and float(self.map_.max()) == float(self.map_.min())

    @property
    def judged(self) -> bool:
        """Whether its curves are known."""
        return self.deletion is not None


@dataclass(eq=False)
class Shown:
    """An image, the class that is explained, and what each method found.

    ``changed`` pixels at each step of the curves; ``color`` and ``blur`` are what stands in for
    missing pixels.
    """

    sample: int
    class_: int
    outcomes: dict[str, Outcome]
    changed: np.ndarray
    color: tuple[float, ...] = (0.0,)
    blur: int | None = None
    here: bool = False  # made here and not beforehand
    seed: int = 0
    lacking: list[str] = field(default_factory=list)  # methods that nobody has run

    def areas(self, name: str) -> tuple[float, float] | None:
        """Return a method's deletion and insertion area on this image; None if not known."""
        one = self.outcomes[name]
        if one.deletion is None or one.insertion is None:
            return None
        deletion, insertion = area(
            np.arange(len(one.deletion)), np.stack([one.deletion, one.insertion])
        )
        return float(deletion), float(insertion)


def from_store(store: Store, sample: int) -> Shown | None:
    """Return what the store holds of an image; None if nothing."""
    found = held.explained(store, sample)
    if found is None:
        return None
    entries = {one.name: one for one in held.methods(store)}
    seconds = held.seconds(store)
    outcomes: dict[str, Outcome] = {}
    for place, name in enumerate(found.methods):
        drawn = not np.isnan(found.maps[place]).any()
        judged = drawn and not np.isnan(found.deletion[place]).any()
        outcomes[name] = Outcome(
            name,
            found.maps[place] if drawn else None,
            done=int(drawn),
            evaluations=entries[name].evaluations if name in entries else float("nan"),
            seconds=seconds.get(name, float("nan")),
            deletion=found.deletion[place] if judged else None,
            insertion=found.insertion[place] if judged else None,
        )
    for one in entries.values():
        if one.reason:
            outcomes.setdefault(one.name, Outcome(one.name, reason=one.reason))
    color, blur = stand_ins(store)
    return Shown(
        sample,
        found.class_,
        outcomes,
        steps_of(found.maps[0].size, found.deletion.shape[1] - 1),
        color,
        blur,
        seed=int(store.settings.get("seed") or 0),
        lacking=[one.name for one in outcomes.values() if one.map_ is None and not one.reason],
    )


def steps_of(pixels: int, steps: int) -> np.ndarray:
    """Return how many pixels are changed at each of equal steps, from none to all.

    Where there are more steps than pixels, the curves are drawn between the pixels.
    """
    return np.rint(np.linspace(0, pixels, steps + 1)).astype(np.int64)


def stand_ins(store: Store) -> tuple[tuple[float, ...], int | None]:
    """Return the colour and the kernel's length that the arena took; black and None unless said."""
    said = held.protocol(store)
    color = said.get("deletion", ({}, ""))[0].get("color", (0.0,))
    blur = said.get("insertion", ({}, ""))[0].get("blur")
    values = (color,) if isinstance(color, int | float) else color
    return tuple(float(value) for value in values), blur if isinstance(blur, int) else None


def tiles(shown: Shown, order: list[str], *, waiting: bool = False) -> list[Tile]:
    """Return the gallery's tiles; `waiting` says that what has no map yet will get one."""
    found = []
    for name in order:
        one = shown.outcomes[name]
        areas = shown.areas(name)
        found.append(
            Tile(
                name,
                method_words(name),
                drawn=one.map_ is not None,
                share=min(1.0, one.done / one.of),
                note=note(one, waiting=waiting),
                flat=one.flat,
                deletion=None if areas is None else areas[0],
                insertion=None if areas is None else areas[1],
                seconds=one.seconds,
                cost=cost_words(one.evaluations, one.seconds),
            )
        )
    return found


def note(one: Outcome, *, waiting: bool = False) -> str:
    """Return why a tile has no map, how far a map has come, or that it is flat."""
    if one.reason:
        return one.reason
    if one.map_ is None:
        return "waiting" if waiting else "not run on this image"
    if not one.finished:
        return f"{one.done:,} of {one.of:,} {one.unit}"
    return flat_words(one.name) if one.flat else ""


def bytes_of(map_: np.ndarray | None, size: tuple[int, int]) -> np.ndarray:
    """Return a map in the gallery's bytes, thinned to `size`: 127 is zero, its largest size 254."""
    if map_ is None:
        return np.full(size, 127, np.uint8)
    small = thinned(map_[None])[0]
    most = np.abs(small).max()
    share = small / most if most > 0 else small
    return np.rint(127 + 127 * share).astype(np.uint8)


def thinned(planes: np.ndarray) -> np.ndarray:
    """Return [... height width] with blocks averaged so that no side is above `MOST`."""
    step = -(-max(planes.shape[-2:]) // MOST)
    if step == 1:
        return planes
    height, width = (length // step * step for length in planes.shape[-2:])
    cut = planes[..., :height, :width]
    blocks = cut.reshape(*cut.shape[:-2], height // step, step, width // step, step)
    return blocks.mean(axis=(-3, -1))


def as_bytes(picture: Picture) -> np.ndarray:
    """Return a picture as uint8 [height width channel], with one channel or three."""
    three = picture if len(picture) in (1, 3) else picture.mean(axis=0, keepdims=True)
    return np.rint(three.transpose(1, 2, 0) * 255).clip(0, 255).astype(np.uint8)


def stand_in_pictures(picture: Picture, shown: Shown) -> tuple[list[int], np.ndarray]:
    """Return a deleted pixel's value per channel, and the blurred picture as bytes."""
    one: Pictures = picture[None]
    plain = as_bytes(np.array(flat(one, shown.color)[0]))
    return plain[0, 0].tolist(), as_bytes(blurred(one, shown.blur)[0])


def ranks(map_: np.ndarray, picture: Picture, seed: int) -> np.ndarray:
    """Return each pixel's place in the order in which a map has them go, [pixel]."""
    order = removal_order(map_, generator_for(seed, picture))
    found = np.empty(len(order), np.uint32)
    found[order] = np.arange(len(order), dtype=np.uint32)
    return found
