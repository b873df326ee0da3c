import io
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.store import MissingArtifact, Store
from core.teachers.protocol import Capability, Predictions
from pages.parts import live
from pages.parts.deepvid import explain
from pages.parts.given import explained
from pages.parts.sample.attributions import Attribution, Attributions
from tests.pages.reading import address, html, texts
from tests.pages.reading import opened as opened_page
from tests.pages.toy_deepvid import answering
from tests.pages.toy_store import write_toy_store
from tests.pages.toy_whole import write_toy_whole

opened = partial(opened_page, "upload")
SAMPLE = 30


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def uploaded(page, content):
    page.file_uploader[0].set_value(("some.png", content, "image/png")).run()
    assert not page.exception
    return page


@pytest.fixture
def whole(store_folder, monkeypatch):
    """A study with every lens; the model that runs says what the store says of `SAMPLE`."""
    write_toy_whole(store_folder)
    store = Store("toy", store_folder)
    logits = np.array(store.array("predictions", "logits")[SAMPLE : SAMPLE + 1])
    representation = np.array(store.array("predictions", "representation")[SAMPLE : SAMPLE + 1])
    monkeypatch.setattr(live, "why_not", lambda store, *packages: None)
    monkeypatch.setattr(live, "judged", lambda *_: Predictions(logits, representation))
    monkeypatch.setattr(live, "answering", answering)
    monkeypatch.setattr(
        live, "visual_model", lambda *_: SimpleNamespace(project=lambda r: r[:, :2])
    )
    monkeypatch.setattr(
        live, "encoded", lambda store, name, images: np.array(store.array("generator", name)[:1])
    )
    explain._HELD.clear()
    return store


@pytest.fixture
def picture(whole):
    """The sample as a file."""
    return png(np.array(whole.array("dataset", "images")[SAMPLE])[:, :, 0])


def files_of(root):
    return {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}


def test_an_empty_store_shows_the_command_that_fills_it(store_folder):
    assert "make build" in texts(opened())


def test_a_teacher_that_judges_no_new_image_says_so(store_folder):
    write_toy_store(store_folder, lacks=[Capability.NEW_IMAGES])
    assert "it cannot judge a new image" in texts(opened()).replace("\\", "")


def test_before_an_image_is_there_the_page_says_what_will_be_done_to_it(whole):
    page = opened()
    assert "scaled to 8 × 8 pixels, grey" in page.file_uploader[0].label
    assert "Nothing uploaded yet" in texts(page)


def test_an_image_of_the_study_lands_where_its_sample_stands(whole, picture):
    page = uploaded(opened(), picture)
    drawn = html(page)
    assert "DarkSight: place of your image" in drawn
    assert "DVI, epoch 4: place of your image" in drawn
    said = np.array(whole.array("predictions", "probabilities")[SAMPLE])
    assert f"<dd>{said.max():.3f}</dd>" in drawn


def test_the_nearest_image_is_the_same_one_and_a_click_picks_it(whole, picture):
    page = uploaded(opened(), picture)
    assert "nearest to it by representation" in texts(page)
    page.session_state["upload_neighbors"] = {"event": {"sample": SAMPLE, "sequence": 1}}
    page.run()
    assert address(page)["sample"] == str(SAMPLE)


def test_nothing_of_the_image_is_written_to_the_store(whole, picture, store_folder):
    before = files_of(store_folder)
    uploaded(opened(), picture)
    assert files_of(store_folder) == before


def test_an_image_taken_away_leaves_nothing_in_the_session(whole, picture):
    page = uploaded(opened(), picture)
    page.button(key="w_forget").click().run()
    assert "Nothing uploaded yet" in texts(page)
    assert "darkroom.given" not in page.session_state
    assert "darkroom.given_found" not in page.session_state


def test_what_is_no_image_costs_one_line(whole):
    page = uploaded(opened(), b"not an image")
    assert "cannot be read as an image" in page.error[0].value.replace("\\", "")
    assert "Where it belongs" not in texts(page)


def test_a_model_that_fails_costs_one_line(whole, picture, monkeypatch):
    def fails(*_):
        raise live.LiveError("the model cannot be run: *why*")

    monkeypatch.setattr(live, "judged", fails)
    page = uploaded(opened(), picture)
    assert "\\*why\\*" in page.error[0].value


def test_a_lens_whose_model_is_not_there_says_so_and_the_others_stay(whole, picture, monkeypatch):
    def lacks(*_):
        raise MissingArtifact("the run holds no model of DVI")

    monkeypatch.setattr(live, "visual_model", lacks)
    page = uploaded(opened(), picture)
    assert "the run holds no model of DVI" in texts(page)
    assert "DarkSight: place of your image" in html(page)


def test_explanations_wait_for_a_click(whole, picture, monkeypatch):
    asked = []

    def channels(store, image):
        asked.append("summit")
        widths = store.table("summit_layer").sort_values("layer")["channels"]
        return [np.ones(width, bool) for width in widths]

    def maps(store, image, class_):
        asked.append("saliency")
        one = Attribution("rise", "RISE", np.eye(8, dtype=np.float32), 0.2, None)
        return Attributions([one], "removal_area_200", 16, "test")

    monkeypatch.setattr(live, "chosen_channels", channels)
    monkeypatch.setattr(explained, "made_now", maps)
    page = uploaded(opened(), picture)
    assert asked == []
    page.button(key="w_explain_given").click().run()
    assert not page.exception
    drawn = html(page)
    assert "Weighted features of your image" in drawn
    assert "Saliency map of your image by RISE" in drawn
    assert "chosen" in drawn
    page.run()
    assert sorted(asked) == ["saliency", "summit"]  # each is found out once


def test_an_explanation_that_fails_leaves_the_others(whole, picture, monkeypatch):
    def fails(*_):
        raise live.LiveError("the model is busy")

    monkeypatch.setattr(live, "chosen_channels", fails)
    monkeypatch.setattr(live, "contesting", fails)
    page = uploaded(opened(), picture)
    page.button(key="w_explain_given").click().run()
    assert not page.exception
    assert texts(page).count("the model is busy") == 2
    assert "Weighted features of your image" in html(page)
