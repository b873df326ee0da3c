"""Channels that say nothing about the class: hubs, and those that respond to the frame (8.4)."""

import pandas as pd
import streamlit as st

from pages.parts import choose
from pages.parts.literal import literal, plain
from pages.parts.summit import held
from pages.parts.summit.asked import pin_words
from pages.parts.summit.pictures import main_picture, uri
from pages.parts.summit.rows import leading_rows
from pages.parts.summit.seen import Seen

MOST = 100
SHARES = {
    "chosen by": "Share of all images that chose it",
    "reach": "Share of classes in which half that rate or more did",
    "information": "Share of the class's entropy that the count tells",
    "frame": "Share of the images that excite it whose largest value lies at the border only",
}


def channels_panel(seen: Seen) -> None:
    """Draw the flagged channels, and how much of the graphs they are."""
    flags, note = held.flags(seen.store), held.notes(seen.store).get("flags")
    if note is not None:
        st.caption(literal(note.text))
    if flags.empty:
        if note is None:
            st.info("They come from the stage summit.")
        return
    found = flags.loc[flags["hub"] | flags["non_semantic"]]
    if found.empty:
        st.info(f"None of {len(flags):,} channels serves every class alike or responds to a frame.")
        return
    used = held.users(seen.store)
    ids = [(int(a), int(b)) for a, b in zip(found["layer"], found["channel"], strict=True)]
    graphs = [used.get(one, 0) for one in ids]
    own = set(zip(seen.graph.layer.tolist(), seen.graph.channel.tolist(), strict=True))
    st.caption(
        f"{int(found['non_semantic'].sum())} channels respond to the frame of the image and "
        f"{int(found['hub'].sum())} serve nearly every class alike, of {len(flags):,}. They are "
        f"{sum(graphs):,} of the {sum(used.values()):,} vertices of all graphs, and "
        f"{len(own & set(ids))} of this class's {len(own)} · a row pins the channel"
    )
    table = found.assign(graphs=graphs, id=ids, here=[one in own for one in ids])
    table = table.sort_values(["graphs", "rate"], ascending=False, kind="stable").head(MOST)
    pictures = [main_picture(seen.store, *one) for one in table["id"]]
    leading_rows(
        "summit_flagged",
        pd.DataFrame(
            {
                "picture": [uri(p) if p is not None else None for p in pictures],
                "layer": [plain(seen.outline.layers[layer]) for layer in table["layer"]],
                "channel": table["channel"].to_numpy(),
                "flag": [
                    " and ".join([*(["hub"] if hub else []), *(["frame"] if frame else [])])
                    for hub, frame in zip(table["hub"], table["non_semantic"], strict=True)
                ],
                "graphs": table["graphs"].to_numpy(),
                "here": table["here"].to_numpy(),
                "chosen by": 100 * table["rate"].to_numpy(),
                "reach": 100 * table["reach"].to_numpy(),
                "information": 100 * table["information"].to_numpy(),
                "frame": 100 * table["frame"].to_numpy(),
            }
        ),
        table["id"].tolist(),
        lambda one: choose.put("pin", None if one is None else pin_words(one)),
        chosen=seen.wish.pin,
        most=7,
        columns={
            "picture": st.column_config.ImageColumn("", width=40),
            "graphs": st.column_config.NumberColumn(help="Classes whose graph it is in"),
            "here": st.column_config.CheckboxColumn(help="Whether it is in this class's graph"),
            **{
                name: st.column_config.NumberColumn(format="%.0f %%", help=words)
                for name, words in SHARES.items()
            },
        },
        alt="Flagged channels",
    )
