import base64
import zlib

import numpy as np

from pages.components.carrier import pack
from pages.export.blobs import Blobs, unpacked


def test_a_part_comes_out_as_it_was_packed():
    blobs = Blobs()
    values = np.arange(7, dtype=np.float32)
    codes = np.array([1, 2, 3], np.uint8)
    content = pack({"key": "map", "part": "colors", "n": 7}, {"values": values, "codes": codes})
    part = unpacked(content, blobs)
    assert (part.key, part.name, part.meta) == ("map", "colors", {"n": 7})
    kind, place, length = part.arrays["values"]
    held = zlib.decompress(base64.b64decode(blobs.texts[place]))
    assert (kind, length) == ("f4", 7)
    assert np.array_equal(np.frombuffer(held, np.float32), values)
    assert zlib.decompress(base64.b64decode(blobs.texts[part.arrays["codes"][1]])) == b"\1\2\3"


def test_an_array_that_two_views_share_is_kept_once():
    blobs = Blobs()
    places = np.arange(100, dtype=np.uint16)
    for key in ("a", "b"):
        unpacked(pack({"key": key, "part": "positions"}, {"positions": places}), blobs)
    assert len(blobs.texts) == 1
