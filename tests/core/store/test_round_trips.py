from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.store import ARRAYS, TABLES, ArtifactWriter, Run, Store, publish
from core.store.tables import Array, Column, Table
from tests.core.store import tiny

FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def values(column: Column) -> st.SearchStrategy:
    low, high = column.low, column.high
    if column.choices:
        return st.sampled_from(column.choices)
    if column.type == "string":
        return st.text(max_size=20)
    if column.type == "binary":
        return st.binary(max_size=50)
    if column.type == "bool":
        return st.booleans()
    if column.type.startswith("int"):
        limit = 2 ** (int(column.type[3:]) - 1)
        most = limit - 1 if high is None else int(high)
        return st.integers(-limit if low is None else int(low), most)
    width = 32 if column.type == "float32" else 64
    floats = st.floats(low, high, width=width, allow_nan=False, allow_infinity=False)
    return st.none() | floats if column.nullable else floats


def rows(table: Table) -> st.SearchStrategy:
    row = st.tuples(*(values(column) for column in table.columns))
    names = [column.name for column in table.columns]
    places = [names.index(name) for name in table.key]
    # 0.0 and -0.0 are one key
    unique = lambda row: tuple(row[place] or 0 for place in places)  # noqa: E731
    return st.lists(row, max_size=8, unique_by=unique)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Callable[[str, Callable[[ArtifactWriter], None]], Store]:
    """A store with one artifact, in a folder of its own for each call."""

    def write(stage: str, fill: Callable[[ArtifactWriter], None]) -> Store:
        root = tmp_path_factory.mktemp("store")
        with tiny.writer(root, stage, "k") as artifact:
            fill(artifact)
        publish(root, "tiny", Run(study="tiny", settings={}, stages={stage: "k"}, finished=""))
        return Store("tiny", root)

    return write


@FEW
@given(st.data())
@pytest.mark.parametrize("name", TABLES)
def test_a_table_comes_back_as_it_was_written(written, name, data):
    table = TABLES[name]
    expected = data.draw(rows(table))
    columns = {c.name: [row[i] for row in expected] for i, c in enumerate(table.columns)}
    found = written("anything", lambda artifact: artifact.table(name, columns)).table(name)
    assert list(found) == [column.name for column in table.columns]
    for column in table.columns:
        assert found[column.name].dtype == pd.Series([], dtype=PANDAS[column.type]).dtype
        back = [None if v != v else v for v in found[column.name]]
        assert back == columns[column.name]


PANDAS = {"string": "str", "binary": "object"} | {
    name: name for name in ("bool", "int32", "int64", "float32", "float64")
}


@FEW
@given(st.data())
@pytest.mark.parametrize("declared", ARRAYS.values(), ids=lambda a: f"{a.stage}-{a.name}")
def test_an_array_comes_back_bit_for_bit(written, declared: Array, data):
    axes = len(declared.axes.split())
    shape = data.draw(arrays.array_shapes(min_dims=axes, max_dims=axes, min_side=0, max_side=4))
    array = data.draw(arrays.arrays(np.dtype(declared.dtype), shape))
    store = written(declared.stage, lambda artifact: artifact.array(declared.name, array))
    found = store.array(declared.stage, declared.name)
    assert (found.shape, found.dtype) == (array.shape, array.dtype)
    assert found.tobytes() == array.tobytes()


@FEW
@given(
    st.dictionaries(
        st.text(min_size=1).filter(lambda name: name != "__metadata__"),
        arrays.arrays(
            arrays.floating_dtypes(endianness="<") | arrays.integer_dtypes(endianness="<"),
            arrays.array_shapes(min_dims=0, max_dims=3, max_side=3),
        ),
        max_size=3,
    )
)
def test_weights_come_back_bit_for_bit(written, tensors):
    store = written("teacher", lambda artifact: artifact.weights("net", tensors))
    found = store.weights("teacher", "net")
    assert set(found) == set(tensors)
    for name, tensor in tensors.items():
        assert (found[name].shape, found[name].dtype) == (tensor.shape, tensor.dtype)
        assert found[name].tobytes() == tensor.tobytes()


def test_transposed_weights_keep_their_values(written):
    tensor = np.arange(6, dtype=np.float32).reshape(2, 3).T
    store = written("teacher", lambda artifact: artifact.weights("net", {"w": tensor}))
    np.testing.assert_array_equal(store.weights("teacher", "net")["w"], tensor)
