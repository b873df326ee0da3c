import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image

from core.datasets import MissingData, SourceOptions, load
from core.datasets.celeba import CLASSES
from core.datasets.packed import PackedImages
from core.datasets.quickdraw import CLASSES as SKETCHES


def jpeg(value: int, side: int = 8) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), (value, value, value)).save(buffer, "JPEG")
    return buffer.getvalue()


def write_packed(path, values, **arrays):
    path.parent.mkdir(exist_ok=True)
    images = [jpeg(value) for value in values]
    content = np.frombuffer(b"".join(images), np.uint8)
    np.savez(path, jpeg=content, offsets=np.cumsum([0, *map(len, images)]), **arrays)


def cifar_record(labels: list[int], red: int) -> bytes:
    return bytes(labels) + bytes([red]) * 1024 + bytes([2]) * 1024 + bytes([3]) * 1024


def write_tar(path, files: dict[str, bytes]) -> None:
    path.parent.mkdir(exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def cifar10_files() -> dict[str, bytes]:
    batches = {
        f"cifar-10-batches-bin/data_batch_{number}.bin": cifar_record([number], 10 * number)
        for number in range(1, 6)
    }
    test = cifar_record([7], 70) + cifar_record([8], 80)
    return {**batches, "cifar-10-batches-bin/test_batch.bin": test}


def cifar100_files() -> dict[str, bytes]:
    return {
        "cifar-100-binary/fine_label_names.txt": "\n".join(f"f{i}" for i in range(100)).encode(),
        "cifar-100-binary/train.bin": cifar_record([1, 99], 5) + cifar_record([0, 3], 6),
        "cifar-100-binary/test.bin": cifar_record([2, 42], 7),
    }


def test_cifar10_is_read_out_of_the_official_archive(tmp_path):
    write_tar(tmp_path / "cifar10" / "cifar-10-binary.tar.gz", cifar10_files())
    data = load("cifar10", data_root=tmp_path)
    assert data.labels.tolist() == [1, 2, 3, 4, 5, 7, 8]
    assert data.split_id.tolist() == [0, 1, 2, 3, 4, 0, 1]
    assert data.images.shape == (7, 32, 32, 3)
    assert data.images[5, 31, 0].tolist() == [70, 2, 3]
    assert data.notes == ()


def test_the_official_batches_win_over_the_packed_copies(tmp_path):
    folder = tmp_path / "cifar10"
    write_packed(folder / "train_jpeg.npz", [0, 50, 100], labels=np.array([0, 1, 2], np.uint8))
    write_packed(folder / "test_jpeg.npz", [200], labels=np.array([3], np.uint8))
    packed = load("cifar10", data_root=tmp_path)
    assert packed.labels.tolist() == [0, 1, 2, 3]
    assert packed.images[:, 0, 0, 0].tolist() == [0, 50, 100, 200]
    assert "lossy copies" in packed.notes[0]
    for name, content in cifar10_files().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    assert len(load("cifar10", data_root=tmp_path)) == 7


def test_cifar100_has_its_fine_labels_and_their_names(tmp_path):
    write_tar(tmp_path / "cifar100" / "cifar-100-binary.tar.gz", cifar100_files())
    data = load("cifar100", data_root=tmp_path)
    assert data.labels.tolist() == [99, 3, 42]
    assert len(data.class_names) == 100
    assert data.class_names[42] == "f42"


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_a_missing_cifar_names_the_archive_and_the_download(name, tmp_path):
    with pytest.raises(MissingData) as error:
        load(name, data_root=tmp_path)
    archive = f"cifar-{name.removeprefix('cifar')}-binary.tar.gz"
    assert str(error.value) == (
        f"data set {name} is not at hand: put {archive} into {tmp_path / name}, or run: "
        f"python -m precompute download {name} --data-root {tmp_path}"
    )


def test_a_truncated_archive_is_refused(tmp_path):
    random = np.random.default_rng(0).bytes(3074 * 4)
    archive = tmp_path / "cifar100" / "cifar-100-binary.tar.gz"
    write_tar(archive, {**cifar100_files(), "cifar-100-binary/train.bin": random})
    archive.write_bytes(archive.read_bytes()[:6000])
    with pytest.raises(ValueError, match=r"cifar-100-binary.tar.gz is cut off or damaged"):
        load("cifar100", data_root=tmp_path)


def test_an_archive_without_a_batch_is_refused(tmp_path):
    files = cifar100_files()
    del files["cifar-100-binary/test.bin"]
    write_tar(tmp_path / "cifar100" / "cifar-100-binary.tar.gz", files)
    with pytest.raises(ValueError, match=r"cifar-100-binary.tar.gz lacks test.bin"):
        load("cifar100", data_root=tmp_path)


def test_a_batch_of_broken_records_is_refused(tmp_path):
    files = {**cifar100_files(), "cifar-100-binary/test.bin": b"abc"}
    write_tar(tmp_path / "cifar100" / "cifar-100-binary.tar.gz", files)
    with pytest.raises(ValueError, match=r"test.bin of cifar100 has 3 bytes, .* multiple of 3074"):
        load("cifar100", data_root=tmp_path)


def test_quickdraw_counts_through_its_files_in_the_order_of_the_classes(tmp_path):
    (tmp_path / "quickdraw").mkdir()
    for number, name in enumerate(SKETCHES):
        images = np.full((5, 3, 3), number, np.uint8)
        np.savez(tmp_path / "quickdraw" / f"{name}.npz", images=images)
    data = load("quickdraw", data_root=tmp_path)
    assert sorted(data.split_id) == list(range(50))
    assert np.bincount(data.labels[data.rows("test")]).tolist() == [1] * 10
    np.testing.assert_array_equal(data.images[:, 0, 0, 0], data.labels)
    np.testing.assert_array_equal(data.split_id // 5, data.labels)


def test_a_missing_sketch_is_named_without_a_download(tmp_path):
    with pytest.raises(MissingData, match=r"put airplane.npz, apple.npz, .*quickdraw$"):
        load("quickdraw", data_root=tmp_path)


def test_shapes_are_split_by_a_share_and_a_seed(tmp_path):
    (tmp_path / "hand_drawn_shapes").mkdir()
    images, labels = np.zeros((40, 3, 3), np.uint8), np.arange(40, dtype=np.uint8) % 4
    np.savez(tmp_path / "hand_drawn_shapes" / "hds28.npz", images=images, labels=labels)
    data = load("hand_drawn_shapes", data_root=tmp_path)
    assert data.class_names == ("ellipse", "rectangle", "triangle", "other")
    assert len(data.rows("test")) == 8
    np.testing.assert_array_equal(data.labels, data.split_id % 4)
    options = SourceOptions(test_share=0.5, split_seed=1)
    assert len(load("hand_drawn_shapes", data_root=tmp_path, options=options).rows("test")) == 20


def test_faces_are_classes_of_three_attributes(celeba_root):
    data = load("celeba", data_root=celeba_root)
    by_row = dict(zip(data.split_id.tolist(), data.labels.tolist(), strict=True))
    assert [by_row[row] for row in range(4)] == [0, 2, 7, 4]
    assert CLASSES[2] == "female, blond, no glasses"
    assert CLASSES[5] == "male, not blond, glasses"
    assert np.bincount(data.labels[data.rows("test")]).tolist() == [1, 0, 1, 0, 1, 0, 0, 1]
    values = data.images[:, 0, 0, 0].astype(int)
    assert np.abs(values - 10 * data.split_id).max() <= 2


def test_a_limit_decodes_only_what_it_keeps(celeba_root, monkeypatch):
    asked = []
    whole = PackedImages.encoded
    monkeypatch.setattr(
        PackedImages, "encoded", lambda self, row: asked.append(row) or whole(self, row)
    )
    data = load("celeba", data_root=celeba_root, limit=8)
    assert len(data) == data.limit == 8
    assert set(asked) == set(data.split_id.tolist())


def test_faces_without_an_attribute_are_refused(celeba_root):
    (celeba_root / "celeba64" / "attributes.json").write_text('{"attributes": ["Male"]}')
    with pytest.raises(ValueError, match=r"attributes.json must name Male, Blond_Hair, Eyeglasses"):
        load("celeba", data_root=celeba_root)


def imagenette(tmp_path):
    folder = tmp_path / "imagenette224"
    write_packed(folder / "train_100_per_class_jpeg.npz", [10, 60], labels=np.array([0, 1]))
    write_packed(folder / "val_50_per_class_jpeg.npz", [90], labels=np.array([1]))
    classes = {"classes": ["tench", "church"], "imagenet_index": [0, 497]}
    (folder / "classes.json").write_text(json.dumps(classes))
    return folder


def test_imagenette_says_which_output_is_each_class(tmp_path):
    imagenette(tmp_path)
    data = load("imagenette", data_root=tmp_path)
    assert data.outputs == (0, 497)
    assert data.split.tolist() == ["train", "train", "test"]
    assert data.images[:, 0, 0, 0].tolist() == [10, 60, 90]


def test_class_names_of_another_length_are_refused(tmp_path):
    folder = imagenette(tmp_path)
    (folder / "classes.json").write_text('{"classes": ["a"], "imagenet_index": [1, 2]}')
    with pytest.raises(ValueError, match="must hold classes and imagenet_index of one length"):
        load("imagenette", data_root=tmp_path)


def test_samples_of_imagenet_are_all_for_testing_and_their_names_differ(tmp_path):
    folder = tmp_path / "imagenet_samples"
    write_packed(folder / "val_jpeg.npz", [10, 60, 90], labels=np.array([0, 1, 2]))
    classes = {"classes": ["crane", "drum", "crane"], "wnid": ["n1", "n2", "n3"]}
    (folder / "classes.json").write_text(json.dumps(classes))
    data = load("imagenet_samples", data_root=tmp_path)
    assert data.split.tolist() == ["test"] * 3
    assert data.class_names == ("crane (n1)", "drum", "crane (n3)")


def test_packed_images_with_wrong_offsets_are_refused(tmp_path):
    content = np.frombuffer(jpeg(1), np.uint8)
    for offsets in ([0, 5], [0, 99999], [3, len(content)], [0, 50, 20, len(content)], []):
        np.savez(tmp_path / "a.npz", jpeg=content, offsets=np.array(offsets, np.int64))
        with pytest.raises(ValueError, match=r"a.npz: offsets must rise from 0 to the \d+ bytes"):
            PackedImages(tmp_path / "a.npz")


def test_packed_images_without_a_label_each_are_refused(tmp_path):
    write_packed(tmp_path / "a.npz", [1, 2], labels=np.zeros(3))
    with pytest.raises(ValueError, match=r"labels must have one entry for each of 2 images"):
        PackedImages(tmp_path / "a.npz", "labels")


def test_a_damaged_packed_image_is_named(celeba_root):
    file = celeba_root / "celeba64" / "faces64_jpeg.npz"
    arrays = dict(np.load(file))
    arrays["jpeg"][arrays["offsets"][3] : arrays["offsets"][4]] = 0
    np.savez(file, **arrays)
    with pytest.raises(ValueError, match=r"1 of 20 .* row 3 of faces64_jpeg.*: put an undam"):
        load("celeba", data_root=celeba_root)
