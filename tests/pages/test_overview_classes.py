"""The Overview where the teacher knows more classes than the data, many classes, flipped labels."""

import numpy as np
import pytest
import streamlit as st

from core.store import Store
from core.teachers.protocol import Capability
from pages.charts.confusion import ALL, CELL, OTHER
from pages.parts import confusions, matrix
from pages.parts.performance import performance
from tests.pages.test_overview import address, opened, pictured, shown_samples, texts
from tests.pages.toy_store import write_toy_store

NAMES = [f"class {i}" for i in range(1000)]
PRESENT = [0, 217, 482, 491, 497, 566, 569, 571, 574, 701]


@pytest.fixture
def ten_of_many(store_folder):
    """A teacher of 1,000 outputs on data of ten classes, 120 images."""
    write_toy_store(store_folder, names=NAMES, present=PRESENT, count=120, test=80, strength=4)
    return Store("toy", store_folder)


@pytest.fixture
def a_thousand(store_folder):
    """A thousand classes with one image each."""
    write_toy_store(store_folder, names=NAMES, count=1000, test=1000, strength=4)
    return Store("toy", store_folder)


@pytest.fixture
def noisy(store_folder):
    """Every fifth label was flipped; the checkpoints lie within epochs."""
    rows = [("accuracy", "train", 2.5, 0.97), ("adversarial_accuracy", "test", 2.5, 0.31)]
    write_toy_store(store_folder, flipped=range(0, 40, 5), epochs=(0.5, 2.5), figures=rows)
    return Store("toy", store_folder)


def answers(store):
    """Return true and predicted class of the test images, and their numbers."""
    table = store.table("prediction").query("epoch == 2.0").sort_values("sample_id")
    samples = store.table("samples").sort_values("sample_id")
    test = (samples["split"] == "test").to_numpy()
    return (
        samples["label"].to_numpy()[test],
        table["predicted"].to_numpy()[test],
        samples["sample_id"].to_numpy()[test],
    )


def listed(page, column):
    """Return the page's table that has the column."""
    return next(frame.value for frame in page.dataframe if column in frame.value)


def presets(page):
    """Return what the page offers to look for, in words."""
    return [option.content for option in page.pills[0].proto.options]


def test_one_line_says_which_classes_are_shown(ten_of_many):
    page = opened()
    assert "10 of 1,000 classes" in texts(page)
    assert ">10 of 1,000<" in pictured(page)


def test_only_the_classes_of_the_data_stand_in_the_table_and_in_the_chooser(ten_of_many):
    page = opened()
    assert listed(page, "recall")["class"].tolist() == PRESENT
    assert page.selectbox(key="w_class").options == [NAMES[class_] for class_ in PRESENT]


def test_the_matrix_has_one_row_for_each_present_class_and_a_column_for_the_others(ten_of_many):
    true, predicted, _ = answers(ten_of_many)
    found = performance(ten_of_many, "test", 2.0)
    assert found.matrix is not None
    assert found.matrix.shape == (10, 11)
    assert found.matrix.sum() == len(true)
    beyond = ~np.isin(predicted, PRESENT)
    assert found.matrix[:, -1].tolist() == [int((beyond & (true == c)).sum()) for c in PRESENT]
    assert found.wrong == int((true != predicted).sum())


def test_precision_and_recall_of_a_present_class_count_all_of_its_images(ten_of_many):
    true, predicted, _ = answers(ten_of_many)
    table = performance(ten_of_many, "test", 2.0).classes.set_index("class")
    for class_ in PRESENT:
        hits = ((true == class_) & (predicted == class_)).sum()
        assert table.loc[class_, "recall"] == hits / (true == class_).sum()
        assert table.loc[class_, "precision"] == hits / (predicted == class_).sum()


