"""Arrays out of ``.npz`` and ``.npy`` files that nobody has to trust.

Nothing is unpickled, and nothing is unpacked before its declared size was found reasonable: a
few megabytes of zeros would otherwise fill the memory.
"""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import numpy as np
from numpy.lib import format as npy

from core.datasets.content import one_line

# what numpy and zipfile raise on damaged, encrypted or unknown files, found with random damage
DAMAGE = (
    ValueError,
    SyntaxError,
    tokenize.TokenError,
    OSError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
LARGEST = 8 << 30  # bytes of one array
BOMB = 100 << 20  # bytes from which on the ratio of compression counts
RATIO = 500  # zeros reach 1,032; drawings stay below 20


def npz_names(path: Path) -> tuple[str, ...]:
    """Return the names of a file's arrays; raises ``ValueError`` if it is no ``.npz``."""
    with _archive(path) as archive:
        return tuple(name.removesuffix(".npy") for name in archive.namelist())


def read_npz(path: Path, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Return the arrays of these names.

    Raises
    ------
    ValueError
        If the file is damaged, an array is missing, holds objects, or is suspiciously large.
    """
    arrays = {}
    with _archive(path) as archive:
        there = {name.removesuffix(".npy"): name for name in archive.namelist()}
        for name in names:
            if name not in there:
                raise ValueError(
                    f"{path.name} has no array {name!r}: it holds {', '.join(there) or 'none'}"
                )
            arrays[name] = _read(path, archive, archive.getinfo(there[name]))
    return arrays


def read_npy(path: Path) -> np.ndarray:
    """Return the array of an ``.npy`` file, mapped into memory rather than read.

    Raises
    ------
    ValueError
        If the file is damaged or holds objects.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except DAMAGE as error:
        raise ValueError(f"{path.name} is no .npy file of numbers: {one_line(error)}") from None
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path.name} is no .npy file of numbers but an .npz: set source = 'npz'")
    return array


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except DAMAGE as error:
        raise ValueError(
            f"{path.name} is no .npz file, or only a part of one: {one_line(error)}"
        ) from None


def _read(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    where = f"{path.name}, array {member.filename.removesuffix('.npy')!r}"
    size = member.file_size
    if size > LARGEST or (size > BOMB and size > RATIO * max(member.compress_size, 1)):
        raise ValueError(
            f"{where} unpacks {member.compress_size} bytes to {size}: this looks like a "
            f"decompression bomb and is refused"
        )
    try:
        with cast(zipfile.ZipExtFile, archive.open(member)) as file:
            shape, fortran, dtype = _header(file)
            if dtype.hasobject:
                raise ValueError("it holds Python objects, which are not read: save plain numbers")
            needed = file.tell() + math.prod(shape) * dtype.itemsize
            if needed != size:
                raise ValueError(f"its shape needs {needed} bytes, the file declares {size}")
            flat = np.empty(math.prod(shape), dtype)
            _fill(file, flat)
    except DAMAGE as error:
        raise ValueError(f"{where} cannot be read: {one_line(error)}") from None
    return flat.reshape(shape, order="F" if fortran else "C")


def _header(file: zipfile.ZipExtFile) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = npy.read_magic(file)
    if version == (1, 0):
        return npy.read_array_header_1_0(file)
    if version == (2, 0):
        return npy.read_array_header_2_0(file)
    raise ValueError(f"unknown version {version} of the .npy format")


def _fill(file: zipfile.ZipExtFile, flat: np.ndarray) -> None:
    """Read in blocks, straight into the array, so that nothing is held twice."""
    target = flat.view(np.uint8) if flat.size else np.empty(0, np.uint8)
    start = 0
    while start < len(target):
        block = file.read(min(16 << 20, len(target) - start))
        if not block:
            raise EOFError("it ends too early")
        target[start : start + len(block)] = np.frombuffer(block, np.uint8)
        start += len(block)
    file.read(1)  # reaches the end, so that the checksum is compared
