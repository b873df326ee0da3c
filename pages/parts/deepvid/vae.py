"""The VAE view: the image's code as parallel coordinates, its reconstruction, its neighbours."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core.generators.sampling import axis_ends, band_around, evenly
from core.store import Store
from pages.charts.palette import MUTED, categorical
from pages.components.parallel import Axis, Gesture, gesture, parallel_coordinates
from pages.components.sheet import neighbor_sheet
from pages.parts import choose
from pages.parts.deepvid import held
from pages.parts.deepvid.asked import Asked, written_box
from pages.parts.deepvid.explain import Found, Subject
from pages.parts.deepvid.pictures import pixels
from pages.parts.deepvid.words import class_word
from pages.parts.literal import plain
from pages.parts.scene import Scene
from precompute.latent import Latent

PLOT, SHEET = "deepvid_code", "deepvid_neighbors"
FIRST_AXES = 10
MOST_PAIRS = 3  # pairs of axes that the caption names
SHOWN = 144
WORTH = 0.05  # a class that no neighbour reaches this probability of is not drawn
_MOVED = "darkroom.deepvid_moved"
_PENDING = "darkroom.deepvid_gesture"


def heed_code(wish: Asked) -> bool:
    """Write what was done to the axes to the URL; whether anything was: then read it anew.

    A dragged handle is no part of the view: it is kept for `code_view`.
    """
    done = gesture(PLOT)
    if done is None:
        return False
    if done.kind in ("drag", "reset"):
        st.session_state[_PENDING] = done
        return False
    _write(done, wish)
    return True


@st.fragment
def code_view(scene: Scene, wish: Asked, wanted: Subject, found: Found, height: int) -> None:
    """Draw the parallel coordinates; a dragged handle runs this part of the page alone."""
    done = st.session_state.pop(_PENDING, None) or gesture(PLOT)
    if done is not None and done.kind in ("drag", "reset"):
        _move(done, wanted)
    elif done is not None:
        _write(done, wish)
        st.rerun()
    space, code = wanted.space, wanted.space.codes[wanted.sample]
    moved = _moved(wanted)
    shown = shown_axes(wish, space, found.influence)
    box = band_around(code, space.space.ranges, wanted.recipe.sampling.share)
    other = None if wanted.other is None else space.codes[wanted.other]
    if wanted.region is not None:
        box = wanted.region
    elif other is not None:
        box = replace(box, low=np.minimum(code, other), high=np.maximum(code, other))
    drawn = code if moved is None else moved
    shapes = [held.picture(scene.store, wanted.sample), space.decode(drawn[None])[0]]
    captions = [
        f"image {wanted.sample}",
        "reconstruction" if moved is None else "reconstruction, moved",
    ]
    if wanted.other is not None:
        shapes.append(held.picture(scene.store, wanted.other))
        captions.append(f"image {wanted.other}")
    parallel_coordinates(
        key=PLOT,
        axes=_axes(scene.store, space, shown, found.influence),
        code=code,
        band=np.stack([box.low, box.high], axis=1),
        pictures=pixels(np.stack(shapes)),
        captions=captions,
        ends=_ends(wanted, tuple(shown.tolist())),
        moved=moved,
        other=other,
        brushed=list(wish.box),
        locked=wish.lock,
        height=height,
    )


PAPER_ON_CIFAR = (
    " The paper says of itself that it could not interpret classifiers of CIFAR-10, which has too "
    "few images for a good VAE (section 9)."
)


def code_caption(scene: Scene, wanted: Subject) -> str:
    """Return how well the generator gives the image back, and what the paper says of such data."""
    space = wanted.space
    own, median = space.errors[wanted.sample], float(np.median(space.errors))
    rank = float((space.errors < own).mean())
    axes = f"{len(space.deviation)} dimensions"
    source = str(dict(scene.store.settings.get("data") or {}).get("source"))
    return (
        f"{GENERATOR_WORDS[space.name]}, {axes}. Reconstruction error {own:.4f} (median "
        f"{median:.4f}): worse than {rank:.0%} of the {len(space.errors):,} shown images."
        f"{PAPER_ON_CIFAR if source.startswith('cifar') else ''}"
    )


def order_caption(scene: Scene, wish: Asked, wanted: Subject, found: Found) -> str:
    """Return by what the axes are sorted, and which of those shown vary together."""
    space, influence = wanted.space, found.influence
    count = len(space.deviation)
    shown = shown_axes(wish, space, influence)
    rule = "Sorted" if len(shown) == count else "Chosen"
    by = ""
    if influence is None and not (wish.by_number and len(shown) == count):
        by = (
            f"{rule} by how much the axes vary over the images: what moves the teacher is known "
            "when the image is explained."
        )
    elif influence is not None and (asked := int((~np.isnan(influence)).sum())) < count:
        by = (
            f"The teacher was asked about the {asked} of {count} axes that vary most: another may "
            "move it too."
        )
    return " ".join(words for words in (by, together_words(scene.store, space, shown)) if words)


def together_words(store: Store, space: Latent, shown: np.ndarray) -> str:
    """Return the pairs of shown axes that vary together, strongest first; empty if there is none.

    What else an axis varies with is in its title.
    """
    pairs = {
        (axis, second): r
        for axis, others in held.correlated(store, space.name).items()
        for second, r in others
        if axis < second and axis in shown and second in shown
    }
    if not pairs:
        return ""
    order = sorted(pairs, key=lambda pair: -abs(pairs[pair]))
    named = [f"z{a} and z{b} (r {pairs[a, b]:.2f})" for a, b in order[:MOST_PAIRS]]
    more = len(order) - len(named)
    rest = f" and {more} pairs more" if more else ""
    return f"* Axes that vary together: {', '.join(named)}{rest}."


GENERATOR_WORDS = {
    "vae": "VAE",
    "dfc_vae": "DFC-VAE",
    "frequency": "Low frequencies, without training",
}


def neighbors_view(scene: Scene, wanted: Subject, found: Found, height: int) -> None:
    """Draw the neighbours in order with the teacher's probabilities along it (figure 9)."""
    made = found.explanation
    if made is None:
        st.caption("The neighbours appear here when the image is explained.")
        return
    worth = made.probabilities.max(axis=0) >= WORTH
    chosen = np.flatnonzero(worth)
    classes = made.classes[chosen]
    order = evenly(len(made.codes), SHOWN)
    colors = class_palette(scene)
    neighbor_sheet(
        key=SHEET,
        pictures=pixels(made.pictures[order]),
        order=order,
        probability=made.probabilities[:, chosen],
        names=[plain(class_word(scene.names, int(class_))) for class_ in classes],
        colors=[colors.get(int(class_), MUTED[scene.theme]) for class_ in classes],
        mean=running_mean(wanted, len(made.codes)),
        height=height,
    )


