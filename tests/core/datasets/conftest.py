"""Small files of every kind that the data sources read."""

import gzip
import io
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SIDE = 4


def picture(value: int = 100, mode: str = "L", size: tuple[int, int] = (SIDE, SIDE)) -> Image.Image:
    grey = Image.new("L", size, value)
    return grey if mode == "L" else grey.convert(mode)


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def idx_bytes(array: np.ndarray) -> bytes:
    return struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


def write_idx(path: Path, array: np.ndarray) -> None:
    content = idx_bytes(array)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def write_packed(path: Path, values: list[int], side: int = SIDE, **arrays) -> None:
    images = [encoded(picture(value, "RGB", (side, side)), "JPEG") for value in values]
    np.savez_compressed(
        path,
        jpeg=np.frombuffer(b"".join(images), np.uint8),
        offsets=np.cumsum([0, *map(len, images)]),
        **arrays,
    )


@pytest.fixture
def mnist_root(tmp_path: Path) -> Path:
    folder = tmp_path / "mnist"
    folder.mkdir()
    for part, count in (("train", 6), ("t10k", 4)):
        images = np.arange(count * 4, dtype=np.uint8).reshape(count, 2, 2)
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", np.arange(count, dtype=np.uint8))
    return tmp_path


@pytest.fixture
def celeba_root(tmp_path: Path) -> Path:
    folder = tmp_path / "celeba64"
    folder.mkdir()
    names = ["Smiling", "Eyeglasses", "Blond_Hair", "Male"]
    attributes = np.array([[1, 0, 0, 0], [1, 0, 1, 0], [0, 1, 1, 1], [0, 0, 0, 1]] * 5, np.int8)
    (folder / "attributes.json").write_text(json.dumps({"attributes": names}))
    write_packed(folder / "faces64_jpeg.npz", list(range(0, 200, 10)), attributes=attributes)
    return tmp_path


@pytest.fixture
def image_folder(tmp_path: Path) -> Path:
    """Two classes of five grey images."""
    for number, name in enumerate(("cat", "dog")):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for index in range(5):
            image = picture(100 * number + 10 * index)
            (tmp_path / "pets" / name / f"{index}.png").write_bytes(encoded(image))
    return tmp_path / "pets"
