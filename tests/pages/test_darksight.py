import io
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.store import Store
from pages.parts import live
from tests.pages.reading import address, html
from tests.pages.reading import opened as opened_page
from tests.pages.reading import texts as raw_texts
from tests.pages.toy_darksight import add_darksight
from tests.pages.toy_store import HOSTILE, write_toy_store

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "pages/darksight.py"
PANELS = ("selection", "way", "outliers", "misplaced", "cases", "reject", "upload")

opened = partial(opened_page, "darksight")


def texts(page):
    """Return all that the page says in text, without the backslashes of Markdown."""
    return raw_texts(page).replace("\\", "")


def seeded(key, **event):
    """Return the page after an event of one of its components."""
    page = AppTest.from_file(str(PAGE), default_timeout=300)
    page.session_state[key] = {"event": {**event, "sequence": 1}}
    page.run()
    assert not page.exception
    return page


@pytest.fixture
def toy(store_folder):
    """The store of a toy study with DarkSight and its evaluation."""
    write_toy_store(store_folder)
    return add_darksight(store_folder)


def test_an_empty_store_shows_the_command_that_fills_it(store_folder):
    assert "make build" in texts(opened())


@pytest.mark.parametrize(
    ("stages", "missing"),
    [
        (("teacher",), "dataset"),
        (("dataset",), "darksight"),
        (("dataset", "teacher", "predictions", "projections"), "darksight"),
    ],
)
def test_a_partly_built_store_names_the_missing_stage_and_its_command(
    store_folder, stages, missing
):
    write_toy_store(store_folder, stages=stages)
    said = texts(opened())
    assert f"the stage {missing}" in said
    assert "python -m precompute build toy" in said


def test_without_the_evaluation_the_picture_stands_and_the_claims_wait(store_folder):
    write_toy_store(store_folder)
    add_darksight(store_folder, evaluation=False)
    for panel in ("selection", "reject"):
        said = texts(opened(panel=panel))
        assert "the stage darksight_evaluation" in said
        assert "16 test images" in said


@pytest.mark.parametrize(
    ("panel", "split"), [*zip(PANELS, ["train", "all"] * 4, strict=False), ("way", "test")]
)
def test_every_panel_draws_on_every_split_and_says_its_n(toy, panel, split):
    page = opened(panel=panel, split=split)
    n = {"train": 24, "test": 16, "all": 40}[split]
    assert not page.warning
    assert f"{n} {'' if split == 'all' else split + ' '}images" in texts(page) + html(page)


@pytest.mark.parametrize(
    "color",
    ["predicted", "true", "entropy", "confidence", "correct", "symmetric_kl", "true_probability"],
)
def test_every_colour_draws_beside_another_projection(toy, color):
    page = opened(color=color, beside="tsne")
    assert page.selectbox(key="w_darksight_color").value == color
    assert page.selectbox(key="w_beside").value == "tsne"
    assert "t-SNE of representation" in texts(page)
    assert not page.warning


@pytest.mark.parametrize(
    ("word", "value", "why"),
    [
        ("beside", "isomap", "tsne"),
        ("panel", "window", "selection, way"),
        ("measure", "luck", "darksight, entropy"),
        ("threshold", "high", "a number"),
        ("from_", "9", "numbered 0 to 3"),
        ("line", "darksight~0,0;0,0", "two different ends"),
        ("figure", "7", "figure 4"),
        ("hide", "1,9", "numbered 0 to 3"),
        ("color", "pink", "predicted, true"),
        ("rule", "rejected~luck~1", "darksight, entropy"),
    ],
)
def test_what_is_wrong_in_the_url_costs_one_line(toy, word, value, why):
    said = opened(**{word: value}).warning[0].value.replace("\\", "")
    assert said.startswith("Ignored")
    assert why in said


def test_the_url_holds_a_selection_that_other_pages_share(toy):
    page = opened(rule="ids~38,25", sample="25")
    assert "2 of 16 test images" in texts(page)
    assert ">25<" in html(page)


def test_a_lasso_on_any_map_becomes_the_selection(toy):
    polygon = [-50.0, -50.0, 50.0, -50.0, 50.0, 50.0, -50.0, 50.0]
    page = seeded("darksight_map", kind="lasso", polygon=polygon, projection="darksight")
    assert address(page)["rule"].startswith("lasso~darksight~test~")
    assert "16 of 16 test images" in texts(page)


