"""Pictures of samples: by address where the application has a route for them, else inline.

The address holds the data set's key, so a picture never changes under its address and the browser
may keep it for ever; where readers sign in, the key carries a code. `thumbnail_png` is what the
route calls; it needs no session of Streamlit.
"""

import base64
import os
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

import streamlit as st

from core.store import Store, studies
from pages.parts.entry import coded, uncoded
from pages.parts.runs import store_root, store_with

STAGE = "dataset"
BLOCK = 256
"""How many pictures are read at a time."""


def thumbnail_png(study: str, key: str, sample_id: int) -> bytes | None:
    """Return the picture as a PNG file; None if the study's run holds no such picture.

    Raises nothing for any input: what the store refuses is a picture that is not there.
    """
    try:
        root = store_root()
        plain_key = uncoded(study, key)
        if plain_key is None or study not in studies(root):
            return None
        store = store_with(study, STAGE, plain_key)
        return None if store is None else _picture(store, plain_key, sample_id)
    except (ValueError, OSError):
        return None


def by_address() -> bool:
    """Return whether the application that runs has mounted the route."""
    return os.environ.get("DARKROOM_ROUTE") == "1"


def template(store: Store) -> str | None:
    """Return the address of a picture with `{id}` in place of its number; None without a route."""
    if not by_address():
        return None
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{base}" if base else ""
    key = coded(store.study, store.manifest(STAGE).key)
    return f"{prefix}/thumbnails/{quote(store.study)}/{key}/{{id}}.png"


def inline(store: Store, sample_ids: Iterable[int]) -> dict[int, str]:
    """Return the pictures as data URIs; those that the store does not hold are left out."""
    key = store.manifest(STAGE).key
    found = {i: _picture(store, key, i) for i in map(int, sample_ids)}
    return {i: data_uri(png) for i, png in found.items() if png is not None}


def data_uri(png: bytes) -> str:
    """Return the PNG file as a data URI."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _picture(store: Store, key: str, sample_id: int) -> bytes | None:
    if store.manifest(STAGE).key != key or not 0 <= sample_id < 2**31:
        return None
    return _block(store, sample_id // BLOCK).get(sample_id)


@lru_cache(maxsize=48)
def _block(store: Store, block: int) -> dict[int, bytes]:
    frame = store.sql(
        "select sample_id, png from thumbnail where sample_id >= ? and sample_id < ?",
        [block * BLOCK, (block + 1) * BLOCK],
    )
    return dict(zip(map(int, frame["sample_id"]), map(bytes, frame["png"]), strict=True))
