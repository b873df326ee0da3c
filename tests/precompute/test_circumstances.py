"""What stands beside a study's figures: the limit of its data, notes, settings not the paper's."""

import json

import msgspec
import pytest

from core.store import Store
from precompute.__main__ import main
from precompute.circumstances import rows, said_of_data, unlike_the_paper
from precompute.report import KEYS, VALUES
from precompute.settings import built_in_studies, load_study, paper_settings
from tests.pages.toy_store import write_toy_store

NOTE = "made up <script>alert(2)</script> for **tests**"
LIMIT = "12,000 images, drawn evenly from each split and class"


def settings(study: str, *overrides: str) -> dict:
    return msgspec.json.decode(msgspec.json.encode(load_study(study, overrides)))


@pytest.fixture
def limited(tmp_path) -> Store:
    write_toy_store(tmp_path, limit=LIMIT)
    return Store("toy", tmp_path)


def test_the_limit_comes_before_the_notes(limited):
    assert said_of_data(limited) == [f"Limited to {LIMIT}", NOTE]


def test_what_a_terminal_would_obey_is_not_printed(tmp_path):
    write_toy_store(tmp_path, limit="\x1b[2Jnothing")
    assert said_of_data(Store("toy", tmp_path))[0] == "Limited to  [2Jnothing"


def test_a_default_differs_from_the_paper_until_the_papers_settings_are_taken():
    assert unlike_the_paper("mnist", settings("mnist")) == {
        "teacher.epochs": (10, 20),
        "deepvid.epochs": (None, 150),
    }
    assert unlike_the_paper("mnist", settings("mnist", "teacher.epochs=20")) == {
        "deepvid.epochs": (None, 150)
    }
    assert unlike_the_paper("mnist", settings("mnist", "paper=true")) == {}
    noisy = unlike_the_paper("mnist_noisy", settings("mnist_noisy"))
    assert noisy["data.limit"] == (20000, None)
    celeba = unlike_the_paper("celeba", settings("celeba"))
    assert celeba["teacher.arguments.width"] == (16, None)


@pytest.mark.parametrize("name", built_in_studies())
def test_the_papers_settings_differ_from_the_paper_in_nothing(name):
    if paper_settings(name):
        assert unlike_the_paper(name, settings(name, "paper=true")) == {}


def test_a_study_of_no_paper_or_of_other_data_differs_from_none():
    assert unlike_the_paper("digits", settings("digits")) == {}
    assert unlike_the_paper("pets", settings("mnist")) == {}
    assert unlike_the_paper("mnist", settings("digits")) == {}


def test_report_prints_limit_and_notes_beside_the_figures(limited, capsys):
    arguments = ["report", "toy", "--store", str(limited.root)]
    assert main(arguments) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [f"Limited to {LIMIT}", NOTE]
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {tuple(row) for row in found} == {KEYS + VALUES}
    (note,) = [row for row in found if row["metric"] == "note_1"]
    assert (note["view"], note["value"], note["unit"], note["n"]) == ("study", None, NOTE, 40)


def test_a_number_is_a_value_and_words_are_a_unit(tmp_path, monkeypatch):
    write_toy_store(tmp_path, "mnist_noisy", limit=LIMIT)
    store = Store("mnist_noisy", tmp_path)
    monkeypatch.setattr(Store, "settings", settings("mnist_noisy"))
    found = {(row["metric"], row["method"]): (row["value"], row["unit"]) for row in rows(store)}
    assert found == {
        ("data.limit", "built"): (20000.0, ""),
        ("data.limit", "paper"): (None, "not set"),
        ("data.shown", "built"): (None, "10,000 train, 2,000 test"),
        ("data.shown", "paper"): (None, "all train, all test"),
        ("dvi.preset", "built"): (None, "lean"),
        ("dvi.preset", "paper"): (None, "paper"),
        ("deepvid.epochs", "built"): (None, "not set"),
        ("deepvid.epochs", "paper"): (150.0, ""),
        ("note_1", "built"): (None, NOTE),
    }


def test_the_limit_of_a_study_without_a_paper_is_a_row_too(limited, monkeypatch):
    monkeypatch.setattr(Store, "settings", settings("digits", "data.limit=300"))
    assert ("data.limit", 300.0) in [(row["metric"], row["value"]) for row in rows(limited)]
