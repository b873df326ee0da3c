from core.store import ARRAYS, TABLES, data_dictionary
from core.store.schema import arrow_schema


def test_every_key_is_made_of_the_tables_columns():
    for table in TABLES.values():
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names)
        assert table.key
        assert set(table.key) <= set(names)


def test_every_column_has_a_known_type_and_a_meaning():
    for table in TABLES.values():
        assert len(arrow_schema(table)) == len(table.columns)
        assert all(column.meaning for column in table.columns)


def test_only_floats_may_be_null():
    # A frame turns null integers into floats, so a nullable integer would not come back as one.
    for table in TABLES.values():
        assert all(c.type.startswith("float") for c in table.columns if c.nullable)


def test_the_dictionary_names_every_column_and_array():
    text = data_dictionary()
    for table in TABLES.values():
        section = text.split(f"### `{table.name}`")[1].split("\n##")[0]
        for column in table.columns:
            (row,) = [
                line
                for line in section.splitlines()
                if f"`{column.name}` |" in line[:40] or f"`{column.name}`** |" in line[:40]
            ]
            assert column.meaning in row
            assert ("**" in row) == (column.name in table.key)
    for array in ARRAYS.values():
        assert f"| {array.stage} | `{array.name}` | {array.dtype} | {array.axes} |" in text


def test_the_dictionary_states_units_ranges_and_nulls():
    text = data_dictionary()
    assert "| `entropy` | float32 | nats | at least 0 |" in text
    assert "| `confidence` | float32 | share | 0 to 1 |" in text
    assert "| `split` | string |  | `train`, `test` |" in text
    assert "| **`epoch`** | float64 or null |" in text
