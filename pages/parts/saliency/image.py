"""The picked image: all maps over it, and two of them compared."""

import numpy as np
import streamlit as st

from core.saliency.method import Picture
from pages.components.film import Cast, film
from pages.components.map_gallery import map_gallery, picked_method
from pages.parts import choose
from pages.parts.deepvid.held import picture
from pages.parts.literal import literal, plain, shortened
from pages.parts.saliency.asked import Asked
from pages.parts.saliency.shown import (
    PAIR,
    RAMPS,
    Shown,
    as_bytes,
    bytes_of,
    note,
    ranks,
    stand_in_pictures,
    thinned,
    tiles,
)
from pages.parts.saliency.words import OURS, in_order, method_words
from pages.parts.scene import Scene

GALLERY, FILM = "saliency_maps", "saliency_film"
CURVE_POINTS = 51  # of the small curves
USUAL = (OURS, "rise", "integrated_gradients", "occlusion", "deepvid")
"""Methods that are compared where the URL names none."""

Pair = tuple[str | None, str | None]


def pair_of(wish: Asked, shown: Shown | None) -> Pair:
    """Return the two methods that are compared: the URL's, else the usual ones that have a map."""
    if shown is None:
        return wish.method, wish.method2
    able = [name for name, one in shown.outcomes.items() if not one.reason]
    drawn = [name for name in able if shown.outcomes[name].map_ is not None] or able
    usual = [name for name in USUAL if name in drawn]
    usual += [name for name in drawn if name not in usual]
    first = wish.method or next((name for name in usual if name != wish.method2), None)
    second = wish.method2 or next((name for name in usual if name != first), None)
    return first, second


def heed_gallery(pair: Pair) -> bool:
    """Write a clicked method to the URL as one of the two; return whether one was clicked.

    A new one takes the second's place, who becomes the first; one of the two makes them change.
    """
    name = picked_method(GALLERY)
    first, second = pair
    if name is None:
        return False
    if name in pair:
        choose.put("method", second)
        choose.put("method2", first)
    else:
        choose.put("method", second)
        choose.put("method2", name)
    return True


def gallery(scene: Scene, shown: Shown, pair: Pair, height: int, *, waiting: bool) -> None:
    """Draw every method's map over the image, with its curves and its cost.

    `waiting` says that the methods without a map are still to come.
    """
    order = tile_order(shown)
    small = thinned(picture(scene.store, shown.sample))
    outcomes = [shown.outcomes[name] for name in order]
    size = (small.shape[1], small.shape[2])
    step = max(1, -(-(len(shown.changed) - 1) // (CURVE_POINTS - 1)))
    places = np.arange(0, len(shown.changed), step)
    map_gallery(
        key=GALLERY,
        tiles=tiles(shown, order, waiting=waiting),
        picture=as_bytes(small),
        maps=np.stack([bytes_of(one.map_, size) for one in outcomes]),
        deletion=_few([one.deletion for one in outcomes], places),
        insertion=_few([one.insertion for one in outcomes], places),
        ramp=RAMPS[scene.theme],
        pair=PAIR[scene.theme],
        first=pair[0],
        second=pair[1],
        height=height,
    )
    st.caption(literal(gallery_words(scene, shown)))


def tile_order(shown: Shown) -> list[str]:
    """Return the methods in the order of the words, those that find nothing last."""
    return sorted(
        in_order(list(shown.outcomes)), key=lambda name: bool(shown.outcomes[name].reason)
    )


def gallery_words(scene: Scene, shown: Shown) -> str:
    """Return what the maps explain, on how many images, and where they come from."""
    split = "test" if scene.samples.is_test[shown.sample] else "train"
    class_ = plain(shortened(scene.names[shown.class_]))
    steps = len(shown.changed) - 1
    pixels = int(shown.changed[-1])
    each = "one pixel" if steps >= pixels else f"{pixels / steps:,.0f} pixels"
    made = "made here" if shown.here else "made beforehand"
    return (
        f"What speaks for {class_}, the teacher's first class, n = 1 {split} image; {made}. "
        f"↓ deletion area, lower is better; ↑ insertion area, dashed, higher is better; steps of "
        f"{each}. Click a map to compare it."
    )


def comparison(scene: Scene, shown: Shown, pair: Pair) -> None:
    """Draw the two methods' maps, the film, and their curves on one chart."""
    names = [name for name in dict.fromkeys(pair) if name is not None and name in shown.outcomes]
    if not names:
        st.caption("Two methods are compared here once there are maps.")
        return
    whole = picture(scene.store, shown.sample)
    small = thinned(whole)
    stand_in, vague = stand_in_pictures(whole, shown)
    film(
        key=FILM,
        image=shown.sample,
        cast=[_cast(shown, name, whole, (small.shape[1], small.shape[2])) for name in names],
        small=as_bytes(small),
        picture=as_bytes(whole),
        blurred=vague,
        stand_in=stand_in,
        changed=shown.changed,
        class_name=plain(shortened(scene.names[shown.class_], 14)),
        ramp=RAMPS[scene.theme],
        colors=PAIR[scene.theme],
    )


def _few(curves: list[np.ndarray | None], places: np.ndarray) -> np.ndarray:
    """Each curve at some of its steps, NaN where it is not known."""
    unknown = np.full(len(places), np.nan, np.float32)
    return np.stack([unknown if curve is None else curve[places] for curve in curves])


def _cast(shown: Shown, name: str, whole: Picture, size: tuple[int, int]) -> Cast:
    one = shown.outcomes[name]
    if one.map_ is None:
        return Cast(name, method_words(name), None, None, note=note(one))
    words = method_words(name) if one.finished else f"{method_words(name)}, {note(one)}"
    return Cast(
        name,
        words,
        bytes_of(one.map_, size),
        ranks(one.map_, whole, shown.seed),
        one.deletion,
        one.insertion,
        shown.areas(name),
    )
