"""Whether a build says anything that the published database does not say already.

Two DuckDB files with the same content differ in some bytes, so the content is compared: every table's rows, whatever
their order, every macro, every comment. What the build notes of itself is left out.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from gpu_census.warehouse.status import TABLE

COLUMNS = """
SELECT schema_name, table_name, column_name, data_type, comment
FROM duckdb_columns()
WHERE database_name = ? AND NOT internal AND table_name <> ?
ORDER BY ALL
"""
TABLES = """
SELECT schema_name, table_name, comment
FROM duckdb_tables()
WHERE database_name = ? AND table_name <> ?
ORDER BY ALL
"""
MACROS = """
SELECT schema_name, function_name, macro_definition, parameters::VARCHAR, comment
FROM duckdb_functions()
WHERE database_name = ? AND NOT internal AND function_name <> ?
ORDER BY ALL
"""
Content = tuple[list[tuple[object, ...]], ...]


def says_the_same(connection: duckdb.DuckDBPyConnection, published: Path) -> bool:
    """Whether the published file holds just what the connection's database holds."""
    if not published.exists():
        return False
    quoted = "'" + str(published).replace("'", "''") + "'"
    try:
        connection.execute(f"ATTACH {quoted} AS published (READ_ONLY)")
    except duckdb.Error:
        return False  # no database that can be read: it is replaced
    try:
        build = connection.execute("SELECT current_database()").fetchall()[0][0]
        return _content(connection, build) == _content(connection, "published")
    finally:
        connection.execute("DETACH published")


def _content(connection: duckdb.DuckDBPyConnection, database: str) -> Content:
    described = tuple(connection.execute(query, [database, TABLE]).fetchall() for query in (TABLES, COLUMNS, MACROS))
    sums = [
        f'SELECT \'{schema}.{name}\', count(*), sum(hash(t)::HUGEINT) FROM "{database}"."{schema}"."{name}" AS t'
        for schema, name, _ in described[0]
    ]
    rows = connection.execute(" UNION ALL ".join(sums) + " ORDER BY 1").fetchall() if sums else []
    return (*described, rows)
