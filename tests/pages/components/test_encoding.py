"""What the map sends: codes that undo to the data, and clear refusals."""

import json

import numpy as np
import pytest

from pages.components.carrier import pack
from pages.components.encoding import (
    MISSING,
    CategoryColors,
    MapLabels,
    ValueColors,
    encode_colors,
    encode_labels,
    encode_mask,
    encode_positions,
)


def decoded(meta: dict, codes: np.ndarray) -> np.ndarray:
    return np.array(meta["low"]) + codes / 65535 * np.array(meta["size"])


def test_positions_come_back_within_half_a_step():
    positions = np.random.default_rng(0).normal(size=(3, 500, 2)).astype(np.float32) * [900, 0.01]
    meta, arrays = encode_positions(positions, np.arange(500), [1, 2, 3])
    step = np.array(meta["size"]) / 65535
    away = np.abs(decoded(meta, arrays["positions"]) - positions)
    assert (away <= 0.51 * step).all()
    assert "ids" not in arrays


def test_positions_far_from_the_origin_keep_their_order():
    positions = np.stack([np.full(1000, 1e6), 1e6 + np.linspace(0, 1, 1000)], 1)
    _, arrays = encode_positions(positions, np.arange(1000))
    codes = arrays["positions"][0, :, 1].astype(int)
    assert codes[0] == 0
    assert codes[-1] == 65535
    assert (np.diff(codes) > 0).all()


def test_all_samples_at_one_place_are_a_map_of_one_place():
    meta, arrays = encode_positions(np.full((4, 2), 7.0), np.arange(4))
    assert meta["size"] == [1.0, 1.0]
    assert np.allclose(decoded(meta, arrays["positions"]), 7.0, atol=1e-4)


def test_no_samples_are_an_empty_map():
    meta, arrays = encode_positions(np.empty((0, 2)), np.empty(0, int))
    assert meta["n"] == 0
    assert arrays["positions"].size == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_position_that_is_not_finite_is_refused(bad):
    positions = np.zeros((5, 2))
    positions[3, 1] = bad
    with pytest.raises(ValueError, match="positions must be finite"):
        encode_positions(positions, np.arange(5))


@pytest.mark.parametrize(
    ("positions", "ids", "epochs", "message"),
    [
        (np.zeros((5, 3)), np.arange(5), [], r"positions must be \[sample 2\]"),
        (np.zeros((5, 2)), np.arange(4), [], "sample_ids must have one id for each of 5"),
        (np.zeros((5, 2)), np.zeros(5, int), [], "sample_ids must all be different"),
        (np.zeros((2, 5, 2)), np.arange(5), [1], "epochs must name each of 2 epochs, got 1"),
        (np.zeros((2, 5, 2)), np.arange(5), [2, 1], "epochs must rise"),
    ],
)
def test_positions_that_do_not_fit_together_are_refused(positions, ids, epochs, message):
    with pytest.raises(ValueError, match=message):
        encode_positions(positions, ids, epochs)


def test_categories_take_a_byte_up_to_256_names_and_two_beyond():
    values = np.arange(5)
    for count, width in [(256, 1), (257, 2)]:
        names = [str(i) for i in range(count)]
        _, arrays = encode_colors(CategoryColors(values, names, ["#000000"] * count), 5)
        assert arrays["values"].itemsize == width


def test_a_category_without_a_name_or_colour_is_refused():
    with pytest.raises(ValueError, match=r"colors.values must lie in 0..1"):
        encode_colors(CategoryColors(np.array([0, 2]), ["a", "b"], ["#000000"] * 2), 2)
    with pytest.raises(ValueError, match="palette must have one colour for each of 2 names"):
        encode_colors(CategoryColors(np.array([0, 1]), ["a", "b"], ["#000000"]), 2)
    with pytest.raises(ValueError, match="must be whole numbers"):
        encode_colors(CategoryColors(np.array([0.5]), ["a"], ["#000000"]), 1)
    with pytest.raises(ValueError, match="one entry for each of 3 samples"):
        encode_colors(CategoryColors(np.array([0]), ["a"], ["#000000"]), 3)


def test_values_beyond_the_ramp_take_its_ends_and_nan_has_a_code_of_its_own():
    values = np.array([-1.0, 0.0, 0.5, 1.0, 9.0, np.nan])
    meta, arrays = encode_colors(ValueColors(values, ["#000000", "#ffffff"], 0, 1), 6)
    assert arrays["values"].tolist() == [0, 0, 32767, 65534, 65534, MISSING]
    assert meta["missing"]


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (0, np.inf), (np.nan, 1)])
def test_a_ramp_needs_two_ends_in_order(low, high):
    with pytest.raises(ValueError, match="low must be below high"):
        encode_colors(ValueColors(np.zeros(2), ["#000000", "#ffffff"], low, high), 2)


def test_colours_may_differ_by_epoch():
    values = np.array([[0, 1], [1, 1]])
    meta, _ = encode_colors(CategoryColors(values, ["a", "b"], ["#000000"] * 2), 2, n_epochs=2)
    assert meta["per_epoch"]


def test_labels_outside_the_class_names_are_refused():
    with pytest.raises(ValueError, match=r"labels.predicted must lie in 0..1"):
        encode_labels(MapLabels(np.array([0]), np.array([5]), ["a", "b"]), 1)


def test_labels_before_a_flip_travel_only_where_some_were_flipped():
    true, said = np.array([0, 1]), np.array([1, 1])
    _, plainly = encode_labels(MapLabels(true, said, ["a", "b"]), 2)
    _, flipped = encode_labels(MapLabels(true, said, ["a", "b"], np.array([1, 1])), 2)
    assert "original" not in plainly
    assert flipped["original"].tolist() == [1, 1]


def test_a_mask_is_packed_into_bits():
    mask = np.array([True, False, True, False, False, False, False, False, True])
    assert encode_mask("selected", mask, 9).tolist() == [0b10100000, 0b10000000]
    assert encode_mask("selected", None, 9).size == 0
    with pytest.raises(ValueError, match="selected must be a truth value for each of 8"):
        encode_mask("selected", mask, 8)


def test_a_part_is_a_header_and_arrays_on_multiples_of_four():
    arrays = {"a": np.array([1, 2, 3], np.uint8), "b": np.array([70000], np.uint32)}
    data = pack({"name": "</script>"}, arrays)
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    body = data[4 + length :]
    assert length % 4 == 0
    assert header["meta"] == {"name": "</script>"}
    for name, dtype in [("a", np.uint8), ("b", np.uint32)]:
        kind, offset, count = header["arrays"][name]
        assert kind == np.dtype(dtype).str[1:]
        assert offset % 4 == 0
        assert np.frombuffer(body, dtype, count, offset).tolist() == arrays[name].tolist()
