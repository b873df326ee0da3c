"""The parts of our components on their way into a file: each array once, however often it is used.

A carrier's bytes are a JSON header and arrays (`pages/components/carrier.py`). Several views of one
page hold the same arrays, so an array is kept under the hash of its bytes; what the views do not
share are the headers, in which the component's key is made the view's own.
"""

import base64
import hashlib
import json
import zlib
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Blobs:
    """Arrays by their place in the file's list, compressed as zlib does it, in base64."""

    texts: list[str] = field(default_factory=list)
    _places: dict[bytes, int] = field(default_factory=dict)

    def place(self, content: bytes) -> int:
        """Return the place of these bytes in the list; they are added if they are new."""
        mark = hashlib.sha256(content).digest()
        if mark not in self._places:
            self._places[mark] = len(self.texts)
            self.texts.append(base64.b64encode(zlib.compress(content, 9)).decode("ascii"))
        return self._places[mark]


@dataclass(frozen=True)
class Part:
    """One part of a component: what it says and where its arrays are, [type, place, length]."""

    key: str
    name: str
    meta: dict[str, Any]
    arrays: dict[str, tuple[str, int, int]]

    def as_json(self, key: str) -> dict[str, Any]:
        """Return the part for the file, for a component that is called `key` there."""
        return {"key": key, "part": self.name, "meta": self.meta, "arrays": self.arrays}


def unpacked(content: bytes, blobs: Blobs) -> Part:
    """Return the part that a carrier brings, its arrays put among the blobs.

    Raises
    ------
    ValueError
        If the bytes are not those of a carrier.
    """
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    meta, start = dict(header["meta"]), 4 + length
    arrays = {}
    for name, (kind, offset, size) in header["arrays"].items():
        first = start + offset
        held = content[first : first + size * int(kind[1:])]
        arrays[name] = (kind, blobs.place(held), size)
    return Part(meta.pop("key"), meta.pop("part"), meta, arrays)