def test_a_line_drawn_on_the_map_opens_the_way_along_it(toy):
    page = seeded("darksight_map", kind="line", polygon=[-6, -6, 6.0, 6], projection="darksight")
    assert address(page)["line"] == "darksight~-6,-6;6,6"
    assert address(page)["panel"] == "way"
    assert "nearest the way" in texts(page)
    page.button(key="w_line").click().run()
    assert "line" not in address(page)


def test_classes_hidden_in_the_legend_stand_in_the_url(toy):
    assert address(seeded("darksight_map", kind="hidden", hidden=[1]))["hide"] == "1"
    page = seeded("darksight_map", kind="hidden", hidden=[0, 1, 3])
    assert address(page)["only"] == "2"
    assert "hide" not in address(page)
    assert address(seeded("darksight_map", kind="hidden", hidden=[])) == {}


def test_clicks_in_strips_and_grids_pick(toy):
    for key in ("darksight_outliers", "darksight_way_images", "darksight_beside_1"):
        assert address(seeded(key, kind="pick", sample=30))["sample"] == "30"


def test_two_classes_choose_the_way_and_can_be_turned(toy):
    page = opened(panel="way", from_="1", to="3")
    assert "from **\"quotes'** to" in texts(page)
    page.button(key="w_turn").click().run()
    assert (address(page)["from"], address(page)["to"]) == ("3", "1")


def test_a_class_that_is_never_predicted_has_no_way(store_folder):
    write_toy_store(store_folder, names=[f"class {i}" for i in range(60)], count=40)
    add_darksight(store_folder)
    store = Store("toy", store_folder)
    predicted = set(store.sql("select predicted from prediction where epoch = 2")["predicted"])
    missing = min(set(range(60)) - predicted)
    page = opened(panel="way", from_=str(missing), to=str(min(predicted)))
    assert "There is no way" in texts(page)


def test_the_outliers_are_the_least_dense_points(toy):
    page = opened(panel="outliers")
    page.button(key="w_select_outliers").click().run()
    frame = toy.table("darksight_sample").sort_values("sample_id").query("sample_id >= 24")
    expected = frame.sort_values("confidence", kind="stable")["sample_id"].tolist()
    assert address(page)["rule"] == "ids~" + ",".join(map(str, expected))


def test_the_most_misplaced_come_first(toy):
    page = opened(panel="misplaced", split="train")
    page.button(key="w_select_misplaced").click().run()
    frame = toy.table("darksight_sample").query("sample_id < 24")
    worst = int(frame.sort_values("symmetric_kl", ascending=False)["sample_id"].iloc[0])
    assert address(page)["rule"].startswith(f"ids~{worst},")


@pytest.mark.parametrize("measure", ["darksight", "entropy", "max_probability"])
def test_a_threshold_says_coverage_and_accuracy_as_counted_by_hand(toy, measure):
    frame = toy.table("prediction").query("epoch == 2.0").sort_values("sample_id")
    label = toy.table("samples").sort_values("sample_id")["label"].to_numpy()
    density = toy.table("darksight_sample").sort_values("sample_id")["confidence"].to_numpy()
    sure = {
        "darksight": density,
        "entropy": -frame["entropy"].to_numpy(),
        "max_probability": frame["confidence"].to_numpy(),
    }[measure][24:]
    right = (frame["predicted"].to_numpy() == label)[24:]
    threshold = np.sort(sure)[5]  # five are below it
    kept = sure >= threshold
    written = f"{abs(threshold) if measure == 'entropy' else threshold:.9g}"
    page = opened(panel="reject", measure=measure, threshold=written)
    said = html(page)
    assert "<b>68.8%</b>" in said
    assert "<b>11 of 16 test images</b>" in said
    assert f"<b>{right[kept].mean():.2%} (" in said
    assert f"<b>{(~right)[~kept].sum()} of {(~right).sum()}</b>" in said
    page.button(key="w_select_rejected").click().run()
    assert address(page)["rule"] == f"rejected~{measure}~{written}"
    assert "5 of 16 test images" in texts(page)


def test_the_slider_moves_the_threshold_and_keeps_all_at_its_beginning(toy):
    page = opened(panel="reject")
    slider = page.select_slider(key="w_threshold")
    assert "<b>100.0%</b>" in html(page)
    slider.set_value(11).run()  # the place of the twelfth most confident in the curve
    assert not page.exception
    assert float(address(page)["threshold"]) > 0
    assert "<b>75.0%</b>" in html(page)  # 12 of 16
    page.selectbox(key="w_measure").set_value("entropy").run()
    assert address(page)["measure"] == "entropy"
    assert "threshold" not in address(page)


