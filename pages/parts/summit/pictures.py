"""Pictures of channels and image patches: by address where there is a route, else inline.

The address holds the key of the artifact, so a picture never changes under its address.
`channel_picture` is what the route calls; it needs no session of Streamlit.
"""

from functools import lru_cache
from urllib.parse import quote

import numpy as np
import streamlit as st

from core.store import Store, studies
from pages.components.attribution_graph import Pictures
from pages.parts.entry import coded, uncoded
from pages.parts.runs import store_root, store_with
from pages.parts.summit import held
from pages.parts.thumbnails import by_address, data_uri

KINDS = {
    "picture": (held.PICTURES, "feature_visualization", "variant"),
    "patch": (held.PATCHES, "patch_picture", "rank"),
}
BLOCK = 64
"""How many channels are read at a time."""
PIXELATED = 64
"""Pictures of images up to so many pixels a side show their pixels."""
MOST_INLINE = 120
"""Pictures of how many vertices travel inside the page where they have no address."""


def channel_picture(
    study: str, key: str, kind: str, layer: int, channel: int, number: int
) -> tuple[bytes, str] | None:
    """Return a picture's file and its media type; None if the study's run holds no such picture.

    Raises nothing for any input: what the store refuses is a picture that is not there.
    """
    if kind not in KINDS or not all(0 <= n < 2**31 for n in (layer, channel, number)):
        return None
    try:
        plain_key = uncoded(study, key)
        if plain_key is None or study not in studies(store_root()):
            return None
        store = store_with(study, KINDS[kind][0], plain_key)
        if store is None:
            return None
        picture = _pictures(store, kind, layer, channel).get(number)
    except (ValueError, OSError):
        return None
    return None if picture is None else (picture, media_type(picture))


def media_type(picture: bytes) -> str:
    """Return what kind of file a picture is, by its first bytes."""
    return "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"


def uri(picture: bytes) -> str:
    """Return a picture as a data URI."""
    return data_uri(picture).replace("image/png", media_type(picture), 1)


def pictures_of(store: Store, layer: np.ndarray, channel: np.ndarray) -> Pictures:
    """Return where the pictures of these channels are, and what is said of those that are not."""
    found = {kind: _counts(store, *_key(store), kind) for kind in KINDS}
    ids = list(zip(layer.tolist(), channel.tolist(), strict=True))
    variants, patches = (
        np.array([found[kind].get(one, 0) for one in ids], np.int64) for kind in KINDS
    )
    said = held.notes(store)
    notes = {
        part: said[part].text if part in said and said[part].missing else ""
        for part in ("variants", "patches")
    }
    if not found["patch"] and not notes["patches"]:
        notes["patches"] = "Image patches come from the stage summit_patches, not built yet."
    return Pictures(
        variants,
        patches,
        _template(store, "picture"),
        _template(store, "patch"),
        {} if by_address() else _inline(store, ids[:MOST_INLINE], found),
        notes["variants"],
        notes["patches"],
        _pixelated(store),
    )


def main_picture(store: Store, layer: int, channel: int) -> bytes | None:
    """Return the picture that stands for a channel: its first variant, else its best patch."""
    for kind in KINDS:
        if (picture := _pictures(store, kind, layer, channel).get(0)) is not None:
            return picture
    return None


def _template(store: Store, kind: str) -> str | None:
    stage, table, _ = KINDS[kind]
    if not by_address() or not held.has(store, stage, f"{table}.parquet"):
        return None
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{base}" if base else ""
    key = coded(store.study, store.manifest(stage).key)
    return f"{prefix}/channels/{quote(store.study)}/{key}/{kind}/{{layer}}/{{channel}}/{{number}}"


def _inline(
    store: Store, ids: list[tuple[int, int]], found: dict[str, dict[tuple[int, int], int]]
) -> dict[str, str]:
    return {
        f"{kind}/{layer}/{channel}/{number}": uri(picture)
        for kind in KINDS
        for layer, channel in ids
        if (layer, channel) in found[kind]
        for number, picture in _pictures(store, kind, layer, channel).items()
    }


def _pixelated(store: Store) -> bool:
    if not held.has(store, "dataset", "images.npy"):
        return False
    return max(store.array("dataset", "images").shape[1:3]) <= PIXELATED


def _key(store: Store) -> tuple[str, str, str]:
    return str(store.root), store.study, store.fingerprint


@st.cache_resource(max_entries=8, show_spinner=False)
def _counts(
    _store: Store, root: str, study: str, fingerprint: str, kind: str
) -> dict[tuple[int, int], int]:
    """Return how many pictures each channel has."""
    stage, table, _ = KINDS[kind]
    query = f"select layer, channel, count(*) as n from {table} group by 1, 2"
    rows = held.table(_store, stage, table, query)
    return {(int(a), int(b)): int(n) for a, b, n in rows.itertuples(index=False)}


def _pictures(store: Store, kind: str, layer: int, channel: int) -> dict[int, bytes]:
    stage, table, _ = KINDS[kind]
    if not held.has(store, stage, f"{table}.parquet"):
        return {}
    return _block(store, kind, layer, channel // BLOCK).get(channel, {})


@lru_cache(maxsize=64)
def _block(store: Store, kind: str, layer: int, block: int) -> dict[int, dict[int, bytes]]:
    _, table, number = KINDS[kind]
    rows = store.sql(
        f"select channel, {number}, picture from {table} "
        f"where layer = ? and channel >= ? and channel < ? order by channel, {number}",
        [layer, block * BLOCK, (block + 1) * BLOCK],
    )
    found: dict[int, dict[int, bytes]] = {}
    for channel, at, picture in rows.itertuples(index=False):
        found.setdefault(int(channel), {})[int(at)] = bytes(picture)
    return found
