"""Two classes against each other: what their graphs share and what each has alone (section 8.3)."""

import streamlit as st

from pages.components.attribution_graph import Head
from pages.parts import choose
from pages.parts.literal import literal, plain, shortened
from pages.parts.summit import held
from pages.parts.summit.asked import OPERATIONS, Operation
from pages.parts.summit.cases import overlap
from pages.parts.summit.drawing import comparison
from pages.parts.summit.graph_view import class_head, graph_view
from pages.parts.summit.heed import Export
from pages.parts.summit.seen import Seen
from pages.parts.wording import distinct_names

OPERATION_WORDS: dict[Operation, str] = {
    "both": "Shared",
    "union": "Both together",
    "first": "Only first",
    "second": "Only second",
    "side": "Side by side",
}


def compare_controls(seen: Seen, second: int) -> None:
    """Draw the choice of the other class and of what is shown, and say what is shared."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        names = distinct_names(seen.names, seen.outline.classes)
        st.session_state["w_class2"] = second
        st.selectbox(
            "Compared with",
            [class_ for class_ in names if class_ != seen.wish.class_],
            key="w_class2",
            format_func=lambda class_: f"with {names[class_]}",
            label_visibility="collapsed",
            width=230,
            on_change=choose.put_widget,
            args=("class2", "w_class2"),
        )
        st.session_state["w_with"] = seen.wish.operation
        st.segmented_control(
            "Shown",
            OPERATIONS,
            key="w_with",
            required=True,
            format_func=OPERATION_WORDS.__getitem__,
            label_visibility="collapsed",
            on_change=choose.put_widget,
            args=("with", "w_with", "union"),
        )
        st.button(
            "",
            icon=":material/swap_horiz:",
            key="w_swap",
            help="First and second change places",
            on_click=_swap,
            args=(seen.wish.class_, second),
        )
    st.caption(literal(_words(seen, second)))


def compare_graphs(seen: Seen, second: int, height: int, export: Export | None) -> None:
    """Draw the graph of the comparison, or two side by side."""
    names = (plain(seen.names[seen.wish.class_]), plain(seen.names[second]))
    graphs = (seen.graph, held.graph(seen.store, second))
    drawn = comparison(seen.store, *graphs, names, seen.wish.operation, seen.theme)
    if len(drawn) == 2:
        left, right = st.columns(2, gap="small")
        with left:
            head = class_head(seen, seen.wish.class_)
            graph_view(seen, drawn[0], head, height, export=export, linked=True)
        with right:
            head = class_head(seen, second)
            graph_view(seen, drawn[1], head, height, export=export, second=True, linked=True)
        return
    title = {
        "both": f"{names[0]} and {names[1]}: shared",
        "union": f"{names[0]} and {names[1]}",
        "first": f"{names[0]} without {names[1]}",
        "second": f"{names[1]} without {names[0]}",
    }[seen.wish.operation]
    graph_view(seen, drawn[0], Head(title), height, export=export)


def _words(seen: Seen, second: int) -> str:
    """Return how much two graphs share, in a sentence."""
    rows = overlap(seen.store, seen.wish.class_, second)
    shared, one, two = (sum(row[k] for row in rows) for k in range(3))
    like = seen.similarity[seen.outline.place(second)]
    total = one + two - shared
    share = f" ({shared / total:.0%} of either's)" if total else ""
    return (
        f"{shared} shared channels{share}: {one} of {shortened(seen.names[seen.wish.class_])}, "
        f"{two} of {shortened(seen.names[second])}. Cosine similarity in {seen.layer}: {like:.2f}. "
        f"Shared by layer, the last first: {', '.join(str(row[0]) for row in reversed(rows))}."
    )


def _swap(first: int, second: int) -> None:
    choose.put("class", second)
    choose.put("class2", first)
    choose.put("pin", None)
