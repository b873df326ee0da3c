from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.store import Run, Store, keep_run
from pages.parts.compare.asked import CELLS, Second, asked, second
from pages.parts.compare.figures import beside
from pages.parts.compare.pair import Pair, Side, compared, verdict
from pages.parts.kin import kin
from pages.parts.literal import literal
from tests.pages.reading import PAGES, address, html, texts
from tests.pages.reading import opened as opened_page
from tests.pages.toy_deepvid import write_toy_deepvid
from tests.pages.toy_store import write_toy_store

opened = partial(opened_page, "compare")


@pytest.fixture
def twins(store_folder):
    """`toy`, a better teacher of the same images, one of fewer images, and a stranger."""
    write_toy_store(store_folder)
    write_toy_store(store_folder, "twin.2-b", strength=2.0, methods=("pca",), title="<b>Twin</b>")
    write_toy_store(store_folder, "other", seed=1)
    return store_folder


def pair_of(root, first="toy", other="twin.2-b", at=2.0, other_at=2.0):
    one, two = Store(first, root), Store(other, root)
    shared = kin(one, two)
    assert shared is not None
    return Pair(Side(one, at, first), Side(two, other_at, other), shared)


def wrongness(store, epoch):
    said = store.table("prediction").query("epoch == @epoch").sort_values("sample_id")
    return said["predicted"].to_numpy() == store.table("samples")["label"].to_numpy()


def test_every_shared_image_is_counted_in_its_cell(twins):
    found = compared(pair_of(twins), "all")
    right, too = wrongness(Store("toy", twins), 2.0), wrongness(Store("twin.2-b", twins), 2.0)
    expected = [right & too, right & ~too, ~right & too, ~right & ~too]
    assert [found.count(cell) for cell in CELLS] == [int(cell.sum()) for cell in expected]
    judged = verdict(found)
    assert judged is not None
    assert judged.accuracy == (right.mean(), too.mean())
    assert judged.difference.value == pytest.approx(right.mean() - too.mean())


def test_two_teachers_exchanged_tell_the_same(twins):
    one = compared(pair_of(twins), "test")
    two = compared(pair_of(twins, "twin.2-b", "toy"), "test")
    assert (one.variation == two.variation).all()
    assert one.count("first") == two.count("second")


def test_a_teacher_against_itself_never_differs(twins):
    found = compared(pair_of(twins, other="toy"), "all")
    assert found.variation.max() == 0
    judged = verdict(found)
    assert judged is not None
    assert (judged.p, judged.same, judged.difference.value) == (1.0, 1.0, 0.0)


def test_images_that_only_one_study_holds_are_left_out(twins):
    write_toy_store(twins, "fewer", count=30, test=6)
    found = compared(pair_of(twins, other="fewer"), "test")
    assert found.here.tolist() == list(range(24, 30))
    assert verdict(compared(pair_of(twins, other="fewer"), "train")) is not None


def test_the_page_opens_on_the_first_study_of_the_same_data(twins):
    page = opened(study="toy")
    assert page.selectbox(key="w_study2").value == Second("twin.2-b")
    assert "16 test images that both studies hold" in texts(page)
    assert "McNemar" in html(page)
    assert not page.warning
    assert "<b>Twin" not in html(page) + texts(page)


@pytest.mark.parametrize("look", ["images", "classes", "figures", "settings", "darksight", "dvi",
                                  "summit", "deepvid"])  # fmt: skip
@pytest.mark.parametrize("on", ["first", "both"])
def test_every_panel_draws_or_says_what_is_missing(twins, look, on):
    page = opened(study="toy", look=look, on=on, split="all")
    assert not page.warning
    if look in ("darksight", "dvi", "deepvid"):
        assert "which this run does not hold" in texts(page)


def test_a_cell_shows_its_images_and_another_click_shows_all(twins):
    page = opened(study="toy", split="all")
    page.button(key="w_cell_second").click().run()
    assert not page.exception
    assert address(page)["cell"] == "second"
    n = compared(pair_of(twins), "all").count("second")
    assert f"· {n} images" in texts(page).replace("\\", "")
    page.button(key="w_cell_second").click().run()
    assert "cell" not in address(page)


def test_without_a_pick_the_most_different_answer_is_shown(twins):
    found = compared(pair_of(twins), "test")
    most = found.here[np.argmax(found.variation)]
    assert f"<dd>{most}</dd>" in html(opened(study="toy"))
    assert "<dd>30</dd>" in html(opened(study="toy", sample="30"))


def test_first_and_second_change_places(twins):
    page = opened(study="toy", sample="30", cell="first", epoch="1", look="classes")
    page.button(key="w_swap").click().run()
    assert not page.exception
    assert address(page) == {
        "study": "twin.2-b", "study2": "toy", "sample": "30", "cell": "second", "look": "classes",
        "epoch": "2", "epoch2": "1",
    }  # fmt: skip


def test_two_checkpoints_of_one_study_can_be_compared(twins):
    page = opened(study="toy", study2="toy")
    assert page.selectbox(key="w_epoch2").value == 1.0
    assert "only epoch 2 right" in " ".join(button.label for button in page.button)


