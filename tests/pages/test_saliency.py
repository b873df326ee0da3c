"""The Saliency page: maps made beforehand or here, two compared, and the arena."""

import itertools
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.saliency.method import Examined
from core.store import Store
from core.teachers.protocol import Capability
from pages.parts import live
from pages.parts.literal import literal
from pages.parts.queue import Line
from pages.parts.saliency import attempt, explain
from pages.parts.saliency.apart import STRIP, told_apart
from pages.parts.saliency.held import Scores
from pages.parts.saliency.image import GALLERY
from pages.parts.saliency.table import beyond_doubt
from tests.pages.toy_deepvid import write_toy_deepvid
from tests.pages.toy_saliency import ENTRANTS, contesting, write_toy_saliency
from tests.pages.toy_store import write_toy_store

PAGE = Path(__file__).resolve().parents[2] / "pages/saliency.py"
SEQUENCE = itertools.count(1)
KEPT, FRESH = "24", "38"  # a sample explained beforehand, and one that is not
HALF = "26"  # one that a slow method was not run on


def opened(**parameters):
    page = AppTest.from_file(str(PAGE), default_timeout=300)
    for word, value in parameters.items():
        page.query_params[word] = str(value)
    return again(page)


def again(page):
    page.run()
    assert not page.exception
    return page


def clicked(page, key):
    page.button(key=key).click()
    return again(page)


def texts(page):
    elements = [*page.markdown, *page.caption, *page.warning, *page.info, *page.error, *page.code]
    return "\n".join(str(element.value) for element in elements)


def html(page):
    return "\n".join(element.proto.body for element in page.get("html"))


def address(page):
    return {
        word: value if isinstance(value, str) else value[-1]
        for word, value in page.query_params.items()
    }


def picked(page, method):
    """Let the gallery report a click, and run the page."""
    page.session_state[GALLERY] = {
        "event": {"sequence": next(SEQUENCE), "kind": "pick", "method": method}
    }
    return again(page)


@pytest.fixture
def toy(store_folder, monkeypatch):
    """A study with the arena; its teacher and methods need no torch."""
    write_toy_store(store_folder)
    write_toy_deepvid(store_folder)
    write_toy_saliency(store_folder)
    monkeypatch.setattr(live, "why_not", lambda store, *packages: None)
    monkeypatch.setattr(live, "contesting", contesting)
    explain._ATTEMPTS.clear()
    return Store("toy", store_folder)


@pytest.fixture
def without_torch(toy, monkeypatch):
    monkeypatch.setattr(live, "why_not", lambda store, *packages: "New images need torch.")
    return toy


def test_without_a_generator_the_page_shows_the_command_that_makes_one(toy_store):
    said = texts(opened())
    assert "generator" in said
    assert "python -m precompute build toy" in said


def test_without_an_arena_maps_can_be_made_and_the_page_says_what_builds_it(store_folder):
    write_toy_store(store_folder)
    write_toy_deepvid(store_folder)
    said = texts(opened())
    assert "The arena comes from the stage saliency" in said
    assert "Nobody has made this image's maps yet" in said


def test_an_arena_that_declined_gives_its_reason(store_folder):
    write_toy_store(store_folder)
    write_toy_deepvid(store_folder)
    write_toy_saliency(store_folder, declined="It would take *days*.")
    assert "It would take \\*days\\*" in texts(opened())


def test_a_teacher_that_judges_no_new_image_is_told_why(store_folder):
    write_toy_store(store_folder, lacks=[Capability.NEW_IMAGES])
    assert "a table of predictions knows only its own images" in texts(opened())


def test_a_teacher_without_gradients_says_what_is_left_out(store_folder):
    lacks = [Capability.GRADIENTS, Capability.LAYERS]
    write_toy_store(store_folder, lacks=lacks)
    write_toy_deepvid(store_folder)
    write_toy_saliency(store_folder)
    said = texts(opened())
    assert "no method that follows gradients" in said
    assert literal("Grad-CAM: It needs feature maps") in said


