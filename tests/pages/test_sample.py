import re
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from core.saliency.controls import Random
from core.store import Store
from pages.charts.over_epochs import MOST_LINES, classes_of_note, over_epochs
from pages.parts import live
from pages.parts.deepvid import explain
from pages.parts.sample.attributions import attributions
from pages.parts.sample.known import NEAREST, neighbors
from tests.pages.reading import address, html, texts
from tests.pages.reading import opened as opened_page
from tests.pages.toy_deepvid import answering
from tests.pages.toy_store import write_toy_store
from tests.pages.toy_whole import EPOCHS, MAPPED, add_maps, write_toy_whole

opened = partial(opened_page, "sample")
KEPT, FRESH = 24, 31  # a sample explained beforehand, and one that is not


def said(page):
    """Return the sentences about the image, one for each lens."""
    lines = next(e.value for e in page.markdown if e.value.startswith("**Teacher"))
    found = (line.partition(":** ") for line in lines.split("  \n"))
    return {name.strip("* ").partition(",")[0]: re.sub(r"\\", "", rest) for name, _, rest in found}


def numbers(text):
    return [float(word) for word in re.findall(r"\d+\.\d+", text)]


@pytest.fixture
def whole(store_folder, monkeypatch):
    """A study with every lens; its teacher needs no torch."""
    write_toy_whole(store_folder)
    monkeypatch.setattr(live, "why_not", lambda store, *packages: None)
    monkeypatch.setattr(live, "answering", answering)
    explain._HELD.clear()
    return Store("toy", store_folder)


def test_an_empty_store_shows_the_command_that_fills_it(store_folder):
    assert "make build" in texts(opened())


def test_without_lenses_the_page_names_the_stages_they_come_from(toy_store):
    words = texts(opened(sample="30"))
    for stage in ("deepvid", "saliency", "summit"):
        assert f"stage {stage}" in words
    assert "python -m precompute build toy" not in words


def test_before_the_predictions_the_page_shows_the_command_that_makes_them(store_folder):
    write_toy_store(store_folder, stages=("dataset",))
    assert "python -m precompute build toy" in texts(opened())


def test_every_lens_says_something_and_every_sentence_carries_a_figure(whole):
    lines = said(opened(sample=str(KEPT)))
    assert list(lines) == [
        "Teacher", "Training", "DarkSight", "DVI", "Summit", "DeepVID", "Saliency", "Neighbours",
    ]  # fmt: skip
    for line in lines.values():
        assert all(re.search(r"\d", sentence) for sentence in line.split(";"))


def test_the_figures_in_words_are_those_of_the_store(whole):
    lines = said(opened(sample=str(KEPT)))
    p = np.sort(whole.array("predictions", "probabilities", EPOCHS[-1])[KEPT])[::-1]
    entropy = whole.table("prediction").query("epoch == 4.0").sort_values("sample_id")["entropy"]
    assert numbers(lines["Teacher"])[:2] == [round(float(v), 3) for v in p[:2]]
    more = int((entropy.to_numpy()[24:] > entropy.to_numpy()[KEPT]).sum())
    assert f"more in {more} of 16 test images" in lines["Teacher"]
    label = whole.table("samples").sort_values("sample_id")["label"].to_numpy()
    own = [whole.array("predictions", "probabilities", e)[KEPT, label[KEPT]] for e in EPOCHS]
    assert f"from {own[0]:.3f} (epoch 1) to {own[-1]:.3f} (epoch 4)" in lines["Training"]
    density = whole.table("darksight_sample").sort_values("sample_id")["confidence"].to_numpy()
    less = int((density[24:] < density[KEPT]).sum())
    assert f"less at {less} of 16 test images" in lines["DarkSight"]


def test_a_preset_says_what_is_open_and_its_first_image_is_shown(whole):
    page = opened(rule="preset~least_certain")
    entropy = whole.table("prediction").query("epoch == 4.0").sort_values("sample_id")["entropy"]
    first = 24 + int(entropy.to_numpy()[24:].argmax())
    assert f'alt="Image {first}"' in html(page)


def test_the_arrows_go_through_the_selection(whole):
    page = opened(rule="ids~25,30,33", sample="30")
    page.button(key="w_next").click().run()
    assert address(page)["sample"] == "33"
    assert page.button(key="w_next").disabled
    page.button(key="w_previous").click().run()
    assert address(page)["sample"] == "30"


def test_the_number_stands_there_to_be_copied(whole):
    assert "30" in [code.value for code in opened(sample="30").code]


