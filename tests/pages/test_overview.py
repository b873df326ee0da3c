import io
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.store import Store
from pages.parts.literal import literal
from pages.parts.selection import lasso, written
from precompute.settings import load_study
from tests.pages.reading import address, texts
from tests.pages.reading import opened as opened_page
from tests.pages.toy_store import HOSTILE, write_toy_store

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "pages/overview.py"

opened = partial(opened_page, "overview")


def test_settings_that_are_not_the_papers_stand_beside_the_figures(store_folder, monkeypatch):
    write_toy_store(store_folder, "mnist_noisy", limit="30 images")
    built = msgspec.to_builtins(load_study("mnist_noisy"))
    monkeypatch.setattr(Store, "settings", built)
    said = literal("Limited to 30 images") + " · "
    page = opened(study="mnist_noisy")
    (line,) = [caption.value for caption in page.caption if said in caption.value]
    assert literal("data.shown 10,000 train, 2,000 test (all train, all test)") in line
    assert "data.limit" not in line  # said already
    assert literal("deepvid.epochs not set (150)") in line


def shown_samples(page):
    return next(frame.value for frame in page.dataframe if "sample_id" in frame.value)[
        "sample_id"
    ].tolist()


def clicked(page, key):
    page.button(key=key).click().run()
    assert not page.exception
    return page


def pictured(page):
    """Return the study's header and the picked image's card, as HTML."""
    return "\n".join(element.proto.body for element in page.get("html"))


@pytest.fixture
def toy(toy_store):
    """The store of the toy study."""
    return Store("toy", toy_store)


def test_an_empty_store_shows_the_command_that_fills_it(store_folder):
    page = opened()
    assert "make build" in texts(page)
    assert "python -m precompute build digits" in texts(page)


def test_the_header_names_model_data_and_accuracy_with_interval(toy):
    head = pictured(opened())
    table = toy.table("prediction").query("epoch == 2.0").sort_values("sample_id")
    label = toy.table("samples").sort_values("sample_id")["label"].to_numpy()
    accuracy = (table["predicted"].to_numpy() == label)[-16:].mean()
    for word in (
        "A toy",
        "guess",
        "noise",
        "40 (24 train, 16 test)",
        "test, n = 16",
        "epoch 2 (last)",
    ):
        assert word in head
    assert f"{accuracy:.1%} (" in head


@pytest.mark.parametrize(("split", "n"), [("train", 24), ("test", 16), ("all", 40)])
def test_every_part_follows_the_split(toy, split, n):
    page = opened(split=split)
    assert len(shown_samples(page)) == n
    assert texts(page).count(f"{n} {'' if split == 'all' else split + ' '}images") >= 5


@pytest.mark.parametrize(
    ("projection", "color"),
    [
        ("tsne", "true"),
        ("umap", "predicted"),
        ("pca", "correct"),
        ("tsne_logits", "entropy"),
        ("tsne", "true_probability"),
    ],
)
def test_every_projection_and_every_colour_draws(toy, projection, color):
    page = opened(color=color, projection=projection)
    assert page.selectbox(key="w_color").value == color
    assert page.selectbox(key="w_projection").value == projection
    assert "trustworthiness" in texts(page)
    assert not page.warning


def test_a_cell_in_the_url_selects_its_images(toy):
    page = opened(rule="cell~1~1", split="all")
    predicted = toy.table("prediction").query("epoch == 2.0 and predicted == 1")["sample_id"]
    label = toy.table("samples").query("label == 1")["sample_id"]
    assert shown_samples(page) == sorted(set(predicted) & set(label))


def test_a_lasso_in_the_url_selects_what_lies_inside(toy):
    points = toy.table("embedding").query("method == 'umap'").sort_values("sample_id")
    corners = [(-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)]
    page = opened(rule=written(lasso("umap", "all", corners)), split="all", projection="umap")
    inside = points["x"].between(-5, 5) & points["y"].between(-5, 5)
    assert shown_samples(page) == points["sample_id"][inside].tolist()
    assert len(shown_samples(page)) > 0


def test_a_lasso_drawn_on_the_map_goes_to_the_url(toy):
    page = AppTest.from_file(str(PAGE), default_timeout=300)
    polygon = [-5.0, -5.0, 5.0, -5.0, 5.0, 5.0, -5.0, 5.0]
    event = {"kind": "lasso", "polygon": polygon, "projection": "tsne", "sequence": 1}
    page.session_state["overview_map"] = {"event": event}
    page.run()
    assert not page.exception
    assert address(page)["rule"] == "lasso~tsne~test~-5,-5;5,-5;5,5;-5,5"
    assert 0 < len(shown_samples(page)) < 16


def test_a_click_on_the_map_or_in_the_grid_picks(toy):
    for key in ("overview_map", "overview_images"):
        page = AppTest.from_file(str(PAGE), default_timeout=300)
        event = {"kind": "pick", "sample": 30, "projection": "tsne", "sequence": 1}
        page.session_state[key] = {"event": event}
        page.run()
        assert not page.exception
        assert address(page)["sample"] == "30"
        assert ">30<" in pictured(page)


