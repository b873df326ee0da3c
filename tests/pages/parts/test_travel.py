from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import travel
from tests.pages.reading import address, texts
from tests.pages.toy_store import write_toy_store

ROUTER = Path(__file__).resolve().parents[3] / "pages/shell/main.py"
VIEW = {"sample": "30", "sample2": "31", "class": "2", "epoch": "1", "split": "all"}


def opened(**parameters):
    """Return the dashboard as the router opens it, at its first page."""
    page = AppTest.from_file(str(ROUTER), default_timeout=300)
    page.query_params.update(parameters)
    return again(page)


def again(page):
    page.run()
    assert not page.exception
    return page


def switched(page, name, **parameters):
    """Return the dashboard after its bar has opened a page, which drops the URL's parameters."""
    page.query_params.clear()
    page.query_params.update(parameters)
    page.switch_page(str(ROUTER.parents[1] / f"{name}.py"))
    return again(page)


@pytest.fixture
def toy(store_folder):
    write_toy_store(store_folder)


@pytest.mark.parametrize("name", ["darksight", "dvi", "summit", "deepvid", "artifacts"])
def test_the_view_travels_to_every_page(toy, name):
    page = switched(opened(**VIEW, rule="class~2"), name)
    assert address(page) == {**VIEW, "rule": "class~2"}


def test_a_page_whose_run_a_quick_click_ended_still_hands_the_view_on(toy):
    page = opened(**VIEW)
    page.query_params.clear()  # the bar was clicked on a page that never came to run
    assert address(again(page)) == VIEW


def test_a_view_that_a_widget_has_emptied_stays_empty(toy):
    page = opened(split="all")
    page.segmented_control(key="w_split").set_value("test").run()
    assert address(page) == {}
    assert address(switched(page, "dvi")) == {}


def test_the_way_back_to_an_address_without_words_shows_no_view(toy, monkeypatch):
    page = opened(sample="30")
    monkeypatch.setattr(travel, "_went_back", lambda: True)
    page.query_params.clear()
    assert address(again(page)) == {}


def test_a_page_that_is_opened_by_a_link_shows_what_the_link_says(toy):
    page = switched(opened(**VIEW), "dvi", sample="12")
    assert address(page) == {"sample": "12"}


def test_a_session_that_begins_with_a_deep_link_takes_nothing_from_another(toy):
    opened(**VIEW)
    assert address(opened()) == {}


def test_a_page_finds_its_own_words_again_and_other_pages_do_not_get_them(toy):
    page = switched(opened(sample="30"), "dvi")
    page.query_params["k"] = "5"
    again(page)
    assert address(switched(page, "deepvid")) == {"sample": "30"}
    assert address(switched(page, "dvi")) == {"sample": "30", "k": "5"}


def test_a_word_taken_out_on_one_page_stays_out_on_the_next(toy):
    page = opened(**VIEW)
    del page.query_params["sample2"]
    again(page)
    assert "sample2" not in address(switched(page, "dvi"))


def test_a_bad_word_is_named_where_the_link_was_opened_and_not_on_the_next_page(toy):
    page = opened(sample="9999", rule="cell~77~1")
    assert "Ignored sample\\=9999" in texts(page)
    page = switched(page, "dvi")
    assert address(page)["sample"] == "9999"
    assert "Ignored" not in texts(page)


def test_a_word_that_goes_wrong_after_the_arrival_is_named(toy):
    page = switched(opened(sample="30"), "dvi")
    page.query_params["sample"] = "9999"
    assert "Ignored sample\\=9999" in texts(again(page))


def test_every_field_of_a_view_travels():
    from dataclasses import fields

    from pages.parts.view import View

    assert set(travel.SHARED) == {"study", "run", *(f.name.rstrip("_") for f in fields(View))}