def test_the_arena_says_settings_paired_differences_and_images_without_a_map(toy):
    page = opened()
    assert literal("count as a random order: RISE 2.") in texts(page)
    tables = [frame.value for frame in page.dataframe]
    settings = next(table for table in tables if "in its paper" in table)
    assert settings["settings"].iloc[0] == "copies 2000, hybrid: cell 1"
    assert "4,000 masks" in settings["in its paper"].tolist()
    pairs = next(table for table in tables if "difference" in table)
    assert pairs[["other", "p", "n"]].values.tolist() == [["RISE", 0.01, 20]]


def test_an_image_explained_beforehand_needs_no_torch(without_torch):
    said = texts(opened(sample=KEPT))
    assert "; made beforehand" in said
    assert literal("n = 1 test image") in said
    assert "New images need torch" not in said


def test_any_other_image_says_what_is_missing(without_torch):
    said = texts(opened(sample=FRESH))
    assert "New images need torch" in said
    assert "; made beforehand" not in said


def test_another_image_is_explained_at_a_click_and_the_next_one_by_itself(toy):
    page = opened(sample=FRESH)
    assert "Nobody has made this image's maps yet" in texts(page)
    assert "; made here" in texts(clicked(page, "w_explain"))
    page.query_params["sample"] = "37"
    said = texts(again(page))
    assert "; made here" in said
    assert "Stopped" not in said


def test_every_method_comes_to_its_end(toy):
    clicked(opened(sample=FRESH), "w_explain")
    ((_, done),) = explain._ATTEMPTS._held.items()
    for one in done.shown.outcomes.values():
        assert one.finished
        assert one.judged or one.reason
    assert done.shown.outcomes["rise"].done == 512
    assert "maps must be finite" in done.shown.outcomes["sensitivity"].reason
    assert done.shown.outcomes["grad_cam"].reason == ENTRANTS[-1].reason
    assert done.shown.changed[-1] == 64
    assert len(done.shown.changed) == 65  # pixel by pixel


def test_what_was_made_once_is_there_for_every_session(toy, monkeypatch):
    clicked(opened(sample=FRESH), "w_explain")
    monkeypatch.setattr(live, "why_not", lambda store, *packages: "New images need torch.")
    assert "; made here" in texts(opened(sample=FRESH))


def test_methods_left_out_beforehand_are_named_and_can_be_run(toy):
    page = opened(sample=HALF)
    assert literal("Not run beforehand: RISE") in texts(page)
    clicked(page, "w_explain")
    ((_, done),) = explain._ATTEMPTS._held.items()
    curve = done.shown.outcomes["rise"].deletion
    assert curve is not None
    assert len(curve) == 101  # as the others' were


def test_stopping_keeps_what_is_there_and_going_on_ends_it(toy, monkeypatch):
    page = clicked(opened(sample=FRESH), "w_explain")
    ((_, made),) = explain._ATTEMPTS._held.items()
    made.stopped = True
    made.shown.outcomes["relabel"].deletion = made.shown.outcomes["relabel"].insertion = None
    assert "Stopped; what came so far stays" in texts(again(page))
    clicked(page, "w_go_on")
    assert made.shown.outcomes["relabel"].judged
    assert not made.stopped


def test_what_takes_too_long_is_ended_and_says_so(toy, monkeypatch):
    page = opened(sample=FRESH)
    monkeypatch.setattr(explain, "new_attempt", _hasty)
    assert "It took longer than" in texts(clicked(page, "w_explain"))


def _hasty(*arguments):
    made = attempt.new_attempt(*arguments)
    made.limit = -1.0
    return made


def test_a_full_line_is_told(toy, monkeypatch):
    monkeypatch.setattr(explain, "_LINE", Line(limit=0))
    page = clicked(opened(sample=FRESH), "w_explain")
    assert "try again in a while" in texts(page)


def test_a_teacher_that_answers_nan_is_one_line(toy, monkeypatch):
    @contextmanager
    def broken(store, epoch=None):
        nan = Examined(lambda pictures: np.full((len(pictures), 4), np.nan, np.float32))
        yield nan, ENTRANTS, (0.0,)

    monkeypatch.setattr(live, "contesting", broken)
    said = texts(clicked(opened(sample=FRESH), "w_explain"))
    assert "must not be NaN" in said
    assert "Traceback" not in said


def test_a_clicked_map_takes_the_older_ones_place(toy):
    page = picked(opened(sample=KEPT), "occlusion")
    assert (address(page)["method"], address(page)["method2"]) == ("rise", "occlusion")
    picked(page, "random")
    assert (address(page)["method"], address(page)["method2"]) == ("occlusion", "random")
    picked(page, "occlusion")
    assert (address(page)["method"], address(page)["method2"]) == ("random", "occlusion")


