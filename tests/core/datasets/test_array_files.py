import gzip
import zipfile

import numpy as np
import pytest

from core.datasets import MissingData, SourceOptions, content_fingerprint, load

IMAGES = np.arange(40, dtype=np.uint8).reshape(10, 2, 2)
LABELS = np.arange(10) % 2


def npz(path, options=None, compressed=False, **arrays):
    (np.savez_compressed if compressed else np.savez)(path / "a.npz", **arrays)
    given = {"path": str(path / "a.npz"), **(options or {})}
    return load("npz", options=SourceOptions(**given))


def test_an_npz_of_images_and_labels_is_split(tmp_path):
    data = npz(tmp_path, images=IMAGES, labels=LABELS)
    assert data.images.shape == (10, 2, 2, 1)
    assert len(data.rows("test")) == 2
    assert data.class_names == ("0", "1")
    np.testing.assert_array_equal(data.images[..., 0], IMAGES[data.split_id])
    np.testing.assert_array_equal(data.labels, LABELS[data.split_id])


def test_an_npz_with_a_test_part_keeps_it(tmp_path):
    arrays = {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:4], "y_test": LABELS[:4]}
    data = npz(tmp_path, **arrays, compressed=True)
    assert data.split.tolist() == ["train"] * 10 + ["test"] * 4
    assert data.split_id.tolist() == [*range(10), *range(4)]


def test_an_npz_with_a_split_keeps_it(tmp_path):
    split = np.array(["test", "train"] * 5)
    data = npz(tmp_path, images=IMAGES, labels=LABELS, split=split)
    assert data.split_id.tolist() == [1, 3, 5, 7, 9, 0, 2, 4, 6, 8]
    with pytest.raises(ValueError, match=r"split of a must be 'train' or 'test' .* got 'dev'"):
        npz(tmp_path, images=IMAGES, labels=LABELS, split=np.array(["dev"] * 10))


def test_arrays_of_other_names_are_named_by_the_options(tmp_path):
    names = {"images": "pictures", "labels": "kind"}
    assert len(npz(tmp_path, names, pictures=IMAGES, kind=LABELS)) == 10
    with pytest.raises(
        ValueError, match=r"none of the arrays images, .* holds pictures, kind; set da"
    ):
        npz(tmp_path, pictures=IMAGES, kind=LABELS)
    with pytest.raises(ValueError, match=r"a.npz has no array 'shapes': it holds pictures, kind"):
        npz(tmp_path, {**names, "images": "shapes"}, pictures=IMAGES, kind=LABELS)


def test_words_become_classes_in_alphabetical_order_or_in_the_order_given(tmp_path):
    words = np.array(["dog", "cat"] * 5)
    data = npz(tmp_path, images=IMAGES, labels=words)
    assert data.class_names == ("cat", "dog")
    given = npz(tmp_path, {"class_names": ("dog", "cat")}, images=IMAGES, labels=words)
    assert given.labels[given.split_id == 0].tolist() == [0]
    with pytest.raises(ValueError, match="must be among the class names dog, cow, got 'cat'"):
        npz(tmp_path, {"class_names": ("dog", "cow")}, images=IMAGES, labels=words)


def test_floats_up_to_one_are_scaled_and_noted(tmp_path):
    data = npz(tmp_path, images=IMAGES / np.float32(255), labels=LABELS)
    np.testing.assert_array_equal(data.images[..., 0], IMAGES[data.split_id])
    assert data.notes == ("floating-point pixels were scaled from 0..1 to 0..255",)


def test_floats_up_to_255_are_rounded_and_noted(tmp_path):
    data = npz(tmp_path, images=IMAGES + 0.3, labels=LABELS)
    np.testing.assert_array_equal(data.images[..., 0], IMAGES[data.split_id])
    assert data.notes == ("floating-point pixels were rounded to 0..255",)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (IMAGES / np.float32(255), IMAGES),
        (IMAGES, IMAGES / np.float32(255)),
        (IMAGES > 20, IMAGES),
        (IMAGES > 20, IMAGES.astype(np.float32)),
        (IMAGES.astype(np.float32), IMAGES / np.float32(255)),
    ],
)
def test_parts_of_different_ranges_are_refused(tmp_path, train, test):
    with pytest.raises(ValueError, match=r"one range, got 0 to 1 as well as 0 to 255 in x_train"):
        npz(tmp_path, x_train=train, y_train=LABELS, x_test=test, y_test=LABELS)


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_an_empty_part_says_nothing_of_the_range(tmp_path, dtype):
    empty = np.empty((0, 2, 2), dtype)
    given = IMAGES / np.float32(255)
    data = npz(tmp_path, x_train=given, y_train=LABELS, x_test=empty, y_test=LABELS[:0])
    np.testing.assert_array_equal(data.images[..., 0], IMAGES)