def test_the_column_of_other_classes_opens_into_them(ten_of_many):
    true, predicted, ids = answers(ten_of_many)
    page = opened(rule="other~217")
    mine = (true == 217) & ~np.isin(predicted, PRESENT)
    assert mine.any()
    assert shown_samples(page) == ids[mine].tolist()
    table = page.dataframe[0].value
    assert set(table["predicted"]) == {NAMES[class_] for class_ in predicted[mine]}
    assert table["images"].sum() == mine.sum()
    assert "class 217 taken for other classes" in texts(page)


def test_the_head_of_the_column_opens_it_for_all_classes(ten_of_many, monkeypatch):
    true, predicted, ids = answers(ten_of_many)
    page = opened(rule="other")
    beyond = ~np.isin(predicted, PRESENT)
    assert shown_samples(page) == ids[beyond].tolist()
    assert page.dataframe[0].value["images"].sum() == beyond.sum()
    monkeypatch.setattr(confusions, "MOST_LISTED", 5)
    pairs = len(set(zip(true[beyond], predicted[beyond], strict=True)))
    page = opened(rule="other")
    assert f": the 5 largest of {pairs} pairs" in texts(page)
    assert len(page.dataframe[0].value) == 5


@pytest.mark.parametrize("by_cell", [False, True])
def test_more_classes_than_are_drawn_list_the_others_too(store_folder, by_cell):
    present = range(0, 1000, 16)
    write_toy_store(store_folder, names=NAMES, present=present, count=200, test=150, strength=4)
    true, predicted, ids = answers(Store("toy", store_folder))
    beyond = ~np.isin(predicted, present)
    first = np.flatnonzero(beyond)[0]
    if by_cell:
        beyond = (true == true[first]) & (predicted == predicted[first])
    page = opened(rule=f"cell~{true[first]}~{predicted[first]}" if by_cell else "other")
    assert shown_samples(page)[: beyond.sum()] == ids[beyond].tolist()[: len(shown_samples(page))]
    assert "63 classes are too many for a matrix" in texts(page)


def test_one_of_the_other_classes_keeps_the_column_open(ten_of_many):
    true, predicted, ids = answers(ten_of_many)
    first = np.flatnonzero(~np.isin(predicted, PRESENT))[0]
    page = opened(rule=f"cell~{true[first]}~{predicted[first]}")
    same = (true == true[first]) & (predicted == predicted[first])
    assert shown_samples(page) == ids[same].tolist()
    assert NAMES[predicted[first]] in set(page.dataframe[0].value["predicted"])


@pytest.mark.parametrize(
    ("clicked", "rule"),
    [
        ({"true": 482, "predicted": 0}, "cell~482~0"),
        ({"true": 482, "predicted": OTHER}, "other~482"),
        ({"true": ALL, "predicted": OTHER}, "other"),
        ({"true": ALL, "predicted": 3}, None),
        ({"true": "482", "predicted": 0}, None),
        ({}, None),
    ],
)
def test_a_click_on_the_matrix_selects_what_it_shows(monkeypatch, clicked, rule):
    parameters = {}
    monkeypatch.setattr(st, "query_params", parameters)
    state = {matrix.KEY: {"selection": {CELL: [{**clicked, "turn": 0}]}}}
    monkeypatch.setattr(st, "session_state", state)
    matrix._select()
    assert parameters.get("rule") == rule


def test_a_class_that_the_data_does_not_hold_is_no_choice_and_no_error(ten_of_many):
    page = opened(rule="class~5")
    assert page.selectbox(key="w_class").value is None
    assert "No image belongs to this selection" in texts(page)


def test_a_study_whose_teacher_knows_no_other_classes_has_no_such_column(toy_store):
    page = opened(rule="other")
    assert "the data holds images of every class" in texts(page).replace("\\", "")
    found = performance(Store("toy", toy_store), "test", 2.0)
    assert found.matrix is not None
    assert found.matrix.shape == (4, 4)