@pytest.mark.parametrize(
    ("word", "value"),
    [("method", "magic"), ("method2", "<b>"), ("look", "nothing"), ("metric", "beauty")],
)
def test_what_the_address_says_wrongly_is_ignored_and_named(toy, word, value):
    assert f"Ignored {word}" in texts(opened(sample=KEPT, **{word: value}))


def test_the_arena_lists_figures_with_n_and_says_who_is_best_beyond_doubt(toy):
    page = opened()
    said = texts(page)
    assert "n = 6 to 12" in said
    assert literal("deletion: Re-label, hybrid") in said
    table = page.dataframe[0].value
    assert table["method"].tolist()[0] == "Re-label, hybrid"
    assert table["deletion"].to_numpy(float)[0] == pytest.approx(0.1, abs=0.03)
    assert table["seconds"].to_numpy(float)[0] == 0.2


def test_on_common_images_every_method_has_as_many(toy):
    page = opened()
    page.toggle(key="w_common").set_value(True)
    again(page)
    assert len(page.dataframe[0].value) == 4


@pytest.mark.parametrize(
    ("look", "said"),
    [
        ("curves", "mean over seeded test images (n = 6 to 12)"),
        ("paper", "Not comparable in absolute terms"),
        ("gallery", "test images of different classes"),
        ("synthetic", literal("scale 3.5 of sigma, 40% flip")),
        ("apart", "12 test images judged under at least half of 3 methods"),
        ("studies", "compare within a column"),
    ],
)
def test_every_panel_prints_what_it_shows(toy, look, said):
    assert said in texts(opened(sample=KEPT, look=look))


def test_beside_the_figures_of_all_studies_stands_whose_data_is_limited(toy, store_folder):
    assert "Limits" not in texts(opened(sample=KEPT, look="studies"))
    write_toy_store(store_folder, "small", limit="30 images")
    write_toy_deepvid(store_folder, "small")
    write_toy_saliency(store_folder, "small")
    said = texts(opened(study="toy", sample=KEPT, look="studies"))
    assert literal("Limits: small: limited to 30 images.") in said


def test_an_image_whose_reconstruction_flips_gets_words_and_no_picture(toy):
    said = texts(opened(sample="25", look="synthetic"))
    assert "has another class already" in said


def test_hostile_class_names_stay_text(toy):
    for look in ("gallery", "synthetic", "apart"):
        page = opened(sample=KEPT, look=look)
        assert "<script>" not in html(page)


def test_a_click_in_the_ranking_picks_the_image(toy):
    page = opened(sample=KEPT, look="apart")
    page.session_state[STRIP] = {"event": {"sequence": next(SEQUENCE), "sample": 31}}
    assert address(again(page))["sample"] == "31"


def test_the_images_told_apart_most_can_be_selected_on_the_map(toy):
    page = clicked(opened(sample=KEPT, look="apart"), "w_select_apart")
    assert address(page)["rule"].startswith("ids")


def test_an_image_on_which_methods_agree_comes_last():
    values = np.array([[0.1, 0.1, 0.9], [0.1, 0.9, 0.2], [0.5, np.nan, np.nan]])
    told = told_apart(Scores(["rise", "lime", "random"], np.array([4, 5, 6]), values))
    assert [one.sample for one in told] == [5, 4]  # the third was judged once
    assert (told[0].best, told[0].worst) == ("rise", "lime")


def test_nobody_is_best_where_the_difference_may_be_chance():
    noise = np.random.default_rng(0).normal(0, 1, (40, 2))
    assert beyond_doubt(Scores(["a", "b"], np.arange(40), noise), higher=False) is None


def test_the_best_is_found_on_the_images_that_two_methods_share():
    values = np.full((40, 2), 0.5)
    values[:, 1] = 0.4
    values[20:, 1] = np.nan
    values[20:, 0] = 0.0  # easy images, which the other has not seen
    scores = Scores(["a", "b"], np.arange(40), values)
    assert beyond_doubt(scores, higher=False) == "b"
    assert beyond_doubt(scores, higher=True) == "a"