def running_mean(wanted: Subject, n: int) -> int:
    """Return over how many neighbours the chart's lines are means: 1 on a line, where each counts.

    Elsewhere the order is a projection, neighbours in it differ in all else, and lines would jump.
    """
    return 1 if wanted.recipe.sampling.sampler in ("line", "morph") else max(1, n // 16)


def neighbors_caption(wanted: Subject, found: Found) -> str:
    """Return what the sheet shows."""
    made = found.explanation
    if made is None:
        return ""
    n = len(made.codes)
    part = f"{min(SHOWN, n)} of {n} neighbours" if n > SHOWN else f"All {n} neighbours"
    mean = running_mean(wanted, n)
    lines = f"; lines are means of {mean} in a row" if mean > 1 else ""
    return (
        f"{part} in order, and what the teacher says of them: classes that reach {WORTH:.0%} "
        f"somewhere{lines}"
    )


def class_palette(scene: Scene) -> dict[int, str]:
    """Return the colour of each class that the data holds, as every lens has it."""
    colors = categorical(len(scene.present), scene.theme)
    return {int(class_): color for class_, color in zip(scene.present, colors, strict=True)}


def shown_axes(wish: Asked, space: Latent, influence: np.ndarray | None) -> np.ndarray:
    """Return the axes to draw, in order: the most influential first, or by their number.

    Without influences, and behind those that have one: the axis that varies most first.
    """
    axes = np.arange(len(space.deviation))
    # those that nobody asked about follow the others, in the order of how much they vary
    weight = space.deviation / max(float(space.deviation.max()), 1e-9) - 2
    if influence is not None:
        weight = np.where(np.isnan(influence), weight, influence)
    most = np.argsort(-weight, kind="stable")
    if not wish.all_axes:
        most = most[:FIRST_AXES]
    return np.intersect1d(axes, most) if wish.by_number else most


def _axes(
    store: Store, space: Latent, shown: np.ndarray, influence: np.ndarray | None
) -> list[Axis]:
    together = held.correlated(store, space.name)
    found = []
    for axis in shown.tolist():
        words = [f"z{axis}"]
        known = None
        if influence is not None and not np.isnan(influence[axis]):
            known = float(influence[axis])
            words.append(f"from end to end it moves {known:.0%} of the teacher's probability")
        words += [
            f"varies {'with' if r > 0 else 'against'} z{second} (r {r:.2f})"
            for second, r in together.get(axis, [])[:3]
        ]
        low, high = space.space.ranges[axis]
        found.append(
            Axis(
                axis,
                float(low),
                float(high),
                plain("; ".join(words)),
                known,
                any(second in shown for second, _ in together.get(axis, [])),
            )
        )
    return found


@st.cache_data(max_entries=128, show_spinner=False)
def _drawn_ends(_space: Latent, key: tuple[object, ...], axes: tuple[int, ...]) -> np.ndarray:
    code = _space.codes[key[-1]]  # type: ignore[call-overload]
    ends = axis_ends(code, _space.space.ranges)[list(axes)]
    drawn = pixels(_space.decode(ends.reshape(-1, len(code))))
    return drawn.reshape(len(axes), 2, *drawn.shape[1:])


def _ends(wanted: Subject, axes: tuple[int, ...]) -> np.ndarray:
    root, study, fingerprint = wanted.key[:3]
    return _drawn_ends(
        wanted.space, (root, study, fingerprint, wanted.space.name, wanted.sample), axes
    )


def _write(done: Gesture, wish: Asked) -> None:
    """Write a drawn range or a lock to the URL."""
    box, lock = dict(wish.box), set(wish.lock)
    match done.kind:
        case "brush":
            box[done.axis] = (done.low, done.high)
            lock.discard(done.axis)
        case "unbrush":
            box.pop(done.axis, None)
        case "lock":
            lock ^= {done.axis}
            box.pop(done.axis, None)
    choose.put("box", written_box(box))
    choose.put("lock", ",".join(map(str, sorted(lock))) or None)


def _move(done: Gesture, wanted: Subject) -> None:
    at = (*wanted.key[:3], wanted.space.name, wanted.sample)
    if done.kind == "reset":
        st.session_state.pop(_MOVED, None)
        return
    before = _moved(wanted)
    code = (wanted.space.codes[wanted.sample] if before is None else before).copy()
    if done.axis < len(code):
        low, high = wanted.space.space.ranges[done.axis]
        code[done.axis] = np.clip(done.low, low, high)
        st.session_state[_MOVED] = (at, code)


def _moved(wanted: Subject) -> np.ndarray | None:
    """Return the code as the handles were dragged, for this image in this latent space."""
    at, code = st.session_state.get(_MOVED, (None, None))
    return code if at == (*wanted.key[:3], wanted.space.name, wanted.sample) else None
