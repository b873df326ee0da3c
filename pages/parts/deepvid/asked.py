"""What the URL asks of DeepVID's page beside the view that all pages share.

    generator=NAME            the latent space; default: the study's first
    student=linear            the paper's student; default: hybrid
    sampler=line | knn        how neighbours are drawn; default: band. `sample2` makes it a morph,
                              a drawn range or a locked axis a box
    share=15                  width of the band, per cent of every axis's range
    n=512                     neighbours
    detail=0                  neighbours without what the generator does not see of the image
    box=3,-1.2,0.4;5,0,1      ranges drawn on axes
    lock=0,4                  axes that stay as the image has them
    t=10 optimizer=adam init=zeros batch=128 passes=10 rate=2 l2=0.001    the linear student
    look=PANEL                the open panel
    order=number              axes by their number; default: by how much they change the teacher
    axes=all                  all axes; default: the ten first
    this=4 that=9             the two classes compared; default: the teacher's first two
    beside=EPOCH              another checkpoint's explanation beside this one's
    beside=study~NAME         that of another study's teacher, of the same image

What does not hold is ignored, and one line says so.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast, get_args

from core.deepvid.explanation import Recipe, recipe_for
from core.deepvid.neighbors import Sampling
from core.deepvid.student import StudentSettings
from pages.parts.literal import shortened
from precompute.latent import Latent

Look = Literal["pair", "earlier", "tune", "probe", "beside", "removal", "gallery", "fidelity"]
LOOKS: tuple[Look, ...] = get_args(Look)
Teaching = Literal["hybrid", "linear"]
Sampler = Literal["band", "line", "knn"]
OPTIMIZERS = ("gradient_descent", "adam", "lbfgs", "closed_form")
INITIALIZERS = ("random", "zeros")
MOST_NEIGHBORS = 4096
MOST_PASSES = 500
MOST_TEMPERATURE = 1e6


@dataclass(frozen=True)
class Asked:
    """The page's own part of a view; None where the recipe's default holds."""

    generator: str = ""
    student: Teaching = "hybrid"
    sampler: Sampler | None = None
    share: float | None = None
    n: int | None = None
    detail: bool | None = None
    box: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    lock: tuple[int, ...] = ()
    temperature: float | None = None
    optimizer: str | None = None
    initializer: str | None = None
    batch: int | None = None
    passes: int | None = None
    rate: float | None = None
    l2: float | None = None
    look: Look = "pair"
    by_number: bool = False
    all_axes: bool = False
    this: int | None = None
    that: int | None = None
    beside: float | str | None = None

    @property
    def boxed(self) -> bool:
        """Whether a range was drawn or an axis locked."""
        return bool(self.box or self.lock)


def asked(
    parameters: Mapping[str, str],
    *,
    generators: Sequence[str],
    latent: Callable[[str], int],
    classes: int,
    epochs: Sequence[float],
    studies: Sequence[str] = (),
) -> tuple[Asked, list[str]]:
    """Return what the URL asks for, and one line for each word of it that was ignored.

    Parameters
    ----------
    parameters
        Those of the URL.
    generators, latent
        The study's generators, and how many dimensions one has.
    classes
        How many classes the teacher tells apart.
    epochs
        The checkpoints at hand.
    studies
        The other studies of the store.
    """
    found: dict[str, object] = {"generator": generators[0]}
    ignored: list[str] = []

    def read(word: str, name: str, reader: Callable[[str], object], why: str) -> None:
        if (text := parameters.get(word)) is None:
            return
        value = reader(text)
        if value is None:
            ignored.append(f"Ignored {word}={shortened(text, 40)} in the address: {why}.")
        else:
            found[name] = value

    def number(word: str, name: str, low: float, high: float, *, whole: bool = False) -> None:
        kind = "a whole number" if whole else "a number"
        read(
            word, name, lambda text: _number(text, low, high, whole=whole),
            f"expected {kind} from {low:g} to {high:g}",
        )  # fmt: skip

    def word(key: str, name: str, known: Sequence[str]) -> None:
        read(key, name, lambda text: text if text in known else None, _known(known))

    word("generator", "generator", generators)
    length = latent(str(found["generator"]))
    word("student", "student", get_args(Teaching))
    word("sampler", "sampler", get_args(Sampler))
    number("share", "share", 0.0, 200.0)
    number("n", "n", 2, MOST_NEIGHBORS, whole=True)
    read("detail", "detail", {"0": False, "1": True}.get, "expected 0 or 1")
    read("box", "box", lambda text: _box(text, length), f"expected AXIS,LOW,HIGH; of {length} axes")
    read("lock", "lock", lambda text: _axes(text, length), f"expected axes from 0 to {length - 1}")
    number("t", "temperature", 1e-3, MOST_TEMPERATURE)
    word("optimizer", "optimizer", OPTIMIZERS)
    word("init", "initializer", INITIALIZERS)
    number("batch", "batch", 1, MOST_NEIGHBORS, whole=True)
    number("passes", "passes", 1, MOST_PASSES, whole=True)
    number("rate", "rate", 1e-9, 1e6)
    number("l2", "l2", 0.0, 1e6)
    word("look", "look", LOOKS)
    read("order", "by_number", {"number": True, "influence": False}.get, "expected number")
    read("axes", "all_axes", {"all": True}.get, "expected all")
    number("this", "this", 0, classes - 1, whole=True)
    number("that", "that", 0, classes - 1, whole=True)
    read(
        "beside", "beside", lambda text: _beside(text, epochs, studies),
        "expected one of the checkpoints, or study~NAME with another study of this store",
    )  # fmt: skip
    return Asked(**found), ignored  # type: ignore[arg-type]


def recipe_of(wish: Asked, space: Latent, *, morph: bool) -> Recipe:
    """Return how the image is to be explained.

    Parameters
    ----------
    wish
        What the URL asks for.
    space
        The latent space in which neighbours are drawn.
    morph
        Whether there is a second image.
    """
    teaching = "student" if wish.student == "linear" else "hybrid"
    recipe = recipe_for(space.shape, teaching, latent=len(space.deviation))
    sampler = "morph" if morph else "box" if wish.boxed else wish.sampler
    sampling = Sampling(
        cast(Literal["line", "band", "box", "morph", "knn"], sampler or recipe.sampling.sampler),
        wish.n or recipe.sampling.n,
        recipe.sampling.share if wish.share is None else wish.share / 100,
        keep_detail=recipe.sampling.keep_detail if wish.detail is None else wish.detail,
    )
    usual = recipe.student
    student = StudentSettings(
        temperature=wish.temperature or usual.temperature,
        optimizer=cast(
            Literal["gradient_descent", "adam", "lbfgs", "closed_form"],
            wish.optimizer or usual.optimizer,
        ),
        initializer=cast(Literal["random", "zeros"], wish.initializer or usual.initializer),
        batch_size=wish.batch or usual.batch_size,
        epochs=wish.passes or usual.epochs,
        learning_rate=wish.rate,
        l2=usual.l2 if wish.l2 is None else wish.l2,
    )
    return replace(recipe, sampling=sampling, student=student)


def written_box(box: Mapping[int, tuple[float, float]]) -> str | None:
    """Return drawn ranges as the URL carries them; None if there is none."""
    parts = [f"{axis},{low:.4g},{high:.4g}" for axis, (low, high) in sorted(box.items())]
    return ";".join(parts) or None


def _number(text: str, low: float, high: float, *, whole: bool) -> float | int | None:
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and low <= value <= high else None


def _box(text: str, length: int) -> dict[int, tuple[float, float]] | None:
    found: dict[int, tuple[float, float]] = {}
    for part in text.split(";"):
        axis, _, ends = part.partition(",")
        low, _, high = ends.partition(",")
        place = _number(axis, 0, length - 1, whole=True)
        first = _number(low, -1e6, 1e6, whole=False)
        last = _number(high, -1e6, 1e6, whole=False)
        if place is None or first is None or last is None or first > last:
            return None
        found[int(place)] = (float(first), float(last))
    return found


def _axes(text: str, length: int) -> tuple[int, ...] | None:
    found = [_number(part, 0, length - 1, whole=True) for part in text.split(",")]
    return (
        None if None in found else tuple(sorted({int(axis) for axis in found if axis is not None}))
    )


def _epoch(text: str, epochs: Sequence[float]) -> float | None:
    value = _number(text, 0, 1e9, whole=False)
    return value if value in epochs else None


def _beside(text: str, epochs: Sequence[float], studies: Sequence[str]) -> float | str | None:
    word, _, name = text.partition("~")
    if word == "study":
        return name if name in studies else None
    return _epoch(text, epochs)


def _known(known: Sequence[str]) -> str:
    return f"expected {' or '.join(known)}"
