import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from core.datasets import SourceOptions, content_fingerprint, load


def png(value: int, size=(4, 4)) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", size, value).save(buffer, "PNG")
    return buffer.getvalue()


def table(values, label="label", image="image", **columns) -> pa.Table:
    return pa.table(
        {image: [png(value) for value in values], label: [value % 2 for value in values], **columns}
    )


def write(path, content: pa.Table):
    path.parent.mkdir(exist_ok=True, parents=True)
    pq.write_table(content, path, row_group_size=3)
    return path


def opened(path, **given):
    return load("parquet", options=SourceOptions(path=str(path), **given))


def test_one_file_is_split_and_counted_by_row(tmp_path):
    data = opened(write(tmp_path / "a.parquet", table(range(10))))
    assert data.images.shape == (10, 4, 4, 1)
    assert len(data.rows("test")) == 2
    np.testing.assert_array_equal(data.images[:, 0, 0, 0], data.split_id)
    np.testing.assert_array_equal(data.labels, data.split_id % 2)


def test_images_come_out_of_many_batches_in_their_places(tmp_path):
    values = np.random.default_rng(0).integers(0, 256, 200)
    data = opened(write(tmp_path / "a.parquet", table(values.tolist())), test_share=0.5)
    np.testing.assert_array_equal(data.images[:, 0, 0, 0], values[data.split_id])


def test_files_of_a_hub_tell_the_split_and_the_class_names(tmp_path):
    features = {"label": {"names": ["even", "odd"], "_type": "ClassLabel"}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    for name, values in (
        ("train-00000-of-00002", (0, 1, 2)),
        ("train-00001-of-00002", (3, 4)),
        ("test-00000-of-00001", (5, 6)),
        ("validation-00000-of-00001", (7, 8)),
    ):
        images = [{"bytes": png(value), "path": f"{value}.png"} for value in values]
        content = pa.table({"image": images, "label": [value % 2 for value in values]})
        write(tmp_path / "data" / f"{name}.parquet", content.replace_schema_metadata(metadata))
    data = opened(tmp_path)
    assert data.class_names == ("even", "odd")
    assert data.split.tolist() == ["train"] * 5 + ["test"] * 2
    assert data.split_id.tolist() == [0, 1, 2, 3, 4, 0, 1]
    assert data.images[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert data.notes == ("the images of data/validation-00000-of-00001.parquet are not used",)


def test_folders_tell_the_split_where_names_of_files_do_not(tmp_path):
    for folder, values in (("test", (5, 6)), ("train", range(5)), ("validation", (7, 8))):
        write(tmp_path / "default" / folder / "0000.parquet", table(values))
    data = opened(tmp_path / "default")
    assert data.split.tolist() == ["train"] * 5 + ["test"] * 2
    assert data.images[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert data.notes == ("the images of validation/0000.parquet are not used",)
    (tmp_path / "default" / "test" / "0000.parquet").unlink()
    assert opened(tmp_path / "default").images[5:, 0, 0, 0].tolist() == [7, 8]
    whole = content_fingerprint("parquet", options=SourceOptions(path=str(tmp_path / "default")))
    (tmp_path / "default" / "validation").rename(tmp_path / "default" / "train_more")
    assert set(opened(tmp_path / "default").split) == {"train", "test"}, "drawn"
    other = content_fingerprint("parquet", options=SourceOptions(path=str(tmp_path / "default")))
    assert other != whole


def test_files_of_which_only_some_tell_their_split_are_refused(tmp_path):
    write(tmp_path / "train-0.parquet", table(range(4)))
    write(tmp_path / "dev-0.parquet", table(range(4)))
    with pytest.raises(ValueError, match=r"tell their split by their names, dev-0.parquet does n"):
        opened(tmp_path)


def test_a_column_tells_the_split(tmp_path):
    file = write(tmp_path / "a.parquet", table(range(4), split=["test", "train", "train", "val"]))
    assert opened(file).split_id.tolist() == [1, 2, 0, 3]
    file = write(tmp_path / "b.parquet", table(range(2), split=["train", "dev"]))
    with pytest.raises(ValueError, match=r"column split of b.parquet must say .*, got 'dev'"):
        opened(file)


def test_columns_of_other_names_are_named_by_the_options(tmp_path):
    file = write(tmp_path / "a.parquet", table(range(10), label="kind", image="scan"))
    assert len(opened(file, images="scan", labels="kind")) == 10
    with pytest.raises(
        ValueError, match=r"no column image or .*: it has scan, kind; set data.images"
    ):
        opened(file)


def test_words_are_classes(tmp_path):
    content = pa.table({"image": [png(1)] * 10, "label": ["cat", "dog"] * 5})
    assert opened(write(tmp_path / "a.parquet", content)).class_names == ("cat", "dog")


def test_corrupt_images_are_named_by_row_and_left_out_on_demand(tmp_path):
    images: list[bytes | None] = [png(value) for value in range(10)]
    images[3], images[7] = b"text", None
    content = pa.table({"image": images, "label": [0, 1] * 5})
    file = write(tmp_path / "a.parquet", content)
    with pytest.raises(
        ValueError, match=r"2 of 10 images .*row 3 of a.parquet \(not.*row 7.*empty"
    ):
        opened(file)
    data = opened(file, skip_corrupt=True)
    assert set(data.split_id.tolist()) == {0, 1, 2, 4, 5, 6, 8, 9}
    np.testing.assert_array_equal(data.images[:, 0, 0, 0], data.split_id)


def test_missing_labels_are_refused(tmp_path):
    content = pa.table({"image": [png(1)] * 3, "label": [0, 1, None]})
    with pytest.raises(ValueError, match=r"column label of a.parquet must be complete"):
        opened(write(tmp_path / "a.parquet", content))


def test_a_column_that_holds_no_bytes_is_refused(tmp_path):
    content = pa.table({"image": list(range(10)), "label": [0, 1] * 5})
    with pytest.raises(ValueError, match="must hold the bytes of images, got int"):
        opened(write(tmp_path / "a.parquet", content))


def test_a_file_that_is_no_parquet_is_refused(tmp_path):
    file = write(tmp_path / "a.parquet", table(range(10)))
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"a.parquet is no whole Parquet file"):
        opened(file)


def test_a_folder_without_parquet_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"there is no .parquet file in"):
        opened(tmp_path)


def test_the_fingerprint_needs_no_decoding(tmp_path):
    file = write(tmp_path / "a.parquet", table(range(10)))
    options = SourceOptions(path=str(file))
    first = content_fingerprint("parquet", options=options)
    write(tmp_path / "a.parquet", table(range(1, 11)))
    assert content_fingerprint("parquet", options=options) != first
