"""DuckDB in memory, locked: it reads the Parquet files of one study and nothing else.

The queries may carry words from a URL and the files may come from somebody else, so: no
extension is loaded, no file outside the study is opened, no Python variable is looked up, no
setting can be changed, and a query is a single SELECT (COPY and ATTACH could write into the
study's folder otherwise).
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from core.store.errors import StoreError, shown

Parameters = Sequence[Any] | Mapping[str, Any]

_LIMITS = {
    "threads": 2,
    "memory_limit": "512MB",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    # The system's page cache holds the files already.
    "enable_external_file_cache": False,
}
_NO_TABLE = re.compile(r"Table with name (\S+) does not exist")


class UnknownTable(StoreError):
    """The query names a table that has no view; `name` is that table."""

    def __init__(self, name: str):
        super().__init__(f"no table {shown(name)}")
        self.name = name


class Database:
    """Views over Parquet files below `folder`; may be used from several threads."""

    def __init__(self, folder: Path):
        self._connection = duckdb.connect(":memory:", config=_LIMITS)
        # The pattern that a path becomes is held against the same list as the path it finds.
        allowed = ", ".join(map(_literal, (str(folder), _pattern(folder))))
        self._connection.execute(f"SET allowed_directories = [{allowed}]")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")
        self._lock = Lock()

    def view(self, name: str, columns: Sequence[str], files: Sequence[Path]) -> None:
        """Let `name` stand for the rows of all `files`; StoreError if DuckDB cannot read them."""
        names = ", ".join(f'"{column}"' for column in columns)
        paths = ", ".join(_literal(_pattern(file)) for file in files)
        view = f'CREATE OR REPLACE VIEW "{name}" AS SELECT {names} FROM read_parquet([{paths}])'
        try:
            with self._cursor() as cursor:
                cursor.execute(view)
        except duckdb.Error as error:
            raise _refusal(error) from None

    def query(self, query: str, parameters: Parameters = ()) -> pd.DataFrame:
        """Rows of one SELECT.

        Raises
        ------
        UnknownTable
            when it names a table that has no view.
        StoreError
            when it is anything but one SELECT, or DuckDB refuses it.
        """
        try:
            with self._cursor() as cursor:
                statements = cursor.extract_statements(query)
                if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                    raise StoreError(f"a query must be one SELECT, got {shown(query)}")
                return _frame(cursor.execute(query, _plain(parameters)))
        except duckdb.CatalogException as error:
            missing = _NO_TABLE.search(str(error))
            raise UnknownTable(missing[1]) if missing else _refusal(error) from None
        except duckdb.Error as error:
            raise _refusal(error) from None

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        # One connection refuses concurrent use, its cursors do not.
        with self._lock:
            return self._connection.cursor()


def _refusal(error: duckdb.Error) -> StoreError:
    return StoreError(f"DuckDB refused: {str(error).splitlines()[0]}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _pattern(path: Path) -> str:
    """Escape a path for `read_parquet`, which takes patterns."""
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def _plain(parameters: Parameters) -> list[Any] | dict[str, Any]:
    if isinstance(parameters, Mapping):
        return {name: _scalar(value) for name, value in parameters.items()}
    return [_scalar(value) for value in parameters]


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value  # DuckDB knows no NumPy scalar


def _frame(result: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Make a frame of a result, texts and bytes in their own types.

    DuckDB gives mutable `bytearray` for bytes, and floats for a column of texts without values.
    """
    types = [str(column[1]) for column in result.description or ()]
    frame = result.df()
    for place, kind in enumerate(types):
        column = frame.iloc[:, place]
        if kind == "BLOB":
            whole = [bytes(value) if isinstance(value, bytearray) else None for value in column]
            frame.isetitem(place, pd.Series(whole, index=frame.index, dtype=object))
        elif kind == "VARCHAR" and column.isna().all():
            frame.isetitem(place, column.astype("str"))
    return frame
