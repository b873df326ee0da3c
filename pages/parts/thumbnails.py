"""Pictures of samples: by address where the application has a route for them, else inline.

The address holds the data set's key, so a picture never changes under its address and the browser
may keep it for ever. `thumbnail_png` is what the route calls; it needs no session of Streamlit.
"""

import base64
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import streamlit as st

from core.store import MissingArtifact, Store, StoreError, studies
from pages.parts.reads import store_root

STAGE = "dataset"


def thumbnail_png(study: str, key: str, sample_id: int) -> bytes | None:
    """Return the picture as a PNG file; None if the study's run holds no such picture.

    Raises nothing for any input: what the store refuses is a picture that is not there.
    """
    try:
        root = store_root()
        if study not in studies(root):
            return None
        pictures = _pictures(str(root.resolve()), study, key)
    except (StoreError, OSError):
        return None
    return pictures.get(sample_id)


def by_address() -> bool:
    """Return whether the application that runs has mounted the route."""
    return os.environ.get("DARKROOM_ROUTE") == "1"


def template(store: Store) -> str | None:
    """Return the address of a picture with `{id}` in place of its number; None without a route."""
    if not by_address():
        return None
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{base}" if base else ""
    return f"{prefix}/thumbnails/{quote(store.study)}/{store.manifest(STAGE).key}/{{id}}.png"


def inline(store: Store, sample_ids: Sequence[int]) -> dict[int, str]:
    """Return the pictures as data URIs; those that the store does not hold are left out."""
    key = store.manifest(STAGE).key
    pictures = _pictures(str(Path(store.root).resolve()), store.study, key)
    return {i: data_uri(pictures[i]) for i in map(int, sample_ids) if i in pictures}


def data_uri(png: bytes) -> str:
    """Return the PNG file as a data URI."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


@lru_cache(maxsize=3)
def _pictures(root: str, study: str, key: str) -> dict[int, bytes]:
    """Return all pictures of one data set; a picture has about 200 bytes to 2 kB."""
    store = Store(study, root)
    if store.manifest(STAGE).key != key:
        raise MissingArtifact(f"study {study} has no pictures under key {key[:40]!r}")
    frame = store.table("thumbnail")
    return dict(zip(map(int, frame["sample_id"]), map(bytes, frame["png"]), strict=True))
