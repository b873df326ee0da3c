"""CIFAR-10 and CIFAR-100: 50,000 training and 10,000 test images, 32 x 32.

The official binary files are read where they lie, as the archive or unpacked. For CIFAR-10 packed
JPEG copies do instead; these are lossy, and their rows are not those of the official batches.
"""

import tarfile
import zlib
from pathlib import Path

import numpy as np

from core.datasets.content import MissingData, Root, data_root, missing, placed
from core.datasets.licences import LICENCES
from core.datasets.listing import Listing, held, official
from core.datasets.options import SourceOptions
from core.datasets.packed import PackedImages, joined

PIXELS = 3 * 32 * 32  # bytes of an image: all of red, all of green, all of blue
LARGEST = 1 << 30  # bytes of one batch; the official ones have 154 MB at most
CIFAR10 = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
PACKED = ("train_jpeg.npz", "test_jpeg.npz")
LOSSY = "lossy copies (JPEG, quality 75): networks trained on clean images lose ten points here"
SOURCE = "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009"
BATCHES = {
    "cifar10": (
        "cifar-10-binary.tar.gz",
        "cifar-10-batches-bin",
        (tuple(f"data_batch_{number}.bin" for number in range(1, 6)), ("test_batch.bin",)),
    ),
    "cifar100": ("cifar-100-binary.tar.gz", "cifar-100-binary", (("train.bin",), ("test.bin",))),
}
FINE_NAMES = "fine_label_names.txt"


def cifar10(options: SourceOptions, root: Root) -> Listing:
    """Return CIFAR-10; raises ``ValueError`` if files are missing or damaged."""
    files = cifar10_files(options, root)
    title = "CIFAR-10, photographs, 32 x 32"
    if files[0].name != PACKED[0]:
        labels, parts = _batches("cifar10", files, label_bytes=1)
        return _listing("cifar10", title, labels, CIFAR10, parts)
    packed = [PackedImages(file, "labels") for file in files]
    split, split_id = official([len(part) for part in packed])
    return Listing(
        name="cifar10",
        title=title,
        labels=np.concatenate([part.extra["labels"] for part in packed]).astype(np.int64),
        class_names=CIFAR10,
        split=split,
        split_id=split_id,
        pixels=joined(*packed),
        source=SOURCE,
        licence=LICENCES["cifar10"],
        notes=(LOSSY,),
    )


def cifar100(options: SourceOptions, root: Root) -> Listing:
    """Return CIFAR-100 with its 100 fine labels; raises ``ValueError`` as ``cifar10`` does."""
    files = cifar100_files(options, root)
    labels, parts = _batches("cifar100", files, label_bytes=2)
    names = _contents("cifar100", files, (FINE_NAMES,))[0].decode().split()
    return _listing("cifar100", "CIFAR-100, photographs, 32 x 32", labels, tuple(names), parts)


def cifar10_files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the official files, else the packed ones; raises ``MissingData``."""
    found = _official_files("cifar10", root)
    if found:
        return found
    try:
        return placed("cifar10", "cifar10", PACKED, root)
    except MissingData:
        raise missing("cifar10", "cifar10", [BATCHES["cifar10"][0]], data_root(root)) from None


def cifar100_files(options: SourceOptions, root: Root) -> list[Path]:
    """Return the official archive or its unpacked files; raises ``MissingData``."""
    found = _official_files("cifar100", root)
    if not found:
        raise missing("cifar100", "cifar100", [BATCHES["cifar100"][0]], data_root(root))
    return found


def _official_files(name: str, root: Root) -> list[Path]:
    archive, folder, (train, test) = BATCHES[name]
    base = (data_root(root) or Path()) / name
    if data_root(root) is None:
        return []
    extra = (FINE_NAMES,) if name == "cifar100" else ()
    unpacked = [base / folder / file for file in (*train, *test, *extra)]
    if all(file.is_file() for file in unpacked):
        return unpacked
    return [base / archive] if (base / archive).is_file() else []


def _batches(
    name: str, files: list[Path], label_bytes: int
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Labels of all images, and the images of both parts; the last byte of a label is the fine."""
    _, _, (train, test) = BATCHES[name]
    contents = _contents(name, files, (*train, *test))
    records = []
    for file, content in zip((*train, *test), contents, strict=True):
        if not content or len(content) % (label_bytes + PIXELS):
            raise ValueError(
                f"{file} of {name} has {len(content)} bytes, which is no multiple of "
                f"{label_bytes + PIXELS}: get the file again"
            )
        records.append(np.frombuffer(content, np.uint8).reshape(-1, label_bytes + PIXELS))
    both = [np.concatenate(records[: len(train)]), np.concatenate(records[len(train) :])]
    labels = np.concatenate([part[:, label_bytes - 1] for part in both]).astype(np.int64)
    first, second = (
        np.ascontiguousarray(
            part[:, label_bytes:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), dtype=np.uint8
        )
        for part in both
    )
    return labels, (first, second)


def _contents(name: str, files: list[Path], wanted: tuple[str, ...]) -> list[bytes]:
    """What the wanted files hold, read from the folder or out of the archive."""
    archive, folder, _ = BATCHES[name]
    if files[0].name != archive:
        place = {file.name: file for file in files}
        return [place[file].read_bytes() for file in wanted]
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(files[0], "r|gz") as packed:
            for member in packed:
                base = member.name.removeprefix("./").removeprefix(f"{folder}/")
                if base in wanted and member.isfile() and member.size <= LARGEST:
                    stream = packed.extractfile(member)
                    found[base] = stream.read() if stream else b""
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{archive} is cut off or damaged ({error}): get it again") from None
    if absent := [file for file in wanted if file not in found]:
        raise ValueError(f"{archive} lacks {', '.join(absent)}: get it again")
    return [found[file] for file in wanted]


def _listing(
    name: str,
    title: str,
    labels: np.ndarray,
    class_names: tuple[str, ...],
    parts: tuple[np.ndarray, np.ndarray],
) -> Listing:
    split, split_id = official([len(part) for part in parts])
    return Listing(
        name=name,
        title=title,
        labels=labels,
        class_names=class_names,
        split=split,
        split_id=split_id,
        pixels=held(*parts),
        source=SOURCE,
        licence=LICENCES[name],
    )