def test_an_earlier_run_can_be_compared_with_the_published_one(store_folder):
    write_toy_store(store_folder, epochs=(2.0,))
    name = Store("toy", store_folder).fingerprint
    keep_run(store_folder, "toy", Run(study="toy", settings={}, stages={}, finished=""))
    write_toy_store(store_folder, epochs=(2.0,), strength=1.0, title="Again", count=30, test=6)
    page = opened(look="settings")
    assert page.selectbox(key="w_study2").value == Second("toy", name)
    table = next(frame.value for frame in page.dataframe if "setting" in frame.value)
    assert table["setting"].tolist() == ["title"]
    assert opened(run=name).selectbox(key="w_study2").value == Second("toy", None)


def test_nothing_to_compare_with_is_said_with_a_command(store_folder):
    write_toy_store(store_folder, epochs=(1.0,))
    page = opened()
    assert "one checkpoint" in texts(page)
    assert "python -m precompute build" in texts(page)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("study2", "other"), ("study2", "../x"), ("study2", "<script>"), ("epoch2", "9"),
        ("epoch2", "nan"), ("on", "up"), ("cell", "x"), ("look", "y"), ("run2", "0" * 16),
    ],
)  # fmt: skip
def test_what_the_address_says_wrongly_is_ignored_and_named(twins, word, value):
    page = opened(study="toy", **{word: value})
    assert f"Ignored {word}" in texts(page)
    assert "<script>" not in texts(page)


def test_the_limits_of_both_studies_are_said_where_they_differ(store_folder):
    write_toy_store(store_folder)
    write_toy_store(store_folder, "twin", strength=2.0, limit="30 <b>images</b>")
    said = texts(opened(study="toy"))
    assert literal("toy: made up") in said
    assert literal("twin: Limited to 30 <b>images</b> · made up") in said
    assert literal("toy: made up") in texts(opened(study="twin", study2="toy"))


def test_limits_that_are_the_same_stand_in_the_header_alone(twins):
    assert literal("toy: made up") not in texts(opened(study="toy"))


def test_a_study_that_cannot_be_read_is_named(twins):
    (twins / "other/run.json").write_text("{}")
    assert "Study other cannot be read" in texts(opened(study="toy"))


def drawn(key, projection, corners):
    page = AppTest.from_file(str(PAGES / "compare.py"), default_timeout=300)
    page.query_params["study"] = "toy"
    polygon = [number for corner in corners for number in corner]
    event = {"kind": "lasso", "polygon": polygon, "projection": projection, "sequence": 1}
    page.session_state[key] = {"event": event}
    page.run()
    assert not page.exception
    return page


def test_a_lasso_on_either_map_selects_its_images(twins):
    corners = [(-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0)]
    assert address(drawn("compare_map", "tsne", corners))["rule"].startswith("lasso~tsne~test~")
    points = Store("twin.2-b", twins).table("embedding").sort_values("sample_id")
    inside = points["x"].between(-4, 4) & points["y"].between(-4, 4)
    ids = [i for i in points["sample_id"][inside].tolist() if i >= 24]
    found = address(drawn("compare_map_2", "pca", corners))["rule"]
    assert found == "ids~" + ",".join(map(str, ids))


def test_an_empty_lasso_on_the_second_map_is_one_line(twins):
    page = drawn("compare_map_2", "pca", [(90.0, 90.0), (91.0, 90.0), (91.0, 91.0)])
    assert "can hold 1 to 50 images, got 0" in texts(page)


def test_deepvid_of_both_stands_side_by_side(twins):
    for study in ("toy", "twin.2-b"):
        write_toy_deepvid(twins, study)
    page = opened(study="toy", look="deepvid", sample="30")
    assert texts(page).count("kept from it") == 2


def test_figures_of_both_come_first_and_the_better_is_marked(store_folder):
    write_toy_store(store_folder, "one", figures=[("accuracy", "test", 2.0, 0.5)])
    figures = [(split, 2.0, 0.75) for split in ("test", "train")]
    figures = [("test", 1.0, 0.1), *figures]
    write_toy_store(
        store_folder, "two", figures=[("accuracy", *row) for row in figures], methods=("pca",)
    )
    table = beside(pair_of(store_folder, "one", "two"))
    accuracy = table[table["metric"] == "accuracy"].set_index("split")
    assert accuracy.loc["test", ["A", "B", "better"]].tolist() == [0.5, 0.75, "▲ second"]
    assert np.isnan(accuracy.loc["train", "A"])
    assert accuracy.loc["train", "better"] == ""
    both = np.asarray(table[["A", "B"]].notna().all(axis=1))
    assert both[: both.sum()].all()


def test_the_second_word_needs_a_study_of_the_same_data():
    choices = [Second("a"), Second("b"), Second("b", "f" * 16)]
    assert second({}, choices) == (Second("a"), [])
    assert second({"study2": "b", "run2": "f" * 16}, choices) == (choices[2], [])
    assert second({"study2": "b", "run2": "0"}, choices)[0] == Second("b")
    assert second({"study2": "c"}, [])[0] is None
    assert asked({"on": "both"})[0].on == "both"
