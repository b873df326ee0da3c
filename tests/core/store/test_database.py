import duckdb
import pandas as pd
import pytest

from core.store import StoreError

frame = pd.DataFrame({"secret": [1]})


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM parquet_metadata('https://localhost/x.parquet')",
        "SELECT * FROM query('COPY samples TO ''x.csv''')",
        "SELECT * FROM enable_logging()",
        "SELECT * FROM frame",
        "COPY samples TO 'out.csv'",
        "COPY samples TO '{store}/out.csv'",
        "EXPORT DATABASE '{store}/out'",
        "EXPLAIN ANALYZE COPY samples TO '{store}/out.csv'",
        "ATTACH '{store}/out.duckdb'",
        "ATTACH '/tmp/out.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 8",
        "PRAGMA database_list",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW samples",
        "SELECT 1; DROP VIEW samples",
        "SELECT 1; SELECT 2",
        "",
        "-- nothing",
    ],
)
def test_a_query_reads_the_run_and_does_nothing_else(store, tmp_path, query):
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StoreError) as error:
        store.sql(query.format(store=tmp_path / "tiny"))
    assert "\n" not in str(error.value)
    assert sorted(tmp_path.rglob("*")) == before
    assert len(store.table("samples"))


@pytest.mark.parametrize(
    "statement",
    [
        "COPY samples TO '/tmp/darkroom-out.csv'",
        "ATTACH '/tmp/darkroom-out.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET allowed_directories = ['/']",
    ],
)
def test_the_connection_itself_is_locked(store, statement):
    store.table("samples")
    with store._database._cursor() as cursor, pytest.raises(duckdb.Error):
        cursor.execute(statement)


def test_the_connection_is_small(store):
    store.table("samples")
    found = store.sql(
        "SELECT current_setting('threads') AS t, current_setting('memory_limit') AS m"
    )
    assert found["t"][0] == 2
    assert found["m"][0] == "488.2 MiB"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELEC 1", "DuckDB refused: Parser Error: syntax error"),
        ("SELECT nope FROM samples", 'DuckDB refused: Binder Error: Referenced column "nope"'),
        ("SELECT nope(1)", "DuckDB refused: Catalog Error: Scalar Function with name nope"),
        ("SELECT ?", "DuckDB refused: Invalid Input Error: Values were not provided"),
        ("SELECT 'a'::INT", "DuckDB refused: Conversion Error"),
    ],
)
def test_a_wrong_query_gives_one_line(store, query, reason):
    with pytest.raises(StoreError) as error:
        store.sql(query)
    assert str(error.value).startswith(reason)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "query", ["FROM samples", "WITH s AS (FROM samples) FROM s", "(SELECT 1)", "DESCRIBE samples"]
)
def test_every_form_of_a_select_is_one(store, query):
    assert len(store.sql(query))


def test_columns_without_values_keep_their_types(store):
    found = store.sql("SELECT name, name AS name FROM classes WHERE false")
    assert [str(dtype) for dtype in found.dtypes] == ["str", "str"]
    found = store.sql("SELECT 'a'::BLOB AS b, NULL::VARCHAR AS s UNION ALL SELECT NULL, NULL")
    assert sorted(found["b"], key=str) == [None, b"a"]
    assert str(found["s"].dtype) == "str"
