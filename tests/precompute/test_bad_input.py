"""Bad input ends in one clear line and exit code 2; odd input that can be read is noted."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from precompute.__main__ import main
from tests.precompute.own_models import SIGNED, pictures

TEACHER = f'[teacher]\nfactory = "tests.precompute.own_models:network"\n{SIGNED}'
FUNCTION = '[data]\nsource = "function"\nfunction = "tests.precompute.own_models:pictures"\n'
PROBABILITIES = SIGNED.replace("[teacher.p", 'outputs = "probabilities"\n[teacher.p')


@pytest.fixture
def folder(tmp_path) -> Path:
    """A hundred coloured digits, a folder for each class."""
    images, labels, _, _ = pictures()
    for row, (image, label) in enumerate(zip(images[:100], labels[:100], strict=True)):
        place = tmp_path / "images" / str(label)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{row:03d}.png")
    return tmp_path / "images"


@pytest.fixture
def built(tmp_path, capsys):
    """Build a study of a folder or a function; returns exit code and the last line of stderr."""

    def build(data: Path | str, teacher: str = TEACHER, *options: str) -> tuple[int, str]:
        data = f'[data]\nsource = "folder"\npath = "{data}"\n' if isinstance(data, Path) else data
        study = tmp_path / "own.toml"
        study.write_text(f"threads = 1\n{data}{teacher}")
        code = main(["build", str(study), "--store", str(tmp_path / "store"), *options])
        error = capsys.readouterr().err
        assert "Traceback" not in error
        assert error.count("darkroom: ") <= 1
        return code, error.splitlines()[-1] if error else ""

    return build


def refused(result: tuple[int, str], *words: str) -> None:
    code, line = result
    assert code == 2
    assert line.startswith("darkroom: ")
    for word in words:
        assert word in line


def test_an_empty_data_set_is_refused(built, tmp_path):
    (tmp_path / "empty").mkdir()
    refused(built(tmp_path / "empty"), "has no class folders: put the images of each class into")
    for name in ("cat", "dog"):
        (tmp_path / "empty" / name).mkdir()
    refused(built(tmp_path / "empty"), "class folder cat holds no images")


def test_one_class_is_refused(built, folder, tmp_path):
    (tmp_path / "one").mkdir()
    (folder / "3").rename(tmp_path / "one" / "3")
    refused(built(tmp_path / "one"), "a classifier needs at least two classes", "all of class '3'")


def test_one_image_is_refused(built, tmp_path):
    (tmp_path / "one" / "cat").mkdir(parents=True)
    Image.fromarray(pictures()[0][0]).save(tmp_path / "one" / "cat" / "0.png")
    refused(built(tmp_path / "one"), "1 images cannot be split", "give more images")


def text(path: Path) -> None:
    path.with_suffix(".txt").write_text("not a picture")


def truncated(path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:150])


def giant(path: Path) -> None:
    """A PNG of a few bytes that declares 900 million pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + body)


def floating(path: Path) -> None:
    Image.fromarray(np.zeros((8, 8), np.float32)).save(path.with_suffix(".tiff"))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (text, "3/new.txt (not an image that Pillow knows)"),
        (truncated, "3/new.png (image file is truncated"),
        (giant, "3/new.png (more than 50 million pixels)"),
        (floating, "3/new.tiff (floating-point pixels: save it with 8 or 16 bits)"),
    ],
)
def test_an_image_that_cannot_be_read_is_named_and_counted(
    built, folder, spoil: Callable[[Path], None], why: str
):
    spoil(folder / "3" / "new.png")
    refused(built(folder), "1 of 101 images could not be read", why, "--skip-corrupt")


def test_images_of_mixed_size_are_named(built, folder):
    Image.new("RGB", (9, 12)).save(folder / "3" / "new.png")
    refused(built(folder), "got 2 sizes", "12 x 9 (3/new.png)", "set data.size = [height, width]")


