import shutil

import numpy as np
import pytest
from PIL import Image

from core.datasets import MissingData, SourceOptions, content_fingerprint, load


def options(folder, **given) -> SourceOptions:
    return SourceOptions(path=str(folder), **given)


def save(path, value=0, size=(4, 4)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, value).save(path)


def test_each_folder_is_a_class_and_a_fifth_is_for_testing(image_folder):
    data = load("folder", options=options(image_folder))
    assert data.class_names == ("cat", "dog")
    assert data.images.shape == (10, 4, 4, 1)
    assert np.bincount(data.labels[data.rows("test")]).tolist() == [1, 1]
    values = data.images[:, 0, 0, 0].tolist()
    assert values == [100 * (row // 5) + 10 * (row % 5) for row in data.split_id]


def test_share_and_seed_of_the_split_are_given(image_folder):
    splits = [
        load("folder", options=options(image_folder, test_share=0.4, split_seed=seed)).split_id
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(splits[0], splits[1])
    assert (splits[0] != splits[2]).any()
    everything = load("folder", options=options(image_folder, test_share=1.0))
    assert set(everything.split) == {"test"}


def test_train_and_test_folders_are_the_split(image_folder, tmp_path):
    shutil.copytree(image_folder, tmp_path / "set" / "train")
    shutil.copytree(image_folder, tmp_path / "set" / "val")
    (tmp_path / "set" / "val" / "cat" / "0.png").unlink()
    data = load("folder", options=options(tmp_path / "set"))
    assert data.split.tolist() == ["train"] * 10 + ["test"] * 9
    assert data.split_id.tolist() == [*range(10), *range(9)]


def test_with_a_test_folder_the_validation_folder_is_left_and_that_is_noted(image_folder, tmp_path):
    for part in ("train", "val", "test"):
        shutil.copytree(image_folder, tmp_path / "set" / part)
    data = load("folder", options=options(tmp_path / "set"))
    assert len(data) == 20
    assert data.notes == ("the images below val are not used",)


def test_the_fingerprint_follows_the_folder_that_tells_the_split(image_folder, tmp_path):
    shutil.copytree(image_folder, tmp_path / "set" / "train")
    first = content_fingerprint("folder", options=options(tmp_path / "set"))
    (tmp_path / "set" / "train").rename(tmp_path / "set" / "val")
    assert content_fingerprint("folder", options=options(tmp_path / "set")) != first


def test_a_class_called_train_may_have_folders_of_its_own(tmp_path):
    for name in ("bus/1", "bus/2", "train/1", "train/steam/2", "train/steam/3"):
        save(tmp_path / "rides" / f"{name}.png")
    assert load("folder", options=options(tmp_path / "rides")).class_names == ("bus", "train")


def test_a_class_may_be_called_train(tmp_path):
    for name in ("bus", "train"):
        for index in range(5):
            save(tmp_path / "rides" / name / f"{index}.png")
    assert load("folder", options=options(tmp_path / "rides")).class_names == ("bus", "train")


@pytest.mark.parametrize("odd", ["test", "annotations"])
def test_splits_beside_a_folder_without_classes_are_refused(image_folder, tmp_path, odd):
    shutil.copytree(image_folder, tmp_path / "set" / "train")
    save(tmp_path / "set" / odd / "1.png")
    with pytest.raises(ValueError, match=f"in train, but {odd} is no split with folders of cla"):
        load("folder", options=options(tmp_path / "set"))


def test_a_path_lies_below_the_data_root(image_folder):
    data = load("folder", data_root=image_folder.parent, options=options("pets"))
    assert data.name == "pets"


def test_a_path_that_is_not_below_the_data_root_lies_in_the_working_folder(
    image_folder, tmp_path, monkeypatch
):
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(image_folder.parent)
    assert load("folder", data_root=tmp_path / "data", options=options("pets")).name == "pets"


def test_class_names_give_the_order_of_the_outputs(image_folder):
    given = options(image_folder, class_names=("dog", "mouse", "cat"))
    data = load("folder", options=given)
    assert data.class_names == ("dog", "mouse", "cat")
    assert set(data.labels.tolist()) == {0, 2}
    with pytest.raises(ValueError, match="a folder 'dog' that class_names do not list"):
        load("folder", options=options(image_folder, class_names=("cat", "mouse")))


def test_what_file_managers_leave_behind_does_not_count(image_folder):
    (image_folder / "cat" / "Thumbs.db").write_bytes(b"x")
    (image_folder / "cat" / ".DS_Store").write_bytes(b"x")
    (image_folder / ".git").mkdir()
    assert len(load("folder", options=options(image_folder))) == 10


def test_a_text_among_the_images_is_named_and_refused_unless_skipped(image_folder):
    (image_folder / "cat" / "notes.txt").write_text("two cats")
    with pytest.raises(
        ValueError, match=r"1 of 11 images .* cat/notes.txt \(not an image.*skip_cor"
    ):
        load("folder", options=options(image_folder))
    data = load("folder", options=options(image_folder, skip_corrupt=True))
    assert len(data) == 10
    assert "cat/notes.txt" in data.notes[0]


def test_images_of_mixed_size_need_a_size(image_folder):
    save(image_folder / "dog" / "large.png", size=(9, 9))
    with pytest.raises(ValueError, match=r"9 x 9 \(dog/large.png\): set data.size"):
        load("folder", options=options(image_folder))
    assert load("folder", options=options(image_folder, size=(6, 6))).image_shape == (6, 6, 1)


def test_images_in_folders_below_a_class_belong_to_it(image_folder):
    save(image_folder / "dog" / "young" / "a.png")
    assert len(load("folder", options=options(image_folder))) == 11


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="has no class folders: put the images of each class"):
        load("folder", options=options(tmp_path / "empty"))


def test_images_without_class_folders_are_refused(tmp_path):
    save(tmp_path / "flat" / "a.png")
    with pytest.raises(ValueError, match=r"no class folders: .*, 1 files lie outside"):
        load("folder", options=options(tmp_path / "flat"))


def test_an_empty_class_folder_is_named(image_folder):
    (image_folder / "mouse").mkdir()
    with pytest.raises(ValueError, match="class folder mouse holds no images"):
        load("folder", options=options(image_folder))


def test_one_class_is_refused(image_folder):
    shutil.rmtree(image_folder / "dog")
    with pytest.raises(ValueError, match=r"at least two classes: .* 5 images, all of class 'cat'"):
        load("folder", options=options(image_folder))


def test_one_image_is_refused(tmp_path):
    save(tmp_path / "one" / "cat" / "a.png")
    with pytest.raises(ValueError, match="1 images cannot be split"):
        load("folder", options=options(tmp_path / "one"))
    with pytest.raises(ValueError, match=r"at least two classes: .* 1 images, all of class 'cat'"):
        load("folder", options=options(tmp_path / "one", test_share=1.0))


def test_two_images_cannot_be_split(tmp_path):
    for name in ("a", "b"):
        save(tmp_path / "two" / name / "0.png")
    with pytest.raises(
        ValueError, match=r"2 images cannot be split .* test_share of 0.2: give more"
    ):
        load("folder", options=options(tmp_path / "two"))


@pytest.mark.parametrize("path", [None, ""])
def test_a_path_is_needed(path):
    with pytest.raises(ValueError, match=r"data source 'folder' needs a path: set data.path"):
        load("folder", options=SourceOptions(path=path))


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingData, match=f"nothing at {tmp_path}/gone: give an absolute path"):
        content_fingerprint("folder", options=options(tmp_path / "gone"))


def test_the_home_of_nobody_is_one_line():
    with pytest.raises(MissingData, match="no such user's home"):
        load("folder", options=options("~nobody-of-that-name/images"))


def test_a_file_is_not_a_folder(tmp_path):
    save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"a.png is a file: source 'folder' needs a folder"):
        load("folder", options=options(tmp_path / "a.png"))


def test_the_fingerprint_follows_names_and_contents_but_not_the_place(image_folder, tmp_path):
    first = content_fingerprint("folder", options=options(image_folder))
    moved = shutil.copytree(image_folder, tmp_path / "moved" / "elsewhere")
    assert content_fingerprint("folder", options=options(moved)) == first
    save(moved / "cat" / "0.png", 250)
    changed = content_fingerprint("folder", options=options(moved))
    assert changed != first
    (moved / "cat" / "0.png").rename(moved / "cat" / "9.png")
    assert content_fingerprint("folder", options=options(moved)) != changed
