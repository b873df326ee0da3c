from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.store import Store
from core.teachers.protocol import Capability
from pages.parts import reads
from pages.parts.summit import held
from pages.parts.summit.heed import GRAPH, LIST, MAP
from pages.parts.summit.standing import BINS, standing
from tests.pages.toy_store import HOSTILE, write_toy_store
from tests.pages.toy_summit import LAYERS, vertices, write_imported, write_toy_summit

PAGE = Path(__file__).resolve().parents[2] / "pages/summit.py"


def opened(page="summit.py", **parameters):
    page = AppTest.from_file(str(PAGE.with_name(page)), default_timeout=300)
    for word, value in parameters.items():
        page.query_params[word.rstrip("_")] = value
    page.run()
    assert not page.exception
    return page


def texts(page):
    elements = [*page.markdown, *page.caption, *page.warning, *page.info, *page.error, *page.code]
    return "\n".join(str(element.value) for element in elements)


def address(page):
    return {
        word: value if isinstance(value, str) else value[-1]
        for word, value in page.query_params.items()
    }


def happened(page, key, **event):
    """Let a component report an event, and run the page."""
    page.session_state[key] = {"event": {"sequence": 1, **event}}
    page.run()
    assert not page.exception
    return page


def html(page):
    return "\n".join(str(element.proto.body) for element in page.get("html"))


@pytest.fixture
def toy(store_folder):
    """A study of four classes with hostile names, three layers and all of Summit's stages."""
    write_toy_store(store_folder)
    write_toy_summit(store_folder)
    return Store("toy", store_folder)


def test_the_page_opens_on_the_first_class_and_the_last_layer(toy):
    page = opened()
    assert not page.warning
    assert page.segmented_control(key="w_part").value == "graph"
    assert "24 \\*training\\* images" in texts(page)


def test_without_graphs_the_page_shows_the_command_that_makes_them(toy_store):
    page = opened()
    assert "summit_graphs" in texts(page)
    assert "python -m precompute build toy" in texts(page)


def test_a_teacher_without_layers_is_told_why(store_folder):
    write_toy_store(store_folder, lacks=[Capability.LAYERS])
    assert "it shows no feature maps" in texts(opened())


def test_a_stage_that_declined_gives_its_reason(store_folder):
    write_toy_store(store_folder)
    write_toy_summit(store_folder, reason="Summit cannot read *this* teacher.")
    assert "Summit cannot read \\*this\\* teacher" in texts(opened())


@pytest.mark.parametrize(
    ("key", "event", "word", "value"),
    [
        (MAP, {"kind": "pick", "value": 2}, "class", "2"),
        (LIST, {"kind": "pick", "value": 3}, "class", "3"),
        (MAP, {"kind": "layer", "value": 1}, "layer", "middle"),
        (LIST, {"kind": "sort", "value": "accuracy_up"}, "sort", "accuracy_up"),
        (LIST, {"kind": "second", "value": 2}, "class2", "2"),
        (GRAPH, {"kind": "pin", "layer": 2, "channel": 1}, "pin", "2.1"),
        (GRAPH, {"kind": "scale", "least": 5, "across": 150, "down": 80}, "least", "5"),
        (GRAPH, {"kind": "scale", "least": 0, "across": 999, "down": 80}, "across", "300"),
        (GRAPH, {"kind": "flagged", "hide": True}, "flagged", "hide"),
    ],
)
def test_what_is_clicked_stands_in_the_address(toy, key, event, word, value):
    assert address(happened(opened(), key, **event))[word] == value


@pytest.mark.parametrize(
    ("key", "event"),
    [
        (MAP, {"kind": "pick", "value": 99}),
        (LIST, {"kind": "pick", "value": "2"}),
        (MAP, {"kind": "layer", "value": 17}),
        (LIST, {"kind": "sort", "value": "<b>"}),
        (GRAPH, {"kind": "no such", "layer": 1}),
    ],
)
def test_an_event_that_means_nothing_changes_nothing(toy, key, event):
    assert address(happened(opened(), key, **event)) == {}


def test_another_class_lets_go_of_the_pin(toy):
    page = happened(opened(pin="2.1", class_="0"), LIST, kind="pick", value=1)
    assert "pin" not in address(page)
    assert address(page)["class"] == "1"


@pytest.mark.parametrize(
    "words",
    [
        {"class_": "99"}, {"layer": "top"}, {"part": "dance"}, {"with": "care"}, {"sort": "x"},
        {"least": "-1"}, {"across": "3"}, {"pin": "9.1"}, {"pin": "1"}, {"motif": "7"},
        {"class2": "one"}, {"flagged": "no"}, {"case": "99"},
    ],
)  # fmt: skip
def test_what_the_study_lacks_is_ignored_in_words(toy, words):
    assert opened(**words).warning[0].value.count("Ignored") == 1


def test_case_studies_are_offered_only_with_the_papers_classes(toy):
    assert "Case studies" not in opened().segmented_control(key="w_part").options


