import io

import pytest
import streamlit as st
from PIL import Image

from core.store import Store
from pages.parts.runs import open_store
from pages.parts.thumbnails import inline, template, thumbnail_png
from tests.pages.toy_store import write_toy_store


@pytest.fixture
def toy(toy_store):
    return Store("toy", toy_store)


def test_a_picture_is_the_png_of_its_sample(toy):
    png = thumbnail_png("toy", toy.manifest("dataset").key, 17)
    assert png is not None
    assert Image.open(io.BytesIO(png)).size == (8, 8)
    table = toy.table("thumbnail").set_index("sample_id")
    assert png == table.loc[17, "png"]


@pytest.mark.parametrize("sample_id", [-1, 40, 2**31, 2**70])
def test_a_sample_that_is_not_there_has_no_picture(toy, sample_id):
    assert thumbnail_png("toy", toy.manifest("dataset").key, sample_id) is None


@pytest.mark.parametrize(
    ("study", "key"), [("other", ""), ("../toy", ""), ("toy", "0" * 16), ("toy", "../x"), ("", "")]
)
def test_another_study_or_key_has_no_picture(toy, study, key):
    assert thumbnail_png(study, key or toy.manifest("dataset").key, 0) is None


def test_a_damaged_table_has_no_picture(toy):
    path = toy.path("dataset") / "thumbnail.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    assert thumbnail_png("toy", toy.manifest("dataset").key, 0) is None


def test_an_empty_store_has_no_picture(store_folder):
    assert thumbnail_png("toy", "0" * 16, 0) is None


def test_without_a_route_pictures_travel_inline(toy):
    assert template(toy) is None
    found = inline(toy, [3, 5, 400])
    assert sorted(found) == [3, 5]
    assert all(uri.startswith("data:image/png;base64,") for uri in found.values())


@pytest.mark.parametrize(("base", "prefix"), [("", ""), ("/team/darkroom/", "/team/darkroom")])
def test_an_address_honours_the_base_path_and_names_the_content(toy, monkeypatch, base, prefix):
    monkeypatch.setenv("DARKROOM_ROUTE", "1")
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.__getitem__)
    key = toy.manifest("dataset").key
    assert template(toy) == f"{prefix}/thumbnails/toy/{key}/{{id}}.png"


def test_a_new_run_opens_a_new_store_and_the_same_run_the_same(toy_store):
    first = open_store("toy")
    assert open_store("toy") is first
    write_toy_store(toy_store, seed=1)
    assert open_store("toy").fingerprint != first.fingerprint