def test_figure_4_shows_darksight_and_every_t_sne_that_there_is(toy):
    page = opened(figure="4")
    said = texts(page)
    assert "the same 16 of 16 test images" in said
    for name in ("DarkSight", "t-SNE of logits", "t-SNE of representation"):
        assert f"**{name}**" in said
    assert page.selectbox(key="w_darksight_color").disabled


def test_claims_say_where_the_paper_is_right_and_where_it_is_not(toy):
    said = texts(opened())
    assert "✓ holds** · Density on DarkSight is a better confidence than on any t-SNE" in said
    assert "✗ does not hold** · Not in the paper" in said
    assert "entropy is better (gain over it -0.0200" in said
    assert "not told apart, as the paper says of MNIST" in said
    assert "errors hardly any two confidences can be told apart" in said


def test_the_case_study_selects_its_samples(toy):
    page = opened(panel="cases", split="all")
    page.button(key="w_select_cases").click().run()
    listed = address(page)["rule"].removeprefix("ids~").split(",")
    assert len(listed) == len(set(listed))
    assert len(listed) >= 7


@pytest.mark.parametrize("classes", [2, 1000])
def test_few_and_many_classes_draw_every_panel(store_folder, classes):
    names = [f"class {i}" for i in range(classes)]
    write_toy_store(store_folder, names=names, count=60, test=30)
    add_darksight(store_folder)
    for panel in ("way", "misplaced", "cases"):
        page = opened(panel=panel, beside="tsne")
        assert not page.warning


def test_without_a_test_split_the_page_opens_on_the_training_images(store_folder):
    write_toy_store(store_folder, test=0)
    add_darksight(store_folder)
    for panel in ("way", "reject"):
        page = opened(panel=panel)
        assert page.segmented_control(key="w_split").value == "train"
        assert "40 train images" in texts(page) + html(page)


def test_an_empty_split_is_a_normal_state(store_folder):
    write_toy_store(store_folder, test=0)
    add_darksight(store_folder)
    for panel in PANELS:
        opened(panel=panel, split="test")


def test_a_gaussian_student_is_named(store_folder):
    write_toy_store(store_folder)
    add_darksight(store_folder, gaussian=True)
    tables = [frame.value for frame in opened().dataframe]
    facts = next(table for table in tables if "meaning" in table)
    assert "Gaussian" in facts["value"].tolist()


def test_hostile_names_are_escaped_wherever_markdown_or_html_is_read(toy):
    page = opened(panel="cases", from_="0", to="3", sample="24")
    assert "<script>" not in html(page)
    page = opened(panel="way", from_="0", to="3")
    said = "\n".join(str(element.value) for element in [*page.markdown, *page.caption])
    assert all(name not in said for name in (HOSTILE[0], HOSTILE[3]))


def test_the_page_ends_with_the_artifacts_it_was_drawn_from(toy):
    page = opened()
    tables = [frame.value for frame in page.dataframe]
    keys = next(table for table in tables if "key" in table)["stage"].tolist()
    assert keys[-2:] == ["darksight", "darksight_evaluation"]


def test_another_checkpoint_in_the_address_changes_nothing_here(toy):
    assert "<b>epoch 2 (last)</b>" in html(opened(epoch="1"))


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def uploaded(page, content):
    page.file_uploader[0].set_value(("some.png", content, "image/png")).run()
    assert not page.exception
    return page


def test_an_upload_is_judged_placed_and_taken_away(toy, monkeypatch):
    stored = np.array(toy.array("predictions", "probabilities")[30])
    asked = []

    def answer(store, images, epoch=None):
        asked.append((images.copy(), epoch))
        return stored[None]

    monkeypatch.setattr(live, "probabilities", answer)
    image = np.array(toy.array("dataset", "images")[30])[:, :, 0]
    page = uploaded(opened(panel="upload"), png(image))
    assert "nearest its place" in texts(page)
    assert "own KL" in html(page)
    (images, epoch), *more = asked
    assert not more
    assert epoch == 2.0
    assert (images[0, :, :, 0] == image).all()
    page.run()
    assert len(asked) == 1  # one answer is kept for the session
    page.button(key="w_forget").click().run()
    assert "Nothing uploaded yet" in texts(page)


def test_an_upload_that_is_no_image_costs_one_line(toy):
    page = uploaded(opened(panel="upload"), b"not an image")
    assert "cannot be read as an image" in page.error[0].value.replace("\\", "")


def test_without_torch_the_upload_says_so_in_one_line(toy, monkeypatch):
    find = live.importlib.util.find_spec
    monkeypatch.setattr(
        live.importlib.util, "find_spec", lambda name: None if name == "torch" else find(name)
    )
    assert "New images need torch, not installed here" in texts(opened(panel="upload"))
