import pytest

from core.datasets import MissingData
from precompute.data import images
from precompute.settings import load_study


@pytest.mark.parametrize("name", ["imagenette", "imagenette_mobilenet"])
def test_names_of_imagenets_classes_that_are_missing_are_asked_for_with_the_reason(name, tmp_path):
    with pytest.raises(MissingData) as error:
        images(load_study(name), tmp_path)
    assert str(error.value) == (
        'teacher.class_names = "imagenet" are the names of imagenet_samples, and data set '
        f"imagenet_samples is not at hand: put classes.json into {tmp_path / 'imagenet_samples'}"
    )


def test_the_names_need_no_images_of_their_own(tmp_path):
    (tmp_path / "imagenet_samples").mkdir()
    (tmp_path / "imagenet_samples" / "classes.json").write_text(
        '{"classes": ["crane", "tench", "crane"], "wnid": ["n1", "n2", "n3"]}'
    )
    with pytest.raises(MissingData, match="data set imagenette is not at hand"):
        images(load_study("imagenette"), tmp_path)
