"""The idx format of MNIST: a header of sizes, then unsigned bytes; plain or with gzip."""

import gzip
import io
import math
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

Stream = gzip.GzipFile | io.BufferedReader
LARGEST = 8 << 30  # bytes


def read_idx(path: Path, ranks: tuple[int, ...]) -> UInt8[np.ndarray, "..."]:
    """Return the array of an idx file.

    Parameters
    ----------
    path
        The file; whether gzip packed it is seen from its first bytes.
    ranks
        Numbers of axes that are expected: 3 or 4 for images, 1 for labels.

    Raises
    ------
    ValueError
        If it is no idx file of unsigned bytes with such a rank, or not of the size it declares.
    """
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as file:
        try:
            return _read(path.name, file, ranks)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(
                f"{path.name} is cut off or damaged ({error}): get the file again"
            ) from None


def _read(name: str, file: Stream, ranks: tuple[int, ...]) -> UInt8[np.ndarray, "..."]:
    magic = file.read(4)
    wanted = " or ".join(f"0000080{rank}" for rank in ranks)
    if len(magic) < 4 or magic[:3] != b"\0\0\x08" or magic[3] not in ranks:
        raise ValueError(
            f"{name} is not the idx file of unsigned bytes that was expected: it begins with "
            f"{magic.hex() or 'nothing'} instead of {wanted}"
        )
    sizes = np.frombuffer(_exactly(file, 4 * magic[3]), ">u4")
    shape = tuple(int(size) for size in sizes)
    if math.prod(shape) > LARGEST:
        raise ValueError(f"{name} declares {math.prod(shape)} bytes, more than {LARGEST}")
    array = np.frombuffer(_exactly(file, math.prod(shape)), np.uint8).reshape(shape)
    if file.read(1):
        raise ValueError(f"{name} is longer than the shape {shape} that it declares")
    return array


def _exactly(file: Stream, size: int) -> bytes:
    """Read so many bytes in blocks: a false header then costs no more than the file holds."""
    blocks = []
    while size:
        block = file.read(min(size, 16 << 20))
        if not block:
            raise EOFError(f"{size} bytes are missing")
        blocks.append(block)
        size -= len(block)
    return b"".join(blocks)