def test_accuracy_and_histogram_are_those_of_the_classs_own_images(toy):
    known = standing(toy, "test", 2.0)
    samples, said = reads.samples(toy), reads.predictions(toy, 2.0)
    for class_ in range(4):
        own = samples.is_test & (samples.label == class_)
        right = said.predicted[own] == class_
        assert known.accuracy[class_] == pytest.approx(right.mean())
        expected, _ = np.histogram(said.true_probability[own], BINS, (0, 1))
        assert known.histogram[class_].tolist() == expected.tolist()


def test_a_graph_of_the_store_is_the_one_that_was_written(toy):
    for class_ in range(4):
        graph = held.graph(toy, class_)
        assert sorted(zip(graph.layer, graph.channel, strict=True)) == sorted(vertices(class_))


def test_the_comparison_says_how_much_is_shared(toy):
    both = set(vertices(0)) & set(vertices(2))
    page = opened(part="compare", class_="0", class2="2")
    assert f"{len(both)} shared channels" in texts(page)
    assert page.segmented_control(key="w_with").value == "union"
    page.segmented_control(key="w_with").set_value("side").run()
    assert not page.exception
    assert address(page)["with"] == "side"
    page.button(key="w_swap").click().run()
    assert address(page)["class"] == "2"
    assert address(page)["class2"] == "0"


def test_without_a_second_class_the_most_similar_one_is_compared(toy):
    assert opened(part="compare", class_="3").selectbox(key="w_class2").value == 2


def test_an_image_shows_which_channels_of_its_classs_graph_fired(toy):
    page = opened(part="image", sample="30", split="test")
    label = int(reads.samples(toy).label[30])
    own = vertices(label)
    even = sum(channel % 2 == 0 for _, channel in own)
    assert f"{even} of {len(own)}" in html(page)


def test_another_classs_graph_offers_the_images_own(toy):
    label = int(reads.samples(toy).label[30])
    page = opened(part="image", sample="30", class_=str((label + 1) % 4))
    page.button(key=f"w_graph_of_{label}").click().run()
    assert address(page)["class"] == str(label)


def test_the_way_through_the_layers_lists_the_nearest_classes(toy):
    page = opened(part="path", class_="3")
    own = next(f.value for f in page.dataframe if "layer" in f.value)
    assert own["layer"].tolist() == list(reversed(LAYERS))
    assert own["1."].tolist() == [HOSTILE[2]] * 3
    restless = next(f.value for f in page.dataframe if "mean change" in f.value)
    assert restless["class"].tolist() == list(reversed(HOSTILE))


def test_motifs_say_whose_they_are(toy):
    page = opened(part="motifs", motif="0", class_="0")
    table = next(f.value for f in page.dataframe if "motif" in f.value)
    assert table["motif"].tolist() == [
        "low 0 → middle 2 → <b>top</b> 1",
        "low 0 → middle 0 and 2",
    ]
    assert table["form"].tolist() == ["path", "fork"]
    assert "this class and 1 others" in texts(page)


def test_early_decision_names_the_first_layer_that_suffices(toy):
    page = opened(part="early", split="test")
    final = standing(toy, "test", 2.0).accuracy
    decided = [float(a) for a in final if a - 0.02 <= 2 / 3]
    table = next(f.value for f in page.dataframe if "from layer" in f.value)
    assert len(table) == len(decided)


def test_masking_says_what_the_graph_is_worth(toy):
    page = opened(part="masking")
    assert "loses 0.60 of probability: more than strongest by activation (0.40)" in texts(page)


def test_flagged_channels_are_counted_in_the_graphs(toy):
    page = opened(part="channels", class_="0")
    # Channel 0 of the lowest layer and channel 2 of the middle one are in all four graphs.
    assert "They are 8 of the 24 vertices of all graphs, and 2 of this class's 6" in texts(page)


@pytest.fixture
def published(store_folder):
    """A study that was imported: graphs and one picture of each channel, no images."""
    write_imported(store_folder)
    return store_folder


@pytest.mark.parametrize(
    "part", ["graph", "compare", "path", "motifs", "early", "masking", "channels"]
)
def test_an_imported_study_works_without_images(published, part):
    page = opened(part=part)
    assert not page.warning
    assert "train" not in [option for s in page.segmented_control for option in s.options]
    said = {"early": "It needs the network", "masking": "the network and its images",
            "channels": "No channel can be flagged"}  # fmt: skip
    assert said.get(part, "") in texts(page)


@pytest.mark.parametrize("page", ["overview.py", "darksight.py", "dvi.py"])
def test_pages_that_need_images_say_what_the_study_holds_instead(published, page):
    page = opened(page)
    assert "holds the attribution graphs" in texts(page)
    assert not page.error
    assert "build published" not in texts(page)


def test_the_page_ends_with_where_it_comes_from(toy):
    page = opened()
    assert any("Where this comes from" in e.label for e in page.expander)
    stages = next(f.value for f in page.dataframe if "stage" in f.value)["stage"].tolist()
    assert {"summit", "summit_graphs", "summit_pictures", "summit_evaluation"} <= set(stages)
