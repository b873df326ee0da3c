"""The carrier: brings named parts of a component's data to the browser, each only when it changed.

A component's own message carries its JavaScript, and would carry all its data again whenever one
number changes. So a map or a grid is a component whose message never changes, and its data come in
parts (positions, colours, what is picked, ...), each by an invisible carrier. Streamlit sends a
large message once and refers to it afterwards: a pick costs a few hundred bytes, not the map.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.components.v2 import component

_FOLDER = Path(__file__).parent


def javascript(*names: str) -> str:
    """One ES module: the registry of parts followed by the named files of this folder."""
    files = ("parts.js", *names)
    # Streamlit takes a string of one line for a path, hence the line breaks.
    return "\n".join((_FOLDER / name).read_text("utf-8") for name in files) + "\n"


_carrier = component("darkroom_carrier", js=javascript("carrier.js"))


def pack(meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of one part: a JSON header and little-endian arrays, each on a multiple of four.

    Parameters
    ----------
    meta
        Anything that JSON can hold.
    arrays
        Contiguous arrays of uint8, uint16, uint32, int32 or float32; any shape, read in C order.
    """
    places: dict[str, tuple[str, int, int]] = {}
    chunks: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        chunk = np.ascontiguousarray(array).tobytes()
        places[name] = (array.dtype.str[1:], offset, array.size)
        padding = -len(chunk) % 4
        chunks += [chunk, b"\0" * padding]
        offset += len(chunk) + padding
    header = json.dumps({"meta": meta, "arrays": places}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 4)
    return b"".join([len(header).to_bytes(4, "little"), header, *chunks])


def carry(
    key: str, part: str, meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None
) -> None:
    """Send one part of the component `key` to the browser.

    Parameters
    ----------
    key
        The key of the component that picks the part up.
    part
        The name under which it looks for it.
    meta, arrays
        As for `pack`.
    """
    data = pack({**meta, "key": key, "part": part}, arrays or {})
    _carrier(key=f"{key}.{part}", data=data)


def nothing() -> None:
    """Do nothing: a state value comes back only if a callback is named for it."""


def either(callback: Callable[[], None] | None) -> Callable[[], None]:
    """The callback, or one that does nothing."""
    return callback or nothing