def test_a_thousand_classes_are_listed_by_their_largest_confusions(a_thousand, monkeypatch):
    monkeypatch.setattr(confusions, "MOST_LISTED", 200)
    true, predicted, _ = answers(a_thousand)
    found = performance(a_thousand, "test", 2.0)
    assert found.matrix is None
    page = opened()
    pairs = len(set(zip(true[true != predicted], predicted[true != predicted], strict=True)))
    assert f"the 200 largest of {pairs:,} confused pairs" in texts(page)
    assert len(page.dataframe[0].value) == 200
    assert len(page.selectbox(key="w_class").options) == 1000
    assert "10 largest of 1,000 probabilities" in texts(page)


def test_confusions_come_largest_first_and_the_most_confident_among_equals(a_thousand):
    found = performance(a_thousand, "test", 2.0).confusions
    ranks = list(zip((-found.images).tolist(), (-found.confidence).tolist(), strict=True))
    assert ranks == sorted(ranks)


def test_classes_of_one_name_are_told_apart_in_the_chooser(store_folder):
    write_toy_store(store_folder, names=["crane", "drum", "crane"])
    assert opened().selectbox(key="w_class").options == ["crane (0)", "drum", "crane (2)"]


def test_flipped_labels_are_found_and_said(noisy):
    page = opened(rule="preset~flipped_labels", split="all")
    table = noisy.table("samples").query("label != original_label")
    assert shown_samples(page) == sorted(table["sample_id"]) == list(range(0, 40, 5))
    was = listed(page, "sample_id")["label_before_flip"].tolist()
    names = noisy.table("classes").set_index("class")["name"]
    assert was == [names[c] for c in table.sort_values("sample_id")["original_label"]]
    assert "flipped on purpose: was" in pictured(page)


def test_an_image_whose_label_was_left_says_nothing_of_flips(noisy):
    page = opened(sample="1", rule="ids~1", split="all")
    assert "flipped on purpose" not in pictured(page)
    assert listed(page, "sample_id")["label_before_flip"].tolist() == [""]


def test_flipped_labels_are_only_offered_where_there_are_any(noisy, store_folder):
    assert "Flipped labels" in presets(opened())
    write_toy_store(store_folder, study="clean")
    page = opened(study="clean", rule="preset~flipped_labels")
    assert "Flipped labels" not in presets(page)
    assert "no label of this study was flipped" in texts(page)
    assert "label_before_flip" not in listed(page, "sample_id")


def test_checkpoints_within_epochs_have_their_own_address_and_provenance(noisy):
    page = opened(epoch="0.5")
    assert "<b>epoch 0.5</b>" in pictured(page)
    keys = listed(page, "key").set_index("stage")
    assert keys.loc["predictions", "epoch"] == 0.5
    assert keys.loc["predictions", "key"] == noisy.manifest("predictions", 0.5).key
    page.selectbox(key="w_epoch").select_index(1).run()
    assert "epoch" not in address(page)
    assert "<b>epoch 2.5 (last)</b>" in pictured(page)
    page.selectbox(key="w_epoch").select_index(0).run()
    assert address(page)["epoch"] == "0.5"


def test_the_header_shows_adversarial_accuracy_where_there_is_one(noisy):
    head = pictured(opened())
    assert "adversarial (test, n = 16)</span><b>31.0%" in head
    assert "accuracy (train, n = 16)</span><b>97.0%" in head
    assert "adversarial" not in pictured(opened(epoch="0.5"))


def test_a_forest_says_what_it_lacks_and_why(store_folder):
    lacks = [Capability.GRADIENTS, Capability.LAYERS]
    write_toy_store(store_folder, lacks=lacks)
    page = opened()
    assert "This teacher offers no gradients, no layers" in texts(page).replace("\\", "")
    line = next(e.label for e in page.expander if e.label.startswith("This teacher offers"))
    assert line.endswith("representation, head, checkpoints; not: gradients, layers")
    assert "it shows no feature maps" in texts(page)


def test_a_teacher_of_which_nothing_is_known_yet_says_nothing(toy_store):
    page = opened()
    assert not [e for e in page.expander if e.label.startswith("This teacher offers")]
