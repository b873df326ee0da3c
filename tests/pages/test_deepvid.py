import itertools
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.saliency.method import Examined
from core.store import Store
from core.teachers.protocol import Capability
from pages.parts import live
from pages.parts.deepvid import explain
from pages.parts.deepvid.vae import PLOT
from pages.parts.queue import Line
from tests.pages.toy_deepvid import REASON, answering, write_toy_deepvid
from tests.pages.toy_store import write_toy_store

PAGE = Path(__file__).resolve().parents[2] / "pages/deepvid.py"
SEQUENCE = itertools.count(1)
KEPT, FRESH = "24", "31"  # a sample explained beforehand, and one that is not


def opened(**parameters):
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    for word, value in parameters.items():
        page.query_params[word.rstrip("_")] = str(value)
    return again(page)


def again(page):
    page.run()
    assert not page.exception
    return page


def clicked(page, key):
    page.button(key=key).click()
    return again(page)


def html(page):
    return "\n".join(str(element.value) for element in page.get("html"))


def texts(page):
    elements = [*page.markdown, *page.caption, *page.warning, *page.info, *page.error]
    return "\n".join(str(e.value) for e in [*elements, *page.success, *page.code])


def address(page):
    return {
        word: value if isinstance(value, str) else value[-1]
        for word, value in page.query_params.items()
    }


def done(page, **event):
    """Let the axes report an event, and run the page."""
    page.session_state[PLOT] = {"event": {"sequence": next(SEQUENCE), **event}}
    return again(page)


@pytest.fixture
def toy(store_folder, monkeypatch):
    """A study with generator, two explained images and a contest; its teacher needs no torch."""
    write_toy_store(store_folder)
    write_toy_deepvid(store_folder)
    monkeypatch.setattr(live, "why_not", lambda store, *packages: None)
    monkeypatch.setattr(live, "answering", answering)
    explain._HELD.clear()
    return Store("toy", store_folder)


@pytest.fixture
def without_torch(toy, monkeypatch):
    monkeypatch.setattr(live, "why_not", lambda store, *packages: "New images need torch.")
    return toy


def test_without_a_generator_the_page_shows_the_command_that_makes_one(toy_store):
    page = opened()
    assert "generator" in texts(page)
    assert "python -m precompute build toy" in texts(page)


def test_a_teacher_that_judges_no_new_image_is_told_why(store_folder):
    write_toy_store(store_folder, lacks=[Capability.NEW_IMAGES])
    assert "a table of predictions knows only its own images" in texts(opened())


def test_a_stage_that_declined_gives_its_reason(store_folder):
    write_toy_store(store_folder)
    write_toy_deepvid(store_folder, reason="DeepVID needs *new* images.")
    assert "DeepVID needs \\*new\\* images" in texts(opened())


def test_an_image_explained_beforehand_needs_no_torch(without_torch):
    page = opened(sample=KEPT)
    assert "neighbours kept from it" in texts(page)
    assert "New images need torch" not in texts(page)


def test_any_other_image_says_what_is_missing(without_torch):
    page = opened(sample=FRESH)
    assert "New images need torch" in texts(page)
    assert "neighbours kept from it" not in texts(page)


def test_an_image_is_explained_at_a_click_and_the_next_one_by_itself(toy):
    page = opened(sample=FRESH)
    assert "Nobody has explained this image" in texts(page)
    clicked(page, "w_explain")
    assert "neighbours kept from it" in texts(page)
    page.query_params["sample"] = "33"
    assert "neighbours kept from it" in texts(again(page))


def test_what_was_explained_once_is_there_for_every_session(toy, monkeypatch):
    clicked(opened(sample=FRESH), "w_explain")
    monkeypatch.setattr(live, "why_not", lambda store, *packages: "New images need torch.")
    assert "neighbours kept from it" in texts(opened(sample=FRESH))


def test_a_linear_teacher_is_followed_by_its_student(toy):
    page = clicked(
        opened(sample=FRESH, student="linear", optimizer="closed_form", n=400, detail=1),
        "w_explain",
    )
    assert "The student reads the image as the teacher does" in texts(page)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("t", "-1"), ("t", "nan"), ("n", "1"), ("share", "abc"), ("box", "9,0,1"),
        ("box", "0,1,0"), ("lock", "x"), ("optimizer", "magic"), ("generator", "gan"),
        ("this", "4"), ("passes", "0"), ("look", "nothing"), ("sampler", "morph"), ("beside", "9"),
        ("beside", "study~nobody"), ("beside", "study~../x"),
    ],
)  # fmt: skip
def test_what_the_address_says_wrongly_is_ignored_and_named(toy, word, value):
    page = opened(sample=KEPT, **{word: value})
    assert f"Ignored {word}" in texts(page)


