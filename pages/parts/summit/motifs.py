"""Motifs: the pairs of neighbouring influences that most classes' graphs have in common."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.store import Store
from core.summit.compare import Edge
from pages.parts import choose
from pages.parts.literal import literal, plain, shortened
from pages.parts.summit import held
from pages.parts.summit.heed import choose_class
from pages.parts.summit.rows import leading_rows
from pages.parts.summit.seen import Seen

MOST_CHOICES = 12


@dataclass(frozen=True)
class Motif:
    """Two edges that meet, and the classes whose graphs have both."""

    edges: tuple[Edge, ...]
    classes: tuple[int, ...]

    @property
    def kind(self) -> str:
        """What the edges form."""
        (layer, a, _), (other, c, _) = self.edges
        if layer != other:
            return "path"
        return "fork" if a == c else "join"

    def words(self, layers: list[str]) -> str:
        """Return the motif's channels in words."""
        (layer, a, b), (other, c, d) = self.edges
        low, high = plain(layers[layer - 1]), plain(layers[layer])
        if self.kind == "path":
            return f"{low} {a} → {high} {b} → {plain(layers[other])} {d}"
        if self.kind == "fork":
            return f"{low} {a} → {high} {b} and {d}"
        return f"{low} {a} and {c} → {high} {b}"


def motifs(store: Store) -> list[Motif]:
    """Return the motifs, the most frequent first."""
    edges = held.table(
        store,
        held.GRAPHS,
        "motif",
        "select motif, layer, channel_in, channel_out from motif order by motif, part",
    )
    classes = held.table(
        store, held.GRAPHS, "motif_class", 'select motif, "class" from motif_class order by 1, 2'
    )
    if edges.empty:
        return []
    holders = {int(str(n)): tuple(map(int, g["class"])) for n, g in classes.groupby("motif")}
    return [
        Motif(
            tuple(
                (int(a), int(b), int(c))
                for a, b, c in group[["layer", "channel_in", "channel_out"]].to_numpy()
            ),
            holders.get(int(str(number)), ()),
        )
        for number, group in edges.groupby("motif")
    ]


def motif_edges(seen: Seen) -> tuple[Edge, ...]:
    """Return the edges of the motif that stands out; none where none does."""
    if seen.wish.part != "motifs" or seen.wish.motif is None:
        return ()
    return motifs(seen.store)[seen.wish.motif].edges


def motif_panel(seen: Seen) -> None:
    """Draw the table of motifs, and where the chosen one occurs."""
    found = motifs(seen.store)
    if not found:
        st.info("No two classes' graphs share two neighbouring influences.")
        return
    total = len(seen.outline.classes)
    st.caption(
        f"The {len(found)} most frequent pairs of neighbouring influences over {total:,} classes' "
        "graphs · a row marks the motif in the graph"
    )
    leading_rows(
        "summit_motifs",
        pd.DataFrame(
            {
                "motif": [motif.words(seen.outline.layers) for motif in found],
                "form": [motif.kind for motif in found],
                "classes": [len(motif.classes) for motif in found],
                "share": [100 * len(motif.classes) / total for motif in found],
                "in this graph": [seen.wish.class_ in motif.classes for motif in found],
            }
        ),
        range(len(found)),
        lambda number: choose.put("motif", number),
        chosen=seen.wish.motif,
        most=6,
        columns={"share": st.column_config.NumberColumn(format="%.0f %%")},
        alt="Most frequent motifs",
    )
    if seen.wish.motif is not None:
        _holders(seen, found[seen.wish.motif])


def _holders(seen: Seen, motif: Motif) -> None:
    others = [class_ for class_ in motif.classes if class_ != seen.wish.class_]
    here = "this class and " if seen.wish.class_ in motif.classes else "not this class but "
    st.caption(literal(f"Has it: {here}{len(others):,} others, for instance"))
    st.session_state["w_motif_class"] = None
    st.pills(
        "Classes with the motif",
        others[:MOST_CHOICES],
        key="w_motif_class",
        format_func=lambda class_: literal(shortened(seen.names[class_])),
        label_visibility="collapsed",
        on_change=_open,
    )


def _open() -> None:
    if (class_ := st.session_state["w_motif_class"]) is not None:
        choose_class(class_)
