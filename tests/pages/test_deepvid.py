import itertools
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.deepvid.trust import Trust
from core.saliency.method import Examined
from core.store import Store
from core.teachers.protocol import Capability
from pages.parts import live
from pages.parts.deepvid import cases as saved_views
from pages.parts.deepvid import explain
from pages.parts.deepvid.asked import Asked, asked, recipe_of
from pages.parts.deepvid.cases import Case
from pages.parts.deepvid.explain import Subject
from pages.parts.deepvid.removal import images_words, unequal_words
from pages.parts.deepvid.tuning import tuned_key
from pages.parts.deepvid.vae import PLOT, shown_axes
from pages.parts.deepvid.words import lower_bound, trust_words
from pages.parts.queue import Line
from pages.parts.saliency.words import method_words
from precompute.latent import latent
from tests.pages.toy_deepvid import (
    METHODS,
    REASON,
    SLOW,
    answering,
    linear_teacher,
    write_toy_deepvid,
)
from tests.pages.toy_store import write_toy_store

PAGE = Path(__file__).resolve().parents[2] / "pages/deepvid.py"
SEQUENCE = itertools.count(1)
KEPT, FRESH = "24", "31"  # a sample explained beforehand, and one that is not


def opened(**parameters):
    page = AppTest.from_file(str(PAGE), default_timeout=300)
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
    # whatever class the wild student ends at, it is not believed
    assert any(word in said for word in ("diverged", "Do not trust", "Read with care"))
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


def test_a_saved_view_that_may_fail_says_whether_it_does_when_it_is_explained(toy, monkeypatch):
    words = {"sample": FRESH, "sample2": "25", "student": "linear", "this": "1", "that": "0"}
    case = Case("Glasses", words, "It may fail.", disturbed=True)
    monkeypatch.setattr(saved_views, "cases", lambda scene, space: [case])
    page = opened(**words)
    assert "It may fail\\." in texts(page)
    assert "lies there" not in texts(page)
    assert "lies there" in texts(clicked(page, "w_explain"))


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
    assert "mean of 9 to 16 seeded test images (n beside each)" in texts(page)
    table = next(frame.value for frame in page.dataframe if "area" in frame.value)
    n = dict(zip(table["method"], table["n"], strict=True))
    assert n == {method_words(m): 9 if m == SLOW else 16 for m in METHODS[:-1]}
    assert table["area"].is_monotonic_increasing
    assert "Across different n go by the intervals" in texts(page)
    assert REASON.removesuffix(".").replace("-", "\\-") in texts(page)
    assert opened(sample=KEPT, look="gallery").get("html")
    assert "16 seeded test images" in texts(opened(sample=KEPT, look="fidelity"))


def test_methods_judged_on_the_same_images_need_no_warning():
    assert images_words(np.array([16, 16]), "test") == "16 seeded test images (n)"
    assert unequal_words(np.array([16, 16])) == ""


def test_the_hybrids_two_sets_of_weights_are_told_apart_and_the_papers_student_has_one(toy):
    kept = texts(opened(sample=KEPT))
    assert "log-odds against all the rest" in kept
    assert "was not kept with this image" in kept
    fresh = clicked(opened(sample=FRESH), "w_explain")
    assert "R² of the log-odds by the drawn set is" in texts(fresh)
    assert "difference of the two classes' log-odds" in texts(fresh).replace("\\", "")
    paper = texts(clicked(opened(sample=FRESH, student="linear"), "w_explain"))
    assert "log-odds against all the rest" not in paper
    assert "difference of the two classes' logits" in paper.replace("\\", "")


def test_a_total_variation_over_some_classes_and_the_rest_is_a_lower_bound():
    told = Trust(np.array([0.6, 0.4]), np.array([0.5, 0.5]), 0.1, 0, 0)
    names = ["cat", "dog", "hen"]
    assert "differ by 0.100 in all" in trust_words(told, np.array([0, 1]), names)
    some = trust_words(told, np.array([0, -1]), names)
    assert "differ by at least 0.100 (the student tells 1 classes apart" in some
    assert lower_bound(12) == ""
    assert "lower bound" in lower_bound(13)


