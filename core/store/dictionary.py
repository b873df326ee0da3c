"""The data dictionary: the declarations of `core.store.tables` as Markdown."""

from core.store.tables import ARRAYS, SCHEMA_VERSION, TABLES, Column, Table


def data_dictionary() -> str:
    """Markdown that says what every table, column and array of the store is."""
    tables = "\n\n".join(_table(table) for table in TABLES.values())
    return f"""## Tables

Schema version {SCHEMA_VERSION}. Parquet files; each is a view in DuckDB under its own name.
Key columns are bold: together they occur only once.

{tables}

## Arrays

`.npy` files beside the tables; the row number is `sample_id`.

| stage | array | type | axes | meaning |
|---|---|---|---|---|
{_arrays()}
"""


def _table(table: Table) -> str:
    rows = "\n".join(_row(column, column.name in table.key) for column in table.columns)
    return f"""### `{table.name}`

{_sentence(table.meaning)}

| column | type | unit | range | meaning |
|---|---|---|---|---|
{rows}"""


def _row(column: Column, is_key: bool) -> str:
    name = f"**`{column.name}`**" if is_key else f"`{column.name}`"
    kind = column.type + (" or null" if column.nullable else "")
    return f"| {name} | {kind} | {column.unit} | {value_range(column)} | {column.meaning} |"


def value_range(column: Column) -> str:
    """Words for the values that a column may hold; empty where any may come."""
    if column.choices:
        return ", ".join(f"`{choice}`" if choice else "empty" for choice in column.choices)
    if column.low is not None and column.high is not None:
        return f"{column.low:g} to {column.high:g}"
    if column.low is not None:
        return f"at least {column.low:g}"
    return "" if column.high is None else f"at most {column.high:g}"


def _arrays() -> str:
    return "\n".join(
        f"| {array.stage} | `{array.name}` | {array.dtype} | {array.axes} | {array.meaning} |"
        for array in ARRAYS.values()
    )


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] + "."
