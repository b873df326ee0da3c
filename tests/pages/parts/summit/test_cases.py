"""The paper's case studies on a study that has its classes."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.store import Store
from pages.parts.summit.cases import CASES, neighbors, opened, overlap
from pages.parts.summit.held import Outline
from tests.pages.parts.summit.test_export import PAGE
from tests.pages.toy_summit import vertices, write_imported

WHOLE = Outline(["mixed5a"], [8], np.arange(1000), np.ones(1000))
PLAIN = [f"class {number}" for number in range(1000)]


def named():
    """A thousand classes, those of the case studies by their names."""
    names = list(PLAIN)
    for case in CASES:
        for class_, name in case.classes:
            names[class_] = name.capitalize()
    return names


def test_a_case_fits_classes_of_its_names_only():
    every = range(1000)
    assert all(case.fits(named(), every) for case in CASES)
    assert not any(case.fits(PLAIN, every) for case in CASES)
    assert not any(case.fits(["tench"], every) for case in CASES)
    assert not any(case.fits(named(), {0}) for case in CASES)  # the others have no graph


def test_the_number_of_a_case_stands_for_its_view_and_what_else_the_address_says_comes_first():
    words = opened({"part": "cases", "case": "2", "with": "union"}, named(), WHOLE)
    assert words == {
        "part": "cases", "case": "2", "with": "union", "class": "295", "class2": "294"
    }  # fmt: skip
    for number in ("99", "-1", "two", "9" * 30):
        asked = {"part": "cases", "case": number}
        assert opened(asked, named(), WHOLE) == asked
    assert opened({"case": "2"}, named(), WHOLE) == {"case": "2"}
    other = Outline(["last"], [8], np.arange(1000), np.ones(1000))
    assert "layer" in opened({"part": "cases", "case": "3"}, named(), WHOLE)
    assert "layer" not in opened({"part": "cases", "case": "3"}, named(), other)
    assert opened({"part": "cases", "case": "2"}, PLAIN, WHOLE) == {"part": "cases", "case": "2"}


def test_what_two_graphs_share_is_counted_layer_by_layer(store_folder):
    write_imported(store_folder)
    store = Store("published", store_folder)
    for layer, (shared, one, two) in enumerate(overlap(store, 0, 2)):
        first, second = ({v for v in vertices(c) if v[0] == layer} for c in (0, 2))
        assert (shared, one, two) == (len(first & second), len(first), len(second))


def test_the_nearest_classes_leave_out_the_class_itself(store_folder):
    write_imported(store_folder)
    assert neighbors(Store("published", store_folder), 3, 0) == [2, 1, 0]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_case_says_what_the_paper_saw_and_what_is_here(store_folder, number):
    write_imported(store_folder, names=named())
    page = AppTest.from_file(str(PAGE), default_timeout=300)
    page.query_params["part"] = "cases"
    page.query_params["case"] = str(number)
    page.run()
    assert not page.exception
    said = [text.value for text in page.markdown if "**The paper**" in text.value]
    assert len(said) == 1
    assert "**The data**" in said[0]