def test_whole_numbers_up_to_one_fit_both_ranges(tmp_path):
    given = (IMAGES > 20).astype(np.float32)
    data = npz(tmp_path, x_train=given, y_train=LABELS, x_test=given.astype(int), y_test=LABELS)
    assert [set(np.unique(data.images[data.rows(part)])) for part in ("train", "test")] == [
        {0, 255}
    ] * 2


def test_parts_of_one_range_may_have_different_types(tmp_path):
    given = IMAGES.astype(np.float32)
    data = npz(tmp_path, x_train=given, y_train=LABELS, x_test=IMAGES, y_test=LABELS)
    np.testing.assert_array_equal(data.images[..., 0], np.concatenate([IMAGES, IMAGES]))


def test_truth_values_become_0_and_255(tmp_path):
    data = npz(tmp_path, images=IMAGES > 20, labels=LABELS)
    assert set(np.unique(data.images)) == {0, 255}


def test_channels_that_come_first_are_moved_last_and_noted(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (10, 3, 5, 6), dtype=np.uint8)
    data = npz(tmp_path, images=images, labels=LABELS)
    assert data.image_shape == (5, 6, 3)
    np.testing.assert_array_equal(data.images[0], images[data.split_id[0]].transpose(1, 2, 0))
    assert "came first" in data.notes[0]


def test_size_and_channels_are_applied(tmp_path):
    data = npz(tmp_path, {"size": (6, 4), "channels": 3}, images=IMAGES, labels=LABELS)
    assert data.image_shape == (6, 4, 3)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (IMAGES - 3.0, "from 0 to 1 or from 0 to 255, got -3 to 36: undo the normalization"),
        (IMAGES.astype(int) * 100, "from 0 to 1 or from 0 to 255, got 0 to 3900"),
        (np.full((10, 2, 2), np.nan), "must be finite numbers, got NaN"),
        (IMAGES.reshape(10, 4), r"shape \[n, height, width\] or .*, got \(10, 4\)"),
        (np.zeros((10, 4, 5, 6), np.uint8), r"got \(10, 4, 5, 6\)"),
        (np.zeros((10, 0, 2), np.uint8), "at least one pixel"),
        (np.array([["a"]] * 10), r"got \(10, 1\)"),
        (np.full((10, 2, 2), "a"), "must be numbers, got <U1"),
        (IMAGES[:7], r"must be of one length, got shapes \(7, 2, 2\) and \(10,\)"),
        (IMAGES.astype(complex), "must be numbers, got complex128"),
    ],
)
def test_images_that_cannot_be_meant_are_refused(tmp_path, images, message):
    with pytest.raises(ValueError, match=message):
        npz(tmp_path, images=images, labels=LABELS)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.eye(2)[LABELS], r"one number or word for each image, got shape \(10, 2\): of one-hot"),
        (LABELS + 0.5, "must be whole numbers or words, got float64"),
        (LABELS - 1, "class indices from 0 up, got -1 to 0"),
        (LABELS + 10**9, "class indices from 0 up"),
        (LABELS * 0, "at least two classes: .* all of class '0'"),
        (LABELS * 0 + 3, "at least two classes: .* all of class '3'"),
        (np.full(10, np.nan), "must be whole numbers"),
    ],
)
def test_labels_that_cannot_be_meant_are_refused(tmp_path, labels, message):
    with pytest.raises(ValueError, match=message):
        npz(tmp_path, images=IMAGES, labels=labels)


def test_labels_outside_the_class_list_are_named(tmp_path):
    with pytest.raises(ValueError, match="0 to 1 for 2 class names, got 7 in row 4: 1 such labels"):
        npz(
            tmp_path,
            {"class_names": ("a", "b")},
            images=IMAGES,
            labels=np.array([0, 1, 0, 1, 7, 0, 1, 0, 1, 0]),
        )


def test_an_empty_set_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'a' is empty: give at least one image of two classes"):
        npz(tmp_path, images=IMAGES[:0], labels=LABELS[:0])


def test_half_a_test_part_is_refused(tmp_path):
    with pytest.raises(ValueError, match="test images and test labels, got one of them"):
        npz(tmp_path, images=IMAGES, labels=LABELS, test_images=IMAGES)


def test_pickled_objects_are_not_read(tmp_path):
    with pytest.raises(ValueError, match="array 'labels' cannot be read: it holds Python objects"):
        npz(tmp_path, images=IMAGES, labels=np.array([{}] * 10, dtype=object))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("images.npy", "w", force_zip64=True) as member:
            for _ in range(120):
                member.write(bytes(1 << 20))
        archive.writestr("labels.npy", b"")
    with pytest.raises(
        ValueError, match=r"'images' unpacks \d+ bytes to 125829120: this looks like"
    ):
        load("npz", options=SourceOptions(path=str(tmp_path / "a.npz")))


