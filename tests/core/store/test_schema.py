import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.store import TABLES, SchemaError
from core.store.schema import check_array, conform, declared_array, declared_table
from tests.core.store import tiny

PREDICTION = TABLES["prediction"]
SAMPLES = TABLES["samples"]


def refused(table, **changed):
    base = tiny.prediction(1.0, 4) if table is PREDICTION else tiny.samples(4)
    with pytest.raises(SchemaError) as caught:
        conform(table, base | changed)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 300
    return message


def test_types_are_cast_where_nothing_is_lost():
    data = tiny.prediction(1.0, 3) | {
        "epoch": [1, 1, 1],
        "sample_id": np.array([0.0, 1.0, 2.0]),
        "predicted": np.array([0, 1, 2], dtype=np.uint8),
        "entropy": np.array([0.5, 0.25, 0.0], dtype=np.float16),
    }
    table = conform(PREDICTION, data)
    types = ["double", "int32", "int32", "float", "float", "float"]
    assert [str(type) for type in table.schema.types] == types
    assert table["sample_id"].to_pylist() == [0, 1, 2]
    assert table["entropy"].to_pylist() == [0.5, 0.25, 0.0]


def test_a_frame_a_mapping_and_arrow_columns_give_the_same_table():
    frame = pd.DataFrame(tiny.samples(4)).astype({"split": "category"})
    arrow = {name: pa.array(frame[name]) for name in frame}
    chunked = {name: pa.chunked_array([part[:1], part[1:]]) for name, part in arrow.items()}
    expected = conform(SAMPLES, tiny.samples(4))
    for data in (frame, arrow, chunked, frame.iloc[:, ::-1]):
        assert conform(SAMPLES, data).equals(expected)


def test_an_empty_table_is_a_table():
    assert conform(SAMPLES, {name: [] for name in tiny.samples()}).num_rows == 0


def test_a_missing_or_unknown_column_is_named():
    data = tiny.samples(2)
    del data["label"]
    with pytest.raises(SchemaError, match=r"table samples: .*missing: label"):
        conform(SAMPLES, data)
    assert "unknown: colour" in refused(SAMPLES, colour=[1, 2, 3, 4])


def test_a_column_that_comes_twice_is_named():
    frame = pd.DataFrame(tiny.samples(2))
    with pytest.raises(SchemaError, match="twice: label"):
        conform(SAMPLES, pd.concat([frame, frame[["label"]]], axis=1))


def test_columns_of_other_lengths_are_refused():
    assert "equally long" in refused(SAMPLES, label=[0, 1])


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("label", [0, 1, 1.5, 2], "expected int32, got double 1.5 in row 2"),
        ("label", [0, 1, 2**31, 2], f"expected int32, got int64 {2**31} in row 2"),
        ("label", np.array([0, 2**64 - 1, 1, 1], np.uint64), f"{2**64 - 1} in row 1"),
        ("label", ["0", "1", "2", "0"], "expected int32, got string: '0'"),
        ("label", [True, False, True, False], "expected int32, got bool: True"),
        ("label", [0, 2**70, 1, 1], "expected int32, got"),
        ("label", np.zeros((4, 1)), "expected one dimension, got shape (4, 1)"),
        ("label", [object(), 1, 2, 3], "expected int32, got"),
        ("label", pd.to_datetime(["2020-01-01"] * 4), "expected int32, got timestamp"),
        ("label", [0, None, 1, 1], "expected no null or NaN, got one in row 1"),
        ("label", [0, 1, -1, 2], "expected at least 0, got -1 in row 2"),
        ("split", [b"train"] * 4, "expected string, got binary: b'train'"),
        ("split", ["train", "valid", "test", "test"], "`test`, got 'valid' in row 1"),
        ("split", ["\ud800"] * 4, "expected string, got"),
    ],
)
def test_a_wrong_value_is_named_with_table_and_column(column, values, expected):
    message = refused(SAMPLES, **{column: values})
    assert message.startswith(f"table samples, column {column}: ")
    assert expected in message


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.5, 0.1, 0.5, 0.5], "expected float32, got double 0.1 in row 1, which a cast"),
        ([0.5, 2**24 + 1, 1, 1], "expected float32, got"),
        ([0.5, np.nan, 0.5, 0.5], "expected no null or NaN, got one in row 1"),
        ([0.5, 0.5, np.inf, 0.5], "expected a finite number, got inf in row 2"),
        ([0.5, 0.5, 0.5, 1.5], "expected 0 to 1, got 1.5 in row 3"),
        ([0.5, 0.5, -0.5, 0.5], "expected 0 to 1, got -0.5 in row 2"),
        ([0.5, 1e300, 0.5, 0.5], "expected float32, got double 1e+300 in row 1"),
    ],
)
def test_a_wrong_share_is_named(values, expected):
    assert expected in refused(PREDICTION, confidence=values)


def test_a_key_that_comes_twice_is_named():
    message = refused(PREDICTION, sample_id=[0, 1, 2, 1])
    assert "(epoch, sample_id) once, got (1.0, 1) again in row 3" in message


def test_two_null_epochs_are_the_same_key():
    row = {
        "view": "teacher",
        "metric": "accuracy",
        "method": "teacher",
        "split": "all",
        "epoch": None,
        "value": np.nan,
        "low": None,
        "high": None,
        "n": 5,
        "unit": "share",
        "better": "higher",
    }
    figure = TABLES["figure"]
    one = conform(figure, {name: [value] for name, value in row.items()})
    assert one["value"].null_count == one["epoch"].null_count == 1
    with pytest.raises(SchemaError, match="again in row 1"):
        conform(figure, {name: [value, value] for name, value in row.items()})


def test_an_undeclared_table_or_array_is_refused_with_a_list():
    with pytest.raises(SchemaError, match=r"one of classes, samples.*got 'sample'"):
        declared_table("sample")
    with pytest.raises(SchemaError, match=r"stage predictions holds logits.*got array 'logit'"):
        declared_array("predictions", "logit")
    with pytest.raises(SchemaError, match="stage projections holds no arrays"):
        declared_array("projections", "logits")


def test_an_array_of_another_type_or_shape_is_refused():
    logits = declared_array("predictions", "logits")
    check_array(logits, (5, 3), np.dtype("float32"))
    with pytest.raises(SchemaError, match="expected float32, got float64"):
        check_array(logits, (5, 3), np.dtype("float64"))
    with pytest.raises(SchemaError, match="expected float32, got >f4"):
        check_array(logits, (5, 3), np.dtype(">f4"))
    with pytest.raises(SchemaError, match=r"axes \[sample class\], got shape \(5,\)"):
        check_array(logits, (5,), np.dtype("float32"))