def test_labels_outside_the_class_list_are_named(built, folder):
    data = f"{FUNCTION}class_names = ['0', '1', '2', '3', '4', '5', '6']\n"
    refused(built(data), "from 0 to 6 for 7 class names")
    names = f'[data]\nsource = "folder"\npath = "{folder}"\nclass_names = ["0", "1"]\n'
    refused(built(names), "a folder '2' that class_names do not list")


@pytest.mark.parametrize(
    ("function", "rest", "words"),
    [
        ("broken", SIGNED, ("NaN outputs for 2 of 2 images", "check the weights")),
        ("halves", PROBABILITIES, ("are no probabilities", "sums to 0")),
        ("raising", "", ("raised FileNotFoundError: no such file: my_weights.bin",)),
        ("two_results", "", ("must return one tensor of logits, got tuple",)),
        ("network", "weights = 'WEIGHTS'", ("missing head.weight; unknown fc.weight",)),
    ],
)
def test_a_model_that_will_not_do_is_refused(built, tmp_path, function, rest, words):
    from safetensors.numpy import save_file

    arrays = {"fc.weight": np.zeros((10, 192), np.float32), "head.bias": np.zeros(10, np.float32)}
    save_file(arrays, tmp_path / "net.safetensors")
    given = rest.replace("WEIGHTS", str(tmp_path / "net.safetensors"))
    teacher = f'[teacher]\nfactory = "tests.precompute.own_models:{function}"\n{given}\n'
    refused(built(FUNCTION, teacher), *words)


def cmyk(image: Image.Image, path: Path) -> None:
    image.convert("CMYK").save(path.with_suffix(".jpg"), quality=95)


def palette(image: Image.Image, path: Path) -> None:
    image.quantize(64).save(path)


def alpha(image: Image.Image, path: Path) -> None:
    image.putalpha(90)
    image.save(path)


def sixteen_bits(image: Image.Image, path: Path) -> None:
    Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257).save(path)


def animated(image: Image.Image, path: Path) -> None:
    others = [image.rotate(90), image.rotate(180)]
    image.save(path.with_suffix(".gif"), save_all=True, append_images=others)


@pytest.mark.parametrize(
    ("save", "noted"),
    [
        (cmyk, ["1 image had CMYK colours, converted to RGB"]),
        (palette, ["1 image had a palette, converted to RGB"]),
        (alpha, ["1 image had an alpha channel, which was dropped"]),
        (sixteen_bits, ["1 image had 16 bits, scaled to 8"]),
        (
            animated,
            [
                "1 image had a palette, converted to RGB",
                "1 image had several frames, of which the first was taken",
            ],
        ),
    ],
)
def test_odd_images_are_read_and_what_was_done_is_noted(
    folder, tmp_path, capsys, save: Callable[[Image.Image, Path], None], noted: list[str]
):
    save(Image.fromarray(pictures()[0][0]), folder / "3" / "new.png")
    study = tmp_path / "own.toml"
    study.write_text(
        f'threads = 1\n[data]\nsource = "folder"\npath = "{folder}"\ntest_share = 0.4\n{TEACHER}'
    )
    assert main(["doctor", str(study), "--store", str(tmp_path / "store")]) == 0
    notes = [line for line in capsys.readouterr().out.splitlines() if "note: " in line]
    assert notes == [f"ok   note: {note}" for note in noted]
    for _ in range(2):  # built, then already there
        assert main(["build", str(study), "--only", "dataset", "--store", f"{tmp_path}/store"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[:-2] == noted, "beside the table of two lines"


def test_a_build_says_the_limit_of_its_data(tmp_path, capsys):
    arguments = ["build", "tiny", "--only", "dataset", "--store", str(tmp_path / "store")]
    assert main(arguments) == 0
    limit = "Limited to 300 images, drawn evenly from each split and class"
    assert capsys.readouterr().out.splitlines()[0] == limit