def test_a_header_that_promises_more_than_the_file_declares_is_refused(tmp_path):
    np.save(tmp_path / "images.npy", IMAGES)
    np.save(tmp_path / "labels.npy", LABELS)
    content = (tmp_path / "images.npy").read_bytes()
    forged = content.replace(b"(10, 2, 2), ", b"(10, 2,99), ")
    assert forged != content
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("images.npy", forged)
        archive.write(tmp_path / "labels.npy", "labels.npy")
    with pytest.raises(ValueError, match="its shape needs 2108 bytes, the file declares 168"):
        load("npz", options=SourceOptions(path=str(tmp_path / "a.npz")))


def test_a_truncated_or_damaged_npz_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=LABELS)
    whole = (tmp_path / "a.npz").read_bytes()
    options = SourceOptions(path=str(tmp_path / "a.npz"))
    (tmp_path / "a.npz").write_bytes(whole[:-40])
    with pytest.raises(ValueError, match=r"a.npz is no .npz file, or only a part of one"):
        load("npz", options=options)
    place = whole.index(IMAGES.tobytes())
    (tmp_path / "a.npz").write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
    with pytest.raises(ValueError, match=r"array 'images' cannot be read: Bad CRC-32"):
        load("npz", options=options)


def test_npy_files_lie_side_by_side(tmp_path):
    np.save(tmp_path / "images.npy", IMAGES)
    np.save(tmp_path / "labels.npy", LABELS)
    folder = load("npy", options=SourceOptions(path=str(tmp_path)))
    np.testing.assert_array_equal(folder.images[..., 0], IMAGES[folder.split_id])
    named = SourceOptions(path=str(tmp_path / "images.npy"), labels="labels.npy")
    np.testing.assert_array_equal(load("npy", options=named).labels, folder.labels)
    assert content_fingerprint("npy", options=named) == content_fingerprint(
        "npy", options=SourceOptions(path=str(tmp_path))
    )


def test_an_npz_given_as_npy_is_told_apart(tmp_path):
    npz(tmp_path, images=IMAGES, labels=LABELS)
    given = SourceOptions(path=str(tmp_path / "a.npz"), labels="a.npz")
    with pytest.raises(ValueError, match=r"a\.npz is no \.npy file of numbers but an \.npz: set"):
        load("npy", options=given)


def test_npy_without_labels_says_which_option_names_them(tmp_path):
    np.save(tmp_path / "pictures.npy", IMAGES)
    with pytest.raises(ValueError, match=r"needs the file of the labels: set data.labels"):
        load("npy", options=SourceOptions(path=str(tmp_path / "pictures.npy")))
    with pytest.raises(MissingData, match=r"data.images: there is no file images.npy in"):
        load("npy", options=SourceOptions(path=str(tmp_path)))


@pytest.mark.parametrize("cut", [0, 4, 60, 130])
def test_a_truncated_npy_is_refused(tmp_path, cut):
    np.save(tmp_path / "images.npy", IMAGES)
    np.save(tmp_path / "labels.npy", LABELS)
    whole = (tmp_path / "images.npy").read_bytes()
    (tmp_path / "images.npy").write_bytes(whole[:cut])
    with pytest.raises(ValueError, match=r"images.npy is no .npy file of numbers"):
        load("npy", options=SourceOptions(path=str(tmp_path)))


def idx(array) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def test_idx_files_of_a_user_are_read_by_name_or_by_the_usual_names(tmp_path, mnist_root):
    usual = load("idx", options=SourceOptions(path=str(mnist_root / "mnist")))
    assert usual.split.tolist() == ["train"] * 6 + ["test"] * 4
    (tmp_path / "letters").write_bytes(idx(IMAGES))
    (tmp_path / "names.gz").write_bytes(gzip.compress(idx(LABELS)))
    named = SourceOptions(path=str(tmp_path / "letters"), labels="names.gz", class_names=("a", "b"))
    data = load("idx", options=named)
    assert data.class_names == ("a", "b")
    assert len(data.rows("test")) == 2


@pytest.mark.parametrize("file", ["a.npz", "images.npy"])
def test_random_damage_is_read_or_refused_in_one_line(tmp_path, file):
    np.savez_compressed(tmp_path / "a.npz", images=IMAGES, labels=LABELS)
    np.save(tmp_path / "images.npy", IMAGES)
    np.save(tmp_path / "labels.npy", LABELS)
    path, source = (tmp_path / file, "npz") if file == "a.npz" else (tmp_path, "npy")
    whole, random, refused = (tmp_path / file).read_bytes(), np.random.default_rng(0), []
    for _ in range(150):
        damaged = bytearray(whole)
        for place in random.integers(0, len(whole), 3):
            damaged[place] = random.integers(256)
        (tmp_path / file).write_bytes(damaged)
        try:
            load(source, options=SourceOptions(path=str(path)))
        except ValueError as error:
            refused.append(str(error))
    assert len(refused) > 50
    assert not [message for message in refused if "\n" in message]
