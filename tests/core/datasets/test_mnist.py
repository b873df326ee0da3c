import gzip

import numpy as np
import pytest

from core.datasets import MissingData, SourceOptions, load
from core.datasets.idx import read_idx

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


def test_each_split_counts_from_the_first_row_of_its_file(mnist_root):
    data = load("mnist", data_root=mnist_root)
    assert data.images.shape == (10, 2, 2, 1)
    assert data.split_id.tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3]
    assert data.labels[data.rows("test")].tolist() == [0, 1, 2, 3]
    assert data.images[data.rows("test")[2]].ravel().tolist() == [8, 9, 10, 11]


def test_unpacked_files_do_as_well(mnist_root):
    folder = mnist_root / "mnist"
    for file in list(folder.iterdir()):
        file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
        file.unlink()
    assert len(load("mnist", data_root=mnist_root)) == 10


def test_fashion_has_its_usual_names(mnist_root):
    (mnist_root / "mnist").rename(mnist_root / "fashion_mnist")
    assert load("fashion_mnist", data_root=mnist_root).class_names[9] == "Ankle boot"


def test_a_missing_file_is_named_with_the_command_that_gets_it(mnist_root):
    (mnist_root / "mnist" / LABELS).unlink()
    with pytest.raises(MissingData) as error:
        load("mnist", data_root=mnist_root)
    assert str(error.value) == (
        f"data set mnist is not at hand: put {LABELS} into {mnist_root / 'mnist'}, or run: "
        f"python -m precompute download mnist --data-root {mnist_root}"
    )


def test_the_command_is_short_where_the_environment_names_the_data_root(mnist_root, monkeypatch):
    monkeypatch.setenv("DARKROOM_DATA", str(mnist_root))
    (mnist_root / "mnist" / LABELS).unlink()
    with pytest.raises(MissingData, match=r"python -m precompute download mnist$"):
        load("mnist")


def test_without_a_data_root_it_is_said_how_to_give_one(monkeypatch):
    monkeypatch.delenv("DARKROOM_DATA", raising=False)
    with pytest.raises(
        MissingData, match=r"into DIR/mnist and give --data-root DIR .* mnist --data-root DIR$"
    ):
        load("mnist")


def test_the_environment_names_the_data_root(monkeypatch, mnist_root):
    monkeypatch.setenv("DARKROOM_DATA", str(mnist_root))
    assert len(load("mnist")) == 10


def test_images_in_the_labels_place_are_noticed(mnist_root):
    folder = mnist_root / "mnist"
    (folder / LABELS).write_bytes((folder / IMAGES).read_bytes())
    with pytest.raises(ValueError, match=f"{LABELS} .* begins with 00000803 instead of 00000801"):
        load("mnist", data_root=mnist_root)


def test_images_and_labels_must_be_as_many(mnist_root):
    folder = mnist_root / "mnist"
    test_labels = folder / "t10k-labels-idx1-ubyte.gz"
    (folder / LABELS).write_bytes(test_labels.read_bytes())
    with pytest.raises(ValueError, match=r"has 6 images but train-labels.* 4 labels"):
        load("mnist", data_root=mnist_root)


@pytest.mark.parametrize("content", [b"", b"\0\0", b"not an idx file", b"\0\0\x0d\x01\0\0\0\x01"])
def test_what_is_no_idx_file_is_refused(tmp_path, content):
    (tmp_path / "labels").write_bytes(content)
    with pytest.raises(ValueError, match=r"labels is not the idx file of .* instead of 00000801"):
        read_idx(tmp_path / "labels", (1,))


def test_truncated_gzip_is_refused(mnist_root):
    file = mnist_root / "mnist" / IMAGES
    for cut in (5, 14, 30):
        whole = gzip.compress(
            b"\0\0\x08\x03" + bytes([0, 0, 0, 6, 0, 0, 0, 2, 0, 0, 0, 2]) + bytes(24)
        )
        file.write_bytes(whole[:cut])
        with pytest.raises(
            ValueError, match=f"{IMAGES} is .*: get the file again|not the idx file"
        ):
            load("mnist", data_root=mnist_root)


def test_gzip_with_a_changed_byte_is_refused(mnist_root):
    file = mnist_root / "mnist" / IMAGES
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(ValueError, match=IMAGES):
        load("mnist", data_root=mnist_root)


def test_a_header_that_promises_gigabytes_costs_nothing(tmp_path):
    promised = b"\0\0\x08\x03" + b"\x7f\xff\xff\xff" * 3
    (tmp_path / "a").write_bytes(promised)
    with pytest.raises(ValueError, match=r"a declares .* bytes, more than"):
        read_idx(tmp_path / "a", (3,))
    (tmp_path / "b").write_bytes(b"\0\0\x08\x01\x7f\xff\xff\xff" + bytes(10))
    with pytest.raises(ValueError, match="b is cut off or damaged"):
        read_idx(tmp_path / "b", (1,))


def test_bytes_beyond_the_declared_shape_are_noticed(tmp_path):
    (tmp_path / "a").write_bytes(b"\0\0\x08\x01\0\0\0\x02abc")
    with pytest.raises(ValueError, match=r"longer than the shape \(2,\)"):
        read_idx(tmp_path / "a", (1,))


def test_a_built_in_set_refuses_options_that_are_not_its(mnist_root):
    with pytest.raises(
        ValueError, match=r"'mnist' takes the options label_noise, .*, got path, size"
    ):
        load("mnist", data_root=mnist_root, options=SourceOptions(path="x", size=(2, 2)))


def test_labels_outside_the_ten_digits_are_named(mnist_root):
    labels = np.array([0, 1, 2, 3, 4, 77], np.uint8)
    content = b"\0\0\x08\x01\0\0\0\x06" + labels.tobytes()
    (mnist_root / "mnist" / LABELS).write_bytes(gzip.compress(content))
    with pytest.raises(
        ValueError, match=r"from 0 to 9 for 10 class names, got 77 in row 5: 1 such"
    ):
        load("mnist", data_root=mnist_root)