def test_the_split_redraws_a_lasso_on_its_own_images(toy):
    page = opened(rule="lasso~tsne~test~-5,-5;15,-5;15,15;-5,15")
    page.segmented_control(key="w_split").set_value("train").run()
    assert not page.exception
    assert address(page)["rule"].startswith("lasso~tsne~train~")
    assert set(shown_samples(page)) <= set(range(24))
    assert shown_samples(page)


def test_a_preset_is_undone_and_cleared(toy):
    page = opened(rule="class~2")
    page.pills[0].set_value("misclassified").run()
    assert address(page)["rule"] == "preset~misclassified"
    assert address(clicked(page, "w_undo"))["rule"] == "class~2"
    assert "rule" not in address(clicked(page, "w_clear"))
    assert len(shown_samples(page)) == 16
    assert address(clicked(page, "w_undo"))["rule"] == "class~2"


def test_previous_and_next_go_through_the_selection(toy):
    page = opened(rule="ids~39,27,31", sample="27")
    assert address(clicked(page, "w_next"))["sample"] == "31"
    assert page.button(key="w_next").disabled
    clicked(page, "w_previous")
    assert address(clicked(page, "w_previous"))["sample"] == "39"
    assert page.button(key="w_previous").disabled


@pytest.mark.parametrize(
    ("typed", "picked"), [("7", "7"), ("test 3", "27"), ("train 3", "3"), (" Test  3 ", "27")]
)
def test_an_image_is_found_by_its_number_or_its_row(toy, typed, picked):
    page = opened()
    page.text_input(key="w_image").set_value(typed).run()
    assert address(page)["sample"] == picked


@pytest.mark.parametrize("typed", ["40", "test 16", "cat", "-1", "validation 3"])
def test_an_image_that_is_not_there_gets_one_line(toy, typed):
    page = opened()
    page.text_input(key="w_image").set_value(typed).run()
    assert not page.exception
    assert "sample" not in address(page)
    assert "No image" in page.warning[0].value


def test_a_pasted_list_is_selected_in_its_order(toy):
    page = opened()
    page.text_area(key="w_ids").set_value("38, 25\n30")
    next(button for button in page.button if button.label == "Select the list").click().run()
    assert address(page)["rule"] == "ids~38,25,30"
    assert shown_samples(page) == [38, 25, 30]


def test_a_class_is_jumped_to(toy):
    page = opened()
    page.selectbox(key="w_class").set_value(3).run()
    assert address(page) == {"class": "3", "rule": "class~3"}
    assert all(sample % 4 == 3 for sample in shown_samples(page))


def test_a_selection_is_saved_opened_by_its_url_and_deleted(toy):
    name = "a ~ b: <i>mine</i>"
    page = opened(rule="ids~38,25,30")
    page.text_input(key="w_name").set_value(name)
    clicked(page, "w_save")
    assert toy.selections() == {name: [25, 30, 38]}
    assert address(page)["rule"] == f"saved~{name}"
    again = opened(rule=f"saved~{name}")
    assert shown_samples(again) == [25, 30, 38]
    clicked(again, "w_delete")
    assert toy.selections() == {}
    assert "rule" not in address(again)


def test_a_selection_needs_a_name(toy):
    page = opened(rule="ids~1")
    clicked(page, "w_save")
    assert "name of a selection" in page.warning[0].value
    assert toy.selections() == {}


def test_a_sample_is_flagged_with_a_note_and_unflagged(toy):
    page = opened(sample="30")
    page.text_area(key="w_note_30").set_value("**odd** <b>one</b>")
    clicked(page, "w_flag")
    assert toy.flags()[["sample_id", "note"]].values.tolist() == [[30, "**odd** <b>one</b>"]]
    clicked(page, "w_unflag")
    assert toy.flags().empty


def test_a_download_holds_the_selection_with_its_predictions(toy):
    source = (
        "import json\nfrom pages.parts import selected\nfrom pages.parts.scene import scene\n"
        "from pages.parts.reads import open_store\nimport streamlit as st\n"
        "frame = selected.selected_table(scene(open_store('toy'))[0])\n"
        "st.text(json.dumps([selected._csv(frame).decode(), selected._parquet(frame).hex()]))\n"
    )
    page = AppTest.from_string(source, default_timeout=300)
    page.query_params["rule"] = "ids~38,25"
    page.run()
    assert not page.exception
    csv, parquet = json.loads(page.text[0].value)
    from_csv = pd.read_csv(io.StringIO(csv))
    from_parquet = pd.read_parquet(io.BytesIO(bytes.fromhex(parquet)))
    for frame in (from_csv, from_parquet):
        assert frame["sample_id"].tolist() == [38, 25]
        assert frame["true"].tolist() == [HOSTILE[2], HOSTILE[1]]
        assert np.isfinite(frame[["confidence", "true_probability", "entropy"]]).all(axis=None)


