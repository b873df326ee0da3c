import pytest
from streamlit.testing.v1 import AppTest

from core.teachers.protocol import Capability
from pages.parts.needs import LENSES, WHY
from tests.pages.toy_store import write_toy_store

PAGE = """
import streamlit as st
from pages.parts.needs import SERVED, offered
from pages.parts.reads import open_store
here = st.Page(lambda: None, title="DarkSight", url_path="darksight", default=True)
st.navigation([here], position="hidden")
st.session_state[SERVED] = {{"": None, "darksight": here}}
st.text(offered(open_store("toy"), {page!r}))
"""


def asked(page):
    """Return whether the lens is offered, what the page says, and which lenses it links."""
    drawn = AppTest.from_string(PAGE.format(page=page), default_timeout=300).run()
    assert not drawn.exception
    said = "\n".join(str(e.value) for e in [*drawn.info, *drawn.caption])
    links = [link.proto.label for link in drawn.get("page_link")]
    return drawn.text[0].value == "True", said, links


def test_every_lens_needs_something_and_every_lack_has_its_reason():
    assert all(lens.needs for lens in LENSES)
    assert set(WHY) == set(Capability)


@pytest.mark.parametrize("lens", LENSES, ids=lambda lens: lens.page)
def test_a_teacher_that_can_do_all_is_offered_every_lens_in_full(store_folder, lens):
    write_toy_store(store_folder, lacks=[])
    assert asked(lens.page) == (True, "", [])


@pytest.mark.parametrize(
    ("page", "lacks", "why"),
    [
        ("dvi", Capability.HEAD, "no last linear layer"),
        ("dvi", Capability.REPRESENTATION, "vector that enters"),
        ("summit", Capability.LAYERS, "no feature maps"),
        ("deepvid", Capability.NEW_IMAGES, "only its own images"),
        ("saliency", Capability.NEW_IMAGES, "only its own images"),
    ],
)
def test_a_lens_that_a_teacher_cannot_have_says_why_and_links_those_it_has(
    store_folder, page, lacks, why
):
    write_toy_store(store_folder, lacks=[lacks])
    there, said, links = asked(page)
    assert not there
    assert f"It needs {lacks}" in said
    assert why in said
    assert links == ["DarkSight"]


@pytest.mark.parametrize(
    ("page", "lacks", "left_out"),
    [
        ("dvi", Capability.CHECKPOINTS, "one still picture"),
        ("saliency", Capability.GRADIENTS, "no method that follows gradients"),
        ("saliency", Capability.LAYERS, "no method that reads feature maps"),
    ],
)
def test_a_lens_that_shows_less_says_what_is_left_out(store_folder, page, lacks, left_out):
    write_toy_store(store_folder, lacks=[lacks])
    there, said, _ = asked(page)
    assert there
    assert left_out in said


def test_before_the_teacher_is_built_no_lens_is_refused(store_folder):
    write_toy_store(store_folder, stages=("dataset",))
    assert asked("summit") == (True, "", [])
