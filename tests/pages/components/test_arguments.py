"""What the map and the grid refuse, each in one line."""

from typing import Any

import numpy as np
import pytest

from pages.components.grid import image_grid
from pages.components.map import CategoryColors, sample_map

COLORS = CategoryColors(np.zeros(3, int), ["a"], ["#000000"])
MAP: dict[str, Any] = {
    "key": "map",
    "positions": np.zeros((3, 2)),
    "sample_ids": np.arange(3),
    "colors": COLORS,
}
GRID: dict[str, Any] = {
    "key": "grid",
    "sample_ids": np.arange(3),
    "captions": ["a", "b", "c"],
    "wrong": np.zeros(3, bool),
    "thumbnails": "/{id}.png",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": [1], "epoch": 2}, r"epoch must be one of \[1.0\], got 2"),
        ({"thumbnails": "/image.png"}, r"thumbnails must be a URL with {id} in it"),
        ({"landscape": [b"png"]}, "landscape must be one PNG for each of 1 epochs, with"),
        ({"selected": np.zeros(2, bool)}, "selected must be a truth value for each of 3"),
        ({"marked": np.zeros(3, int)}, "marked must be a truth value for each of 3"),
        ({"colors": CategoryColors(np.zeros(2, int), ["a"], ["#000000"])}, "each of 3 samples"),
    ],
)
def test_the_map_refuses_arguments_that_do_not_fit(change, message):
    with pytest.raises(ValueError, match=message) as refusal:
        sample_map(**(MAP | change))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"captions": ["a"]}, "captions must be one for each of 3 samples, got 1"),
        ({"size": 4}, "size must be 8 to 256 pixels, got 4"),
        ({"thumbnails": "/image.png"}, r"thumbnails must be a URL with {id} in it"),
        ({"thumbnails": ["a", "b"]}, "thumbnails must be one for each of 3 samples, got 2"),
        ({"wrong": np.zeros(2, bool)}, "wrong must be a truth value for each of 3"),
    ],
)
def test_the_grid_refuses_arguments_that_do_not_fit(change, message):
    with pytest.raises(ValueError, match=message):
        image_grid(**(GRID | change))
