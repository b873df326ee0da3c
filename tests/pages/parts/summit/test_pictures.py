"""Where pictures of channels come from."""

import numpy as np
import pytest

from core.store import Store
from pages.parts.summit import held
from pages.parts.summit.pictures import (
    channel_picture,
    main_picture,
    media_type,
    pictures_of,
    uri,
)
from tests.pages.toy_store import write_toy_store
from tests.pages.toy_summit import write_imported, write_toy_summit


@pytest.fixture
def toy(store_folder):
    write_toy_store(store_folder)
    write_toy_summit(store_folder)
    return Store("toy", store_folder)


def test_the_route_gives_the_picture_of_the_store(toy):
    key = toy.manifest(held.PICTURES).key
    found = channel_picture("toy", key, "picture", 1, 2, 3)
    row = toy.sql(
        "select picture from feature_visualization where layer = 1 and channel = 2 and variant = 3"
    )
    assert found == (bytes(row["picture"][0]), "image/png")


@pytest.mark.parametrize(
    ("study", "kind", "layer", "channel", "number"),
    [
        ("toy", "picture", 1, 2, 99), ("toy", "picture", 9, 2, 0), ("toy", "picture", 1, 99, 0),
        ("toy", "picture", 2**40, 0, 0), ("toy", "../x", 1, 2, 0), ("none", "picture", 1, 2, 0),
        ("../toy", "picture", 1, 2, 0), ("toy", "patch", 1, 2, 0),
    ],
)  # fmt: skip
def test_what_is_not_there_is_no_picture(toy, study, kind, layer, channel, number):
    key = toy.manifest(held.PICTURES).key  # of the pictures, so not of the patches
    assert channel_picture(study, key, kind, layer, channel, number) is None


def test_an_address_names_the_artifact(toy, monkeypatch):
    monkeypatch.setenv("DARKROOM_ROUTE", "1")
    found = pictures_of(toy, np.array([0]), np.array([1]))
    key = toy.manifest(held.PICTURES).key
    assert found.picture == f"/channels/toy/{key}/picture/{{layer}}/{{channel}}/{{number}}"
    assert found.inline == {}
    assert (found.variants.tolist(), found.patches.tolist()) == ([4], [10])


def test_without_a_route_pictures_travel_inside_the_page(toy):
    found = pictures_of(toy, np.array([0, 2]), np.array([1, 3]))
    assert found.picture is None
    assert len(found.inline) == 2 * (4 + 10)
    assert found.inline["patch/2/3/9"].startswith("data:image/png;base64,")


def test_what_was_not_published_is_said(store_folder):
    write_imported(store_folder)
    found = pictures_of(Store("published", store_folder), np.array([0]), np.array([0]))
    assert found.patches.tolist() == [0]
    assert found.patches_note == "Image patches are not published."
    assert found.variants_note == "One picture of each channel."


def test_until_pictures_exist_the_best_patch_stands_for_a_channel(toy):
    assert main_picture(toy, 0, 0) is not None
    assert main_picture(toy, 0, 99) is None


def test_a_file_is_known_by_its_first_bytes():
    assert media_type(b"\x89PNG...") == "image/png"
    assert media_type(b"\xff\xd8\xff...") == "image/jpeg"
    assert uri(b"\xff\xd8\xff").startswith("data:image/jpeg;base64,")
