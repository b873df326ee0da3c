"""The study picker and earlier runs, on the page that every study has."""

from functools import partial

import pytest

from core.store import Run, Store, earlier_runs, keep_run
from pages.parts.settings_beside import beside, flat
from tests.pages.reading import address, html, texts
from tests.pages.reading import opened as opened_page
from tests.pages.toy_store import write_toy_store

opened = partial(opened_page, "overview")


@pytest.fixture
def rebuilt(store_folder):
    """A study that was built anew with fewer images; returns the earlier run's name."""
    write_toy_store(store_folder, title="First <b>try</b>")
    first = Store("toy", store_folder)
    keep_run(store_folder, "toy", run_with("toy"))
    write_toy_store(store_folder, title="Second", count=30, test=6)
    return first.fingerprint


def run_with(study, **settings):
    return Run(study=study, settings=settings, stages={}, finished="")


def test_one_study_alone_has_no_picker(toy_store):
    assert "w_study" not in [box.key for box in opened().selectbox]


def test_the_picker_opens_another_study_and_keeps_what_holds_there(toy_store):
    write_toy_store(toy_store, "twin.2-b", strength=2.0)
    page = opened(sample="30", split="all", color="entropy", rule="ids~3,4")
    box = page.selectbox(key="w_study")
    assert box.options == ["toy", "twin.2-b"]
    box.select(("twin.2-b", None)).run()
    assert not page.exception
    assert address(page) == {
        "study": "twin.2-b", "sample": "30", "split": "all", "color": "entropy", "rule": "ids~3,4",
    }  # fmt: skip
    assert not page.warning


def test_a_study_that_cannot_be_read_opens_with_its_reason(toy_store):
    write_toy_store(toy_store, "broken")
    page = opened(sample="30")
    (toy_store / "broken/run.json").write_text("{}")
    page.selectbox(key="w_study").select(("broken", None)).run()
    assert not page.exception
    assert "damaged" in texts(page)


def test_an_earlier_run_opens_with_a_banner_and_what_differs(rebuilt):
    page = opened(run=rebuilt)
    assert "An earlier run" in texts(page)
    assert "First &lt;b&gt;try&lt;/b&gt;" in html(page)
    assert "40 (24 train, 16 test)" in html(page)
    table = next(frame.value for frame in page.dataframe if "setting" in frame.value)
    assert table["setting"].tolist() == ["title"]
    assert '"Second"' in table["published run"].tolist()
    page.button(key="w_published").click().run()
    assert "30 (24 train, 6 test)" in html(page)
    assert "run" not in address(page)


def test_the_picker_lists_earlier_runs_of_the_open_study(rebuilt):
    page = opened(sample="3")
    box = page.selectbox(key="w_study")
    assert box.options == ["toy", "↳ 2025-01-01 00:00"]
    box.select(("toy", rebuilt)).run()
    assert address(page) == {"study": "toy", "run": rebuilt, "sample": "3"}
    assert page.selectbox(key="w_study").value == ("toy", rebuilt)


@pytest.mark.parametrize("run", ["0" * 16, "../../x", "<script>", "y" * 400, "a\0b"])
def test_a_run_that_is_not_kept_is_ignored_in_one_line(rebuilt, run):
    page = opened(run=run)
    assert "Ignored run" in texts(page)
    assert "<script>" not in texts(page)
    assert "30 (24 train, 6 test)" in html(page)


def test_the_published_run_may_be_named_too(rebuilt, store_folder):
    page = opened(run=Store("toy", store_folder).fingerprint)
    assert not page.warning


def test_pictures_of_an_earlier_run_have_an_address(rebuilt, store_folder):
    from pages.parts.thumbnails import thumbnail_png

    first = Store("toy", store_folder, run=earlier_runs(store_folder, "toy")[0].run)
    now = Store("toy", store_folder)
    for store in (first, now):
        assert thumbnail_png("toy", store.manifest("dataset").key, 35 - 10 * (store is now))
    assert thumbnail_png("toy", "0" * 64, 0) is None


def test_settings_stand_side_by_side_those_that_differ_first():
    one = run_with("a", x=1, deep={"y": [1, 2], "z": None})
    two = run_with("b", x=1, deep={"y": [1, 3]}, new="<b>")
    table = beside(one, two, ("a", "b"))
    assert table.to_numpy().tolist() == [
        ["≠", "deep.y", "[1, 2]", "[1, 3]"],
        ["≠", "deep.z", "null", "not set"],
        ["≠", "new", "not set", '"<b>"'],
        ["", "x", "1", "1"],
    ]
    assert beside(one, two, ("same", "same")).columns.tolist()[2:] == ["same (A)", "same (B)"]
    assert flat({"a": {"b": {}}}) == {"a.b": "{}"}