@pytest.mark.parametrize(
    ("word", "value", "why"),
    [
        ("split", "validation", "train, test and all"),
        ("sample", "40", "numbered 0 to 39"),
        ("class_", "four", "numbered 0 to 3"),
        ("epoch", "7", "1, 2"),
        ("color", "pink", "true, predicted"),
        ("projection", "isomap", "tsne, umap"),
        ("study", "<b>other</b>", "toy"),
        ("rule", "lasso~tsne", "METHOD"),
        ("rule", "class~4", "numbered 0 to 3"),
        ("rule", "ids~1,40", "numbered 0 to 39"),
        ("rule", "saved~nobody", "no selection named"),
        ("rule", "lasso~isomap~test~0,0;1,0;1,1", "isomap"),
    ],
)
def test_what_is_wrong_in_the_url_costs_one_line(toy, word, value, why):
    page = opened(**{word: value})
    said = [line.replace("\\", "") for line in page.warning[0].value.split("  \n")]
    assert any(why in line and line.startswith("Ignored") for line in said)
    assert len(shown_samples(page)) == 16


def test_a_selection_without_members_is_a_normal_state(toy):
    page = opened(rule="ids~1,2", split="test")
    assert shown_samples(page) == []
    assert "No image belongs to this selection" in texts(page)
    assert "0 of 16 test images" in texts(page)


def test_hostile_names_are_escaped_wherever_markdown_or_html_is_read(toy):
    page = opened(rule="cell~3~1", split="all", sample="0")
    html = pictured(page)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    said = "\n".join(str(element.value) for element in [*page.markdown, *page.caption])
    assert r"\*\*bold\*\* \$x\$ taken for \"quotes\'" in said
    assert all(name not in said for name in (HOSTILE[0], HOSTILE[3]))


@pytest.mark.parametrize(
    ("stages", "missing"),
    [
        (("teacher",), "dataset"),
        (("dataset",), "predictions"),
        (("dataset", "teacher"), "predictions"),
        (("dataset", "teacher", "predictions"), "projections"),
    ],
)
def test_a_partly_built_store_shows_what_there_is_and_names_what_is_missing(
    store_folder, stages, missing
):
    write_toy_store(store_folder, stages=stages)
    page = opened()
    assert f"the stage {missing}" in texts(page)
    assert "python -m precompute build toy" in texts(page)
    if "dataset" in stages:
        assert "40 (24 train, 16 test)" in pictured(page)
        assert len(shown_samples(page)) == 16


@pytest.mark.parametrize(
    ("stage", "file"),
    [
        ("dataset", "samples.parquet"),
        ("predictions", "prediction.parquet"),
        ("predictions", "probabilities.npy"),
        ("projections", "embedding.parquet"),
        ("dataset", "thumbnail.parquet"),
    ],
)
@pytest.mark.parametrize("damage", ["one byte", "cut"])
def test_a_damaged_file_costs_one_line_with_the_command(toy, stage, file, damage):
    path = toy.path(stage) / file
    content = bytearray(path.read_bytes())
    if damage == "cut":
        del content[len(content) // 2 :]
    else:
        content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    page = opened()
    said = page.error[0].value.replace("\\", "")
    assert "\n" not in said
    assert file in said
    assert "python -m precompute build toy" in said


def test_an_earlier_checkpoint_is_shown_with_its_own_answers(toy):
    page = opened(epoch="1", rule="preset~misclassified", split="all")
    table = toy.table("prediction").query("epoch == 1.0").sort_values("sample_id")
    label = toy.table("samples").sort_values("sample_id")["label"].to_numpy()
    assert shown_samples(page) == np.flatnonzero(table["predicted"].to_numpy() != label).tolist()
    assert "<b>epoch 1</b>" in pictured(page)


def test_the_page_ends_with_the_artifacts_it_was_drawn_from(toy):
    page = opened()
    keys = next(frame.value for frame in page.dataframe if "key" in frame.value)["key"].tolist()
    stages = ("dataset", "teacher", "predictions", "projections")
    assert keys == [toy.manifest(stage).key for stage in stages]


def test_many_classes_show_only_the_largest_probabilities(store_folder):
    write_toy_store(store_folder, names=[f"class {i}" for i in range(30)], count=120, test=60)
    page = opened()
    assert "10 largest of 30 probabilities" in texts(page)


def test_a_new_run_is_shown_without_a_restart(store_folder):
    write_toy_store(store_folder)
    page = opened()
    write_toy_store(store_folder, seed=1, title="Another run")
    page.run()
    assert not page.exception
    assert "Another run" in pictured(page)


def test_two_sessions_do_not_see_each_others_selection(toy):
    one, other = opened(rule="class~1"), opened()
    one.pills[0].set_value("misclassified").run()
    other.run()
    assert "rule" not in address(other)
    assert len(shown_samples(other)) == 16


def test_the_page_never_imports_torch(toy_store):
    script = (
        "import sys\nfrom streamlit.testing.v1 import AppTest\n"
        f"page = AppTest.from_file({str(PAGE)!r}, default_timeout=300).run()\n"
        "assert not page.exception\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('torch', 'umap', 'sklearn')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_read_only_dashboard_offers_no_writing(toy_store, monkeypatch):
    monkeypatch.setenv("DARKROOM_EDIT", "0")
    page = opened(study="toy", sample="30")
    assert page.button(key="w_flag").disabled
    assert page.button(key="w_save").disabled
