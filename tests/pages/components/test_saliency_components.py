"""What the gallery of maps and the film refuse, and which clicks are believed."""

import numpy as np
import pytest
import streamlit as st

from pages.components.film import Cast, film
from pages.components.map_gallery import Tile, map_gallery, picked_method

RAMP = {"against": (0, 0, 255), "zero": (255, 255, 255), "for": (255, 0, 0)}
PICTURE = np.zeros((4, 4, 1), np.uint8)


def after(**event):
    st.session_state.clear()
    st.session_state["maps"] = {"event": {"sequence": 1, **event}}
    return picked_method("maps")


def test_a_click_is_told_once():
    assert after(kind="pick", method="rise") == "rise"
    assert picked_method("maps") is None


@pytest.mark.parametrize("event", [{}, {"method": 3}, {"method": None}, {"method": ["rise"]}])
def test_what_names_no_method_is_not_believed(event):
    assert after(**event) is None


def test_a_gallery_wants_a_map_as_large_as_the_picture_for_every_tile():
    with pytest.raises(ValueError, match=r"maps must be \(1, 4, 4\), one per tile"):
        map_gallery(
            key="maps", tiles=[Tile("rise", "RISE")], picture=PICTURE,
            maps=np.zeros((1, 2, 2), np.uint8), deletion=np.zeros((1, 3)),
            insertion=np.zeros((1, 3)), ramp=RAMP, pair=("#000000", "#ffffff"),
        )  # fmt: skip


def test_a_gallery_wants_both_curves_of_every_tile():
    with pytest.raises(ValueError, match="both curves must have a row for each of 1 tiles"):
        map_gallery(
            key="maps", tiles=[Tile("rise", "RISE")], picture=PICTURE,
            maps=np.zeros((1, 4, 4), np.uint8), deletion=np.zeros((1, 3)),
            insertion=np.zeros((2, 3)), ramp=RAMP, pair=("#000000", "#ffffff"),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("rank", "curve", "message"),
    [
        (np.arange(9), np.zeros(5), "rank must place 16 pixels, got 9 of rise"),
        (np.arange(16), np.zeros(4), "curves must have 5 steps, got 4 of rise"),
    ],
)
def test_a_film_wants_an_order_of_all_pixels_and_curves_of_all_steps(rank, curve, message):
    cast = [Cast("rise", "RISE", PICTURE[..., 0], rank, curve, curve)]
    with pytest.raises(ValueError, match=message):
        film(
            key="film", image=1, cast=cast, small=PICTURE, picture=PICTURE, blurred=PICTURE,
            stand_in=(0,), changed=np.arange(5) * 4, class_name="a", ramp=RAMP,
            colors=("#000000", "#ffffff"),
        )  # fmt: skip
