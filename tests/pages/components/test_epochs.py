import numpy as np
import pytest

from pages.components.encoding import encode_positions
from pages.components.epochs import Land, Line, Marks, Tracks, encode_land, encode_tracks

SHAPE = (2, 3, 4)


def land(**changes):
    parts = {
        "classes": np.zeros(SHAPE, np.int32),
        "confidence": np.full(SHAPE, 200, np.uint8),
        "margin": np.full(SHAPE, 90, np.uint8),
        "extent": (0.0, 4.0, -1.0, 2.0),
        "names": ["a", "b"],
        "palette": ["#000000", "#ffffff"],
    }
    return Land(**{**parts, **changes})


def test_a_landscape_travels_as_one_byte_per_cell_and_quantity():
    meta, arrays = encode_land(land(classes=np.ones(SHAPE, np.uint16)), 2)
    assert (meta["rows"], meta["columns"]) == (3, 4)
    assert sum(array.nbytes for array in arrays.values()) == 3 * 24
    assert set(arrays["classes"].ravel().tolist()) == {1}


def test_three_hundred_classes_need_two_bytes():
    names = list(map(str, range(300)))
    _, arrays = encode_land(land(names=names, palette=["#123456"] * 300), 2)
    assert arrays["classes"].dtype == np.uint16


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"classes": np.zeros((1, 3, 4), int)}, "for 2 epochs"),
        ({"margin": np.zeros((2, 3, 3), np.uint8)}, "margin must be uint8"),
        ({"confidence": np.zeros(SHAPE)}, "confidence must be uint8"),
        ({"classes": np.full(SHAPE, 2)}, "0..1"),
        ({"palette": ["#000000"]}, "one colour for each"),
        ({"extent": (1.0, 1.0, 0.0, 1.0)}, "left < right"),
    ],
)
def test_a_landscape_that_does_not_fit_is_refused(changes, why):
    with pytest.raises(ValueError, match=why):
        encode_land(land(**changes), 2)


def test_what_is_not_a_number_leaves_a_gap_in_the_curve():
    lines = [Line("share", "test", "#000000", [0.5, float("nan"), None])]
    assert encode_tracks(Tracks(lines), 3)["lines"][0][4] == [0.5, None, None]


@pytest.mark.parametrize(
    "tracks",
    [
        Tracks([Line("loss", "train", "#000000", [1.0])]),
        Tracks(marks=[Marks("flip", "flips", "#000000", [1], [False, True])]),
        Tracks(marks=[Marks("flip", "flips", "#000000", [1, 2], [False])]),
    ],
)
def test_a_track_needs_one_entry_per_epoch(tracks):
    with pytest.raises(ValueError, match="one entry for each of 2 epochs"):
        encode_tracks(tracks, 2)


def test_pictures_of_one_frame_have_one_scale():
    points = np.array([[1.0, 1.0], [2.0, 3.0]], np.float32)
    meta, arrays = encode_positions(points, np.arange(2), frame=(0.0, 4.0, -1.0, 3.0))
    assert (meta["low"], meta["size"]) == ([0.0, -1.0], [4.0, 4.0])
    assert arrays["positions"][0].tolist() == [[16384, 32768], [32768, 65535]]


def test_a_frame_that_cuts_a_point_off_is_refused():
    with pytest.raises(ValueError, match="must hold all positions"):
        encode_positions(np.array([[5.0, 0.0]]), np.arange(1), frame=(0.0, 4.0, -1.0, 3.0))