@pytest.mark.parametrize(
    "settings",
    [
        {"t": "1000000"},  # labels become uniform
        {"n": "2", "batch": "128"},  # fewer neighbours than the batch
        {"share": "0"},  # all neighbours alike
        {"lock": "0,1,2,3,4"},
        {"init": "zeros", "optimizer": "adam", "l2": "0.01"},
        {"sampler": "knn"},
        {"sample2": "25"},
        {"sample2": KEPT},
    ],
)
def test_settings_at_their_limits_still_explain(toy, settings):
    page = opened(sample=FRESH, student="linear", **settings)
    assert "kept from it" in texts(clicked(page, "w_explain"))


def test_a_rate_that_diverges_is_one_line(toy):
    page = opened(sample=FRESH, student="linear", rate="1000000", optimizer="gradient_descent",
                  passes="200")  # fmt: skip
    clicked(page, "w_explain")
    said = texts(page)
    assert "diverged" in said or "Do not trust" in said
    assert "Traceback" not in said


def test_a_teacher_that_answers_nan_is_one_line(toy, monkeypatch):
    @contextmanager
    def broken(store, epoch=None):
        yield Examined(lambda pictures: np.full((len(pictures), 4), np.nan, np.float32))

    monkeypatch.setattr(live, "answering", broken)
    page = clicked(opened(sample=FRESH), "w_explain")
    assert "must not be NaN" in "\n".join(str(e.value) for e in page.error)


def test_a_full_line_is_told(toy, monkeypatch):
    monkeypatch.setattr(explain, "_LINE", Line(limit=0))
    page = clicked(opened(sample=FRESH), "w_explain")
    assert "try again in a while" in texts(page)


def test_an_explanation_that_takes_too_long_is_ended(toy, monkeypatch):
    monkeypatch.setattr(explain, "LONGEST", -1.0)
    page = clicked(opened(sample=FRESH), "w_explain")
    assert "It took longer than" in texts(page)


def test_a_range_drawn_on_an_axis_stands_in_the_address(toy):
    page = done(opened(sample=KEPT), kind="brush", axis=1, low=-0.5, high=0.75)
    assert address(page)["box"] == "1,-0.5,0.75"
    done(page, kind="brush", axis=0, low=0.0, high=0.0)
    assert address(page)["box"] == "0,0,0;1,-0.5,0.75"
    done(page, kind="unbrush", axis=1)
    assert address(page)["box"] == "0,0,0"


def test_a_lock_takes_the_place_of_a_range_and_back(toy):
    page = done(opened(sample=KEPT, box="1,-0.5,0.5"), kind="lock", axis=1)
    assert address(page)["lock"] == "1"
    assert "box" not in address(page)
    done(page, kind="lock", axis=1)
    assert "lock" not in address(page)


def test_a_dragged_handle_changes_nothing_in_the_address(toy):
    page = opened(sample=KEPT)
    before = address(page)
    done(page, kind="drag", axis=2, value=0.3, final=True)
    assert address(page) == before
    _, code = page.session_state["darkroom.deepvid_moved"]
    assert code[2] == np.float32(0.3)
    done(page, kind="reset")
    assert "darkroom.deepvid_moved" not in page.session_state


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "drag", "axis": 99, "value": 1.0},
        {"kind": "brush", "axis": 0, "low": 2.0, "high": 1.0},
        {"kind": "brush", "axis": -1, "low": 0.0, "high": 1.0},
        {"kind": "brush", "axis": "0", "low": 0.0, "high": float("nan")},
        {"kind": "spell", "axis": 0},
    ],
)
def test_an_event_that_makes_no_sense_is_not_believed(toy, event):
    page = opened(sample=KEPT)
    before = address(page)
    assert address(done(page, **event)) == before


def test_a_second_image_makes_a_morph_and_crosses_both_with_two_classes(toy):
    page = clicked(opened(sample=FRESH, sample2=25, student="linear"), "w_explain")
    assert html(page).count("× weights of") >= 4


def test_the_nearest_image_of_a_class_becomes_the_second(toy):
    page = opened(sample=FRESH)
    page.selectbox(key="w_second_class").set_value(2)
    again(page)
    second = int(address(page)["sample2"])
    predicted = toy.sql(
        "select predicted from prediction where epoch = 2 and sample_id = ?", [second]
    )
    assert predicted["predicted"].tolist() == [2]