def test_each_map_is_drawn_with_words_for_those_who_do_not_see_it(whole):
    drawn = html(opened(sample="30"))
    for name in ("t-SNE of representation", "DarkSight", "DVI, epoch 4", "Summit: its class"):
        assert f'alt="{name}: place of image 30"' in drawn
    assert not re.search(r"<img(?![^>]*alt=)", drawn)


def test_the_map_of_a_checkpoint_follows_the_epoch(whole):
    assert "DVI, epoch 2: place of image 30" in html(opened(sample="30", epoch="2"))


def test_an_image_explained_beforehand_shows_its_features_and_any_other_a_button(whole):
    assert "Weighted features of image 24" in html(opened(sample=str(KEPT)))
    page = opened(sample=str(FRESH))
    assert "Weighted features" not in html(page)
    page.button(key="w_explain").click().run()
    assert not page.exception
    assert f"Weighted features of image {FRESH}" in html(page)


def test_the_three_methods_with_the_smallest_deletion_area_show_their_maps(whole, store_folder):
    add_maps(store_folder)
    found = attributions(Store("toy", store_folder), MAPPED[0])
    assert [one.method for one in found.shown] == ["deepvid", "gradient", "occlusion"]
    assert [one.own for one in found.shown] == [0.25] * 3
    assert found.metric == "deletion_area"
    assert "smallest area below the deletion curve" in texts(opened(sample=str(MAPPED[0])))


def test_an_older_contest_shows_its_gallery_and_says_by_what_it_was_judged(whole):
    page = opened(sample="25")
    assert "the deletion areas are not in this run" in texts(page)
    assert "Saliency map of image 25 by Sensitivity" in html(page)


def test_an_image_without_maps_says_how_many_have_some(whole, store_folder):
    add_maps(store_folder)
    assert "made beforehand for 2 images" in texts(opened(sample="33")).replace("\\", "")


def test_the_maps_of_any_other_image_are_made_at_a_click(whole, store_folder, monkeypatch):
    add_maps(store_folder)
    asked = []

    @contextmanager
    def contesting(store, epoch=None):
        asked.append(epoch)
        with answering(store) as teacher:
            one = SimpleNamespace(name="rise", method=Random(), reason="")
            yield teacher, [one, SimpleNamespace(name="gradient", method=None, reason="no")], ()

    monkeypatch.setattr(live, "contesting", contesting)
    page = opened(sample="33")
    assert asked == []
    page.button(key="w_maps").click().run()
    assert not page.exception
    assert "Saliency map of image 33 by RISE" in html(page)
    page.run()
    assert len(asked) == 1


def test_the_channels_are_those_with_the_largest_page_rank(whole):
    label = int(whole.table("samples").set_index("sample_id").loc[30, "label"])
    vertices = whole.table("graph_vertex")
    own = vertices[vertices["class"] == label].sort_values("pagerank", ascending=False)
    best = int(own["channel"].iloc[0])
    assert f"Channel {best} of layer" in html(opened(sample="30"))


def test_the_neighbours_are_the_nearest_by_brute_force(whole):
    data = np.asarray(whole.array("predictions", "representation", 4.0), np.float64)
    away = np.linalg.norm(data - data[30], axis=1)
    away[30] = np.inf
    space, found, distances = neighbors(whole, 30, 4.0)
    assert space == "representation"
    assert found.tolist() == np.argsort(away, kind="stable")[:NEAREST].tolist()
    assert np.allclose(distances, np.sort(away)[:NEAREST])


def test_a_neighbour_that_is_clicked_becomes_the_image(whole):
    page = opened(sample="30")
    page.session_state["sample_neighbors"] = {"event": {"sample": 12, "sequence": 1}}
    page.run()
    assert address(page)["sample"] == "12"


def test_the_label_comes_first_and_an_answer_that_differs_second():
    p = np.array([[0.1, 0.2, 0.6, 0.1], [0.1, 0.5, 0.3, 0.1]])
    assert classes_of_note(p, 0) == [0, 1, 2, 3]
    wide = np.tile(np.linspace(0, 1, 30), (2, 1))
    assert len(classes_of_note(wide, 0)) == MOST_LINES


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_lines_over_epochs_obey_the_grammar(theme):
    p = np.random.default_rng(0).dirichlet(np.ones(5), 3)
    names = ["<b>a</b>", "b'\"", "c", "d", "e"]
    chart = over_epochs((1, 2.5, 3), p, 1, names, ["#112233"] * 5, now=3, theme=theme)
    assert len(chart.to_dict()["layer"]) == 3