def test_the_page_states_which_images_were_explained_beforehand(without_torch, toy):
    wrong = toy.sql(
        "select count(*) as n from prediction join samples using (sample_id) "
        "where epoch = 2 and predicted <> label"
    )
    words = f"2 images were explained beforehand: 1 of {wrong['n'][0]} that the teacher misreads"
    page = opened(sample=FRESH)
    assert words in texts(page)
    assert "This one was made beforehand" not in texts(page)
    assert "This one was made beforehand. With the default" in texts(opened(sample=KEPT))


def test_the_page_says_how_axes_are_sorted_and_which_vary_together(toy):
    page = opened(sample=FRESH)
    assert "Sorted by how much the axes vary over the images" in texts(page)
    assert "* Axes that vary together: z0 and z2 (r -0.50)." in texts(page).replace("\\", "")
    assert "Sorted by" not in texts(opened(sample=FRESH, order="number"))
    page = opened(sample=KEPT)
    assert "was asked about the 4 of 5 axes that vary most" in texts(page)


def test_axes_that_nobody_asked_about_follow_by_how_much_they_vary(toy):
    deviation = np.array([3, 1, 2, 5, 0], np.float32)
    space = replace(latent(toy, "vae"), deviation=deviation)
    known = np.array([0.1, 0.4, np.nan, np.nan, np.nan], np.float32)
    assert shown_axes(Asked(), space, known).tolist() == [1, 0, 3, 2, 4]
    assert shown_axes(Asked(), space, None).tolist() == [3, 0, 2, 1, 4]
    assert shown_axes(Asked(by_number=True), space, None).tolist() == [0, 1, 2, 3, 4]


def test_earlier_students_of_another_study_stay_with_it(twin):
    page = opened(sample=FRESH, student="linear", look="earlier", study="toy")
    clicked(page, "w_explain")
    page.query_params["study"] = "twin.2"
    again(page)
    assert "neighbours kept from it" in texts(page)
    assert "w_past_1" not in [button.key for button in page.button]
    assert page.button(key="w_past_0").disabled


def test_an_earlier_student_comes_back_with_its_checkpoint(toy):
    page = clicked(opened(sample=FRESH, epoch=1, student="linear", look="earlier"), "w_explain")
    del page.query_params["epoch"]
    again(page)
    assert "epoch" not in address(page)
    clicked(page, "w_past_0")
    assert address(page)["epoch"] == "1"


@pytest.mark.parametrize(("look", "key"), [("tune", "w_tune"), ("probe", "w_probe")])
def test_auto_tune_and_the_probe_end_when_they_take_too_long(toy, monkeypatch, look, key):
    asked = []

    @contextmanager
    def slow(store, epoch=None):
        def answer(pictures):
            asked.append(len(pictures))
            if len(asked) == 3:
                monkeypatch.setattr(explain, "LONGEST", -1.0)
            return linear_teacher(4).logits(pictures)

        yield Examined(answer)

    page = opened(sample=FRESH, look=look, student="linear")
    monkeypatch.setattr(live, "answering", slow)
    clicked(page, key)
    assert "It took longer than" in texts(page)
    assert len(asked) == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"sampler": "band"}, {"optimizer": "adam"}, {"init": "zeros"}, {"passes": "3"},
        {"batch": "16"}, {"rate": "1"}, {"n": "100"}, {"detail": "1"},
    ],
)  # fmt: skip
def test_what_auto_tune_found_holds_for_its_own_settings_only(toy, changed):
    first = key_of_tuning(toy, {})
    assert key_of_tuning(toy, changed) != first
    assert key_of_tuning(toy, {"t": "3", "l2": "0.1", "share": "40"}) == first  # the grid's own


def key_of_tuning(store, words):
    wish, ignored = asked(
        {"student": "linear", **words}, generators=["vae"], latent=lambda name: 5, classes=4,
        epochs=[1.0, 2.0],
    )  # fmt: skip
    assert not ignored
    space = latent(store, "vae")
    recipe = recipe_of(wish, space, morph=False)
    key = ("root", "toy", "fingerprint", 2.0, "vae", 31, None, recipe)
    return tuned_key(Subject(31, None, space, recipe, None, 2.0, key))


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
