"""The only door: data become a table exactly as it is declared, or are refused."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from core.store.dictionary import value_range
from core.store.errors import SchemaError, shown
from core.store.tables import ARRAYS, TABLES, Array, Column, Table

TableData = pd.DataFrame | Mapping[str, Any]

pc: Any = compute  # its functions are made at import, where no type checker sees them

_TYPES: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "string": pa.string(),
    "binary": pa.binary(),
}


def declared_table(name: str) -> Table:
    """Declaration of a table; SchemaError lists the tables there are."""
    if name not in TABLES:
        raise SchemaError(f"table must be one of {', '.join(TABLES)}, got {shown(name)}")
    return TABLES[name]


def declared_array(stage: str, name: str) -> Array:
    """Declaration of a stage's array; SchemaError lists the arrays that the stage may hold."""
    if (stage, name) not in ARRAYS:
        known = ", ".join(array for owner, array in ARRAYS if owner == stage) or "no arrays"
        raise SchemaError(f"stage {stage} holds {known}, got array {shown(name)}")
    return ARRAYS[stage, name]


def arrow_schema(table: Table) -> pa.Schema:
    """The table's columns as Arrow (and so Parquet) knows them."""
    return pa.schema(
        [
            pa.field(column.name, _TYPES[column.type], nullable=column.nullable)
            for column in table.columns
        ]
    )


def conform(table: Table, data: TableData) -> pa.Table:
    """`data` as the declared table: columns in order, types cast where nothing is lost.

    Parameters
    ----------
    data
        a frame, or a mapping of column names to one-dimensional arrays or lists; NaN counts as
        null.

    Raises
    ------
    SchemaError
        one line with table, column, what was expected, what came and the first offending value:
        missing or unknown columns, other lengths or types, values that a cast would change,
        nulls, infinite numbers, values out of range, a key that comes twice.
    """
    _check_columns(table, list(data))
    columns = [_conform_column(table, column, data[column.name]) for column in table.columns]
    lengths = {column.name: len(part) for column, part in zip(table.columns, columns, strict=True)}
    if len(set(lengths.values())) > 1:
        raise SchemaError(f"table {table.name}: columns must be equally long, got {lengths}")
    result = pa.Table.from_arrays(columns, schema=arrow_schema(table))
    _check_key(table, result)
    return result


def check_array(declared: Array, shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Refuse an array whose type or number of axes differs from its declaration."""
    place = f"array {declared.stage}/{declared.name}"
    if dtype != np.dtype(declared.dtype):
        raise SchemaError(f"{place}: expected {declared.dtype}, got {dtype}")
    if len(shape) != len(declared.axes.split()):
        raise SchemaError(f"{place}: expected axes [{declared.axes}], got shape {shape}")


def _check_columns(table: Table, given: list[str]) -> None:
    expected = [column.name for column in table.columns]
    missing = [name for name in expected if name not in given]
    unknown = [name for name in given if name not in expected]
    twice = sorted({str(name) for name in given if given.count(name) > 1})
    for what, names in (("missing", missing), ("unknown", unknown), ("twice", twice)):
        if names:
            raise SchemaError(
                f"table {table.name}: expected columns {', '.join(expected)};"
                f" {what}: {', '.join(map(str, names))}"
            )


def _conform_column(table: Table, column: Column, data: Any) -> pa.Array:
    place = f"table {table.name}, column {column.name}"
    values = _nulls_for_nan(_arrow(place, column, data))
    target = _TYPES[column.type]
    if pa.types.is_null(values.type):
        values = pa.nulls(len(values), target)
    if _kind(values.type) != _kind(target):
        first = next((value for value in values.to_pylist() if value is not None), None)
        raise SchemaError(f"{place}: expected {column.type}, got {values.type}: {shown(first)}")
    result = _cast(place, column, values, target)
    _check_values(place, column, result)
    return result


def _arrow(place: str, column: Column, data: Any) -> pa.Array:
    if getattr(data, "ndim", 1) != 1:
        raise SchemaError(f"{place}: expected one dimension, got shape {data.shape}")
    try:
        values = data if isinstance(data, pa.Array) else None
        values = values if values is not None else _from_python(data)
    except (pa.ArrowException, OverflowError, TypeError, UnicodeError, ValueError) as error:
        reason = shown(str(error).splitlines()[0], 160)
        raise SchemaError(f"{place}: expected {column.type}, got {reason}") from None
    if pa.types.is_dictionary(values.type):
        values = cast(pa.DictionaryArray, values).dictionary_decode()
    if pa.types.is_float16(values.type):
        values = values.cast(pa.float32())  # exact, and Arrow computes little with halves
    return values


def _from_python(data: Any) -> pa.Array:
    values = data if isinstance(data, pa.ChunkedArray) else pa.array(data, from_pandas=True)
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _nulls_for_nan(values: pa.Array) -> pa.Array:
    if not pa.types.is_floating(values.type):
        return values
    return pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)


def _kind(type: pa.DataType) -> str:
    if pa.types.is_integer(type) or pa.types.is_floating(type):
        return "number"
    if pa.types.is_string(type) or pa.types.is_large_string(type):
        return "string"
    if pa.types.is_binary(type) or pa.types.is_large_binary(type):
        return "binary"
    return str(type)


def _cast(place: str, column: Column, values: pa.Array, target: pa.DataType) -> pa.Array:
    try:
        result = values.cast(target, safe=True)
        # Arrow calls a cast to a shorter float safe; it is lossless only if it can be undone.
        lossless = not pa.types.is_floating(target) or result.cast(values.type).equals(values)
    except pa.ArrowException:
        lossless, result = False, values
    if lossless:
        return result
    row, first = next(
        (row, value)
        for row, value in enumerate(values.to_pylist())
        if value is not None and not _fits(value, target)
    )
    raise SchemaError(
        f"{place}: expected {column.type}, got {values.type} {shown(first)} in row {row},"
        f" which a cast would change"
    )


def _fits(value: Any, target: pa.DataType) -> bool:
    try:
        return pa.scalar(value).cast(target, safe=True).as_py() == value
    except (pa.ArrowException, OverflowError):
        return False


def _check_values(place: str, column: Column, values: pa.Array) -> None:
    if values.null_count and not column.nullable:
        row = pc.index(pc.is_null(values), True).as_py()
        raise SchemaError(f"{place}: expected no null or NaN, got one in row {row}")
    tests = []
    if pa.types.is_floating(values.type):
        tests.append(("a finite number", pc.is_inf(values)))
    if column.low is not None:
        tests.append((value_range(column), pc.less(values, column.low)))
    if column.high is not None:
        tests.append((value_range(column), pc.greater(values, column.high)))
    if column.choices:
        allowed = pa.array([*column.choices, None], values.type)
        tests.append((value_range(column), pc.invert(pc.is_in(values, allowed))))
    for expected, wrong in tests:
        row = pc.index(wrong, True).as_py()
        if row >= 0:
            raise SchemaError(
                f"{place}: expected {expected}, got {shown(values[row].as_py())} in row {row}"
            )


def _check_key(table: Table, data: pa.Table) -> None:
    keys = data.select(list(table.key)).to_pandas()
    repeated = np.flatnonzero(keys.duplicated())
    if len(repeated):
        row = int(repeated[0])
        value = tuple(data[name][row].as_py() for name in table.key)
        raise SchemaError(
            f"table {table.name}: expected each key ({', '.join(table.key)}) once,"
            f" got {shown(value)} again in row {row}"
        )
