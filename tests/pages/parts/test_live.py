"""The teacher at work in the dashboard, on a study that the command line built."""

import io
import threading

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from core.darksight.placement import place
from core.store import Store
from core.teachers.protocol import Capability
from pages.parts import live
from pages.parts.darksight import held
from tests.pages.toy_store import write_toy_store


def encoded(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def tiny(tiny_store):
    """The study `tiny`, with no teacher loaded yet."""
    st.cache_resource.clear()
    return Store("tiny", tiny_store)


def test_an_image_of_the_study_gets_its_stored_probabilities_and_place(tiny):
    image = np.array(tiny.array("dataset", "images")[250])
    given = live.read_image(encoded(image[:, :, 0]), live.image_shape(tiny))
    assert (given[0] == image).all()
    found = live.probabilities(tiny, given)
    assert found[0] == pytest.approx(
        np.array(tiny.array("predictions", "probabilities")[250]), abs=1e-5
    )
    picture = held.picture(tiny)
    placed = place(picture.student, found)
    assert placed.symmetric_kl[0] == pytest.approx(picture.symmetric_kl[250], abs=1e-3)


def test_an_earlier_checkpoint_answers_for_itself(tiny):
    images = np.array(tiny.array("dataset", "images")[:5])
    stored = np.array(tiny.array("predictions", "probabilities", 1.0)[:5])
    assert live.probabilities(tiny, images, 1.0) == pytest.approx(stored, abs=1e-5)


def test_images_are_fitted_and_may_be_inverted():
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 8:22] = 255  # the resampling reads a little beyond the middle
    assert (live.read_image(encoded(wide), (5, 5, 1)) == 255).all()
    assert (live.read_image(encoded(wide), (5, 5, 3), invert=True) == 0).all()


@pytest.mark.parametrize("content", [b"", b"not an image", b"GIF89a" + b"\0" * 20])
def test_what_is_no_image_is_refused_in_one_line(content):
    with pytest.raises(live.LiveError, match="cannot be read as an image") as refused:
        live.read_image(content, (8, 8, 1))
    assert "\n" not in str(refused.value)


def test_a_file_that_is_too_large_is_not_decoded():
    with pytest.raises(live.LiveError, match="at most 20 MB"):
        live.read_image(b"\0" * ((20 << 20) + 1), (8, 8, 1))


def test_a_table_of_predictions_judges_no_new_image(store_folder):
    write_toy_store(store_folder, lacks=[Capability.NEW_IMAGES])
    line = live.why_not(Store("toy", store_folder))
    assert line is not None
    assert "table of predictions" in line


def test_a_missing_package_is_named(store_folder):
    write_toy_store(store_folder)
    line = live.why_not(Store("toy", store_folder), "no_such_package")
    assert line is not None
    assert "no_such_package, not installed here" in line


def test_settings_that_make_no_teacher_cost_one_line(store_folder):
    write_toy_store(store_folder)  # its settings name no architecture that exists
    with pytest.raises(live.LiveError) as refused:
        live.probabilities(Store("toy", store_folder), np.zeros((1, 8, 8, 1), np.uint8))
    assert "\n" not in str(refused.value)


def test_a_model_other_than_the_stores_is_refused(tiny, monkeypatch):
    honest = live.softmax
    monkeypatch.setattr(live, "softmax", lambda logits: honest(-logits))
    with pytest.raises(live.LiveError, match="not the one that this store was built with"):
        live.probabilities(tiny, np.array(tiny.array("dataset", "images")[:1]))


def test_a_busy_model_is_waited_for_only_so_long(tiny, monkeypatch):
    monkeypatch.setattr(live, "PATIENCE", 0.01)
    entered, leave = threading.Event(), threading.Event()

    def occupy():
        with live.running(tiny):
            entered.set()
            leave.wait(30)

    other = threading.Thread(target=occupy)
    other.start()
    try:
        assert entered.wait(60)
        with pytest.raises(live.LiveError, match="busy"):
            live.probabilities(tiny, np.zeros((1, 8, 8, 1), np.uint8))
    finally:
        leave.set()
        other.join()
    assert live.probabilities(tiny, np.zeros((1, 8, 8, 1), np.uint8)).shape == (1, 10)


def test_what_a_model_raises_becomes_one_line_and_frees_it(tiny):
    with pytest.raises(live.LiveError, match="cannot be run: first"), live.running(tiny):
        raise RuntimeError("first\nsecond")
    assert live.probabilities(tiny, np.zeros((1, 8, 8, 1), np.uint8)).shape == (1, 10)