def test_a_saved_view_opens_with_its_settings_and_says_what_it_is(toy):
    page = opened(sample=KEPT, t=3, student="linear")
    titles = page.selectbox(key="w_case").options
    assert any(title.startswith("Misread with most confidence") for title in titles)
    page.selectbox(key="w_case").set_value(0)
    again(page)
    assert "t" not in address(page)
    assert "The teacher is sure and wrong" in texts(page)


def test_the_papers_student_is_one_click_away(toy):
    page = opened(sample=FRESH, share=40)
    page.segmented_control(key="w_student").set_value("linear")
    again(page)
    assert address(page)["student"] == "linear"
    assert "share" not in address(page)
    assert "512 neighbours on a line" in texts(page)


def test_earlier_students_stay_and_come_back(toy):
    page = clicked(opened(sample=FRESH, student="linear", look="earlier"), "w_explain")
    page.query_params["t"] = "2"
    again(page)
    assert page.button(key="w_past_1").disabled
    clicked(page, "w_past_0")
    assert "t" not in address(page)


def test_auto_tune_shows_its_surface_and_hands_its_settings_over(toy):
    page = opened(sample=FRESH, look="tune", student="linear")
    clicked(page, "w_tune")
    assert "Best of the grid" in texts(page)
    clicked(page, "w_use_tuned")
    found = address(page)
    assert {"t", "l2", "share", "n", "detail", "sampler"} <= set(found)
    assert "neighbours kept from it" in texts(page)


def test_the_probe_finds_a_flip_or_says_that_there_is_none(toy):
    page = clicked(opened(sample=FRESH, look="probe"), "w_probe")
    assert "ranges" in texts(page)


def test_two_checkpoints_stand_side_by_side(toy):
    page = opened(sample=KEPT, look="beside")
    assert "Nobody has explained" in texts(page)
    clicked(page, "w_explain_there")
    assert texts(page).count("kept from it") >= 3  # the page's own, and both beside each other


@pytest.fixture
def twin(toy, store_folder):
    """Another study of the same images, with its own explanations, and one of other images."""
    write_toy_store(store_folder, "twin.2", strength=2.0, epochs=(1.0,))
    write_toy_deepvid(store_folder, "twin.2", explained_ids=(30,))
    write_toy_store(store_folder, "stranger", seed=1)
    return Store("twin.2", store_folder)


def test_another_study_explains_the_same_image_beside(twin):
    page = opened(sample="30", study="toy", look="beside", beside="study~twin.2")
    assert page.selectbox(key="w_beside").value == "twin.2"
    assert texts(page).count("kept from it") >= 3
    assert "twin\\.2, epoch 1" in texts(page)
    assert "only the teacher differs" in texts(page)


def test_studies_of_other_data_are_not_offered_beside(twin):
    page = opened(sample="30", study="toy", look="beside", beside="study~stranger")
    assert page.selectbox(key="w_beside").options == ["Epoch 1", "Study twin.2"]
    assert "is not of the same data" in texts(page)


def test_a_study_without_a_generator_is_asked_about_the_same_neighbours(toy, store_folder):
    write_toy_store(store_folder, "plain", strength=2.0)
    page = opened(sample=KEPT, study="toy", look="beside", beside="study~plain")
    assert "Nobody has explained" in texts(page)
    clicked(page, "w_explain_there")
    assert texts(page).count("kept from it") >= 3
    assert "only the teacher differs" in texts(page)


def test_without_torch_a_study_that_cannot_be_asked_says_so(without_torch, store_folder):
    write_toy_store(store_folder, "plain", strength=2.0)
    page = opened(sample=KEPT, study="toy", look="beside", beside="study~plain")
    assert "New images need torch" in texts(page)
    assert "w_explain_there" not in [button.key for button in page.button]


def test_the_contest_tells_n_and_who_is_not_there(without_torch):
    page = opened(sample=KEPT, look="removal")
    assert "mean of 16 seeded test images" in texts(page)
    assert REASON.removesuffix(".").replace("-", "\\-") in texts(page)
    assert opened(sample=KEPT, look="gallery").get("html")
    assert "16 seeded test images" in texts(opened(sample=KEPT, look="fidelity"))


def test_class_names_are_shown_literally(toy):
    page = opened(sample=KEPT)
    assert "<script>" not in texts(page) + html(page)


def test_the_page_and_its_parts_import_no_torch():
    code = (
        "import sys\n"
        "from pages.parts.deepvid import explain, panels, removal, student, tuning, vae\n"
        "print([n for n in ('torch', 'scipy', 'sklearn') if n in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=PAGE.parents[1],
    )  # fmt: skip
    assert ran.stdout.strip() == "[]"
