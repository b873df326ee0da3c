"""The images by how far the two answers lie apart, and the picked one with both answers."""

from html import escape

import numpy as np
import streamlit as st

from core.store import Store, epoch_label
from pages.charts.paired import paired_bars, side_colors
from pages.charts.palette import RED
from pages.components.events import pick_event
from pages.components.grid import image_grid
from pages.parts import choose, kin, reads, travel
from pages.parts.compare.asked import Asked
from pages.parts.compare.pair import Comparison, Pair, Side
from pages.parts.compare.territory import cell_words
from pages.parts.drawn import spec_of
from pages.parts.earlier import named
from pages.parts.images import DEFAULT_SIZE, MOST_INLINE, size_switch
from pages.parts.literal import literal, plain, shortened
from pages.parts.needs import SERVED
from pages.parts.open_in import targets
from pages.parts.scene import Scene
from pages.parts.thumbnails import inline, template
from pages.parts.wording import rule_words, split_words

KEY = "compare_images"
MOST = 2000
"""How many images are listed at most, the most different first."""
PICTURE = 96


def image_list(
    seen: Scene,
    wish: Asked,
    pair: Pair,
    found: Comparison,
    rows: np.ndarray,
    picked: int | None,
    height: int,
) -> None:
    """Draw the images in the order of `rows`; a click picks one."""
    address = template(pair.first.store)
    most = MOST_INLINE if address is None else MOST
    shown = rows[:most]
    whole = split_words(seen.view.split, len(rows))
    what = "All" if wish.cell is None else cell_words(pair)[wish.cell].capitalize()
    cut = f", the first {most:,}" if len(rows) > most else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            literal(f"{what} · {whole}{cut}, the most different answers first"), width="content"
        )
        if seen.view.rule is not None:
            st.caption(literal(rule_words(seen.view.rule, seen.names)), width="content")
            st.button(
                "", icon=":material/close:", key="w_clear", help="Clear the selection",
                on_click=choose.select, args=(None,),
            )  # fmt: skip
        size_switch()
    ids = found.here[shown]
    pictures = inline(pair.first.store, ids) if address is None else {}
    image_grid(
        key=KEY,
        sample_ids=ids,
        captions=[_caption(seen, pair, found, row) for row in shown.tolist()],
        wrong=(found.predicted != found.other)[shown],
        thumbnails=[pictures.get(i, "") for i in ids.tolist()] if address is None else address,
        size=st.session_state.get("w_size") or DEFAULT_SIZE,
        picked=picked,
        study=pair.first.store.study,
        height=height,
        empty="No such image.",
    )
    st.caption("Red border: the two give different answers")


def heed_images() -> None:
    """Write what was clicked in the list to the URL; call it before the view is read."""
    event = pick_event(KEY)
    if event.picked is not None:
        choose.pick(event.picked)


def picked_pair(seen: Scene, pair: Pair, found: Comparison, row: int) -> None:
    """Draw one image with both teachers' probabilities on one axis, and ways to the lenses."""
    here, there = int(found.here[row]), int(found.there[row])
    about, bars = st.columns([0.52, 0.48], gap="small")
    with about, st.container(gap="xsmall"):
        _about(seen, pair, found, row)
        ways(pair.first.store, pair.first, here, "open_in")
        ways(pair.first.store, pair.second, there, "open_in_second")
    with bars, st.container(gap="xxsmall"):
        p = reads.probabilities(pair.first.store, pair.first.epoch, here)
        q = reads.probabilities(pair.second.store, pair.second.epoch, there)
        names = (plain(pair.first.name), plain(pair.second.name))
        one, two = side_colors(seen.theme)
        st.html(
            f'<div style="font-size:0.8rem"><b style="color:{one}">■</b> {escape(names[0])} '
            f'&nbsp; <b style="color:{two}">■</b> {escape(names[1])}</div>'
        )
        st.vega_lite_chart(
            spec_of(
                paired_bars(p, q, seen.names, int(found.label[row]), sides=names, theme=seen.theme)
            ),
            key="compare_bars",
            alt=f"Probabilities of image {here} by {names[0]} and {names[1]}",
        )
        st.caption("Probabilities, true label in red")


def ways(store: Store, side: Side, sample: int, key: str) -> None:
    """Draw links that open one teacher's answer on the other pages.

    The view of `store` travels along as far as it holds for the other study.
    """
    pages = st.session_state.get(SERVED, {})
    places = targets(side.store)
    if not places:
        return
    here = {w: v for w, v in st.query_params.to_dict().items() if w in travel.SHARED}
    words = here if side.store is store else kin.translated(here, store, side.store)
    words = {**words, **named(side.store), "sample": str(sample), "epoch": epoch_label(side.epoch)}
    with st.container(horizontal=True, gap="xsmall", key=key, vertical_alignment="center"):
        st.caption(f"Open in {literal(side.name)}", width="content")
        for page, title in places.items():
            st.page_link(pages[page], label=title, query_params=words, width="content")


def _about(seen: Scene, pair: Pair, found: Comparison, row: int) -> None:
    here, there = int(found.here[row]), int(found.there[row])
    split = "test" if seen.samples.is_test[here] else "train"
    names = seen.names
    facts = [
        ("image", f"{here}" if here == there else f"{here}, in the second {there}"),
        ("in source", f"{split} {seen.samples.split_id[here]}"),
        (
            "true",
            f'<b style="color:{RED[seen.theme]}">{escape(plain(names[found.label[row]]))}</b>',
        ),
        (escape(shortened(pair.first.name)), escape(plain(names[found.predicted[row]]))),
        (escape(shortened(pair.second.name)), escape(plain(names[found.other[row]]))),
        ("total variation", f"{found.variation[row]:.3f}"),
    ]
    uri = inline(pair.first.store, [here]).get(here)
    picture = (
        f'<img src="{uri}" width="{PICTURE}" height="{PICTURE}" alt="Image {here}">'
        if uri
        else "no picture"
    )
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
    st.html(f'<div class="darkroom-picked">{picture}<dl>{rows}</dl></div>')


def _caption(seen: Scene, pair: Pair, found: Comparison, row: int) -> str:
    true, one, two = (
        shortened(seen.names[c], 20)
        for c in (found.label[row], found.predicted[row], found.other[row])
    )
    return (
        f"true {true}; {pair.first.name}: {one}; {pair.second.name}: {two}; "
        f"{found.variation[row]:.2f}"
    )
