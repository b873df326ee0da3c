from pathlib import Path

import filelock
import pytest
from streamlit.testing.v1 import AppTest

from core.store import Store
from pages.parts.literal import literal
from precompute.running import progress_file
from tests.pages.reading import opened as opened_page
from tests.pages.reading import texts
from tests.pages.toy_store import HOSTILE, write_toy_store

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "artifacts.py")


def opened(**parameters) -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=300)
    for name, value in parameters.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def shown(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.warning, *page.error, *page.info, *page.code]
    return "\n".join(part.value for part in parts)


def test_an_empty_store_shows_the_command_that_fills_it(store_folder):
    assert "python -m precompute build digits" in shown(opened())


def test_every_stage_stands_in_the_table(tiny_store, monkeypatch):
    monkeypatch.setenv("DARKROOM_STORE", str(tiny_store))
    page = opened(study="tiny")
    stages = page.dataframe[0].value
    built = set(Store("tiny", tiny_store).run.stages)
    assert set(stages["stage"]) == built
    assert {"dataset", "teacher", "predictions", "projections", "darksight", "dvi"} <= built
    assert set(stages["state"]) == {"✓ fresh"}
    assert stages["seconds"].to_numpy().min() > 0


def test_a_damaged_file_is_named_with_the_command_that_rebuilds_it(toy_store):
    path = Store("toy", toy_store).path("projections") / "embedding.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    page = opened(study="toy")
    page.selectbox(key="artifacts_table").select("embedding").run()
    assert not page.exception
    text = shown(page)
    assert "embedding" in text
    assert "python" in text
    assert "build toy" in text.replace("\\", "")


@pytest.mark.parametrize("table", ["classes", "samples", "thumbnail", "prediction", "embedding"])
def test_every_table_has_a_dictionary_and_a_preview(toy_store, table):
    page = opened(study="toy")
    page.selectbox(key="artifacts_table").select(table).run()
    assert not page.exception
    dictionary, preview = page.dataframe[-3].value, page.dataframe[-2].value
    assert list(dictionary["column"]) == list(preview.columns)


@pytest.mark.parametrize("page", ["artifacts", "stories"])
def test_the_limit_stands_beside_figures_here_too(store_folder, page):
    write_toy_store(store_folder, limit="30 <b>images</b>")
    assert literal("Limited to 30 <b>images</b> · made up") in texts(opened_page(page))


def test_hostile_class_names_stay_text(toy_store):
    page = opened(study="toy")
    page.selectbox(key="artifacts_table").select("classes").run()
    assert list(page.dataframe[-2].value["name"]) == list(HOSTILE)
    assert "<script>" not in shown(page)


def test_a_table_that_the_run_does_not_hold_is_said_to_be_missing(store_folder):
    write_toy_store(store_folder, stages=("dataset",))
    page = opened(study="toy")
    page.selectbox(key="artifacts_table").select("embedding").run()
    assert not page.exception
    assert "holds no table embedding" in shown(page).replace("\\", "")


@pytest.mark.parametrize("stage", ["dataset", "teacher", "predictions", "projections"])
def test_a_damaged_manifest_is_one_line(toy_store, stage):
    path = Store("toy", toy_store).path(stage) / "manifest.json"
    path.write_bytes(path.read_bytes()[:100])
    page = opened(study="toy")
    assert "manifest.json" in shown(page).replace("\\", "")


def test_a_build_at_work_shows_its_progress_and_a_killed_one_says_so(toy_store):
    told = (
        '{"pid": 1, "started": 0, "stage": "projections", "number": 4, "stages": 4,'
        ' "share": 0.25, "elapsed": 3, "remaining": 9, "updated": 0}'
    )
    progress_file(toy_store, "toy").write_text(told)
    with filelock.FileLock(toy_store / "toy" / "build.lock"):
        page = opened(study="toy")
        assert "25%" in page.get("progress")[0].proto.text
        assert "about 9 s left" in page.get("progress")[0].proto.text
    assert "cut off" in shown(opened(study="toy"))


def test_the_first_build_of_an_empty_store_shows_its_progress(store_folder):
    path = progress_file(store_folder, "toy")
    path.parent.mkdir(parents=True)
    path.write_text(
        '{"pid": 1, "started": 0, "stage": "dataset", "number": 1, "stages": 4, "share": 0.5,'
        ' "elapsed": 3, "remaining": null, "updated": 0}'
    )
    with filelock.FileLock(path.parent / "build.lock"):
        page = opened()
        assert "Building toy: stage 1 of 4" in page.get("progress")[0].proto.text
