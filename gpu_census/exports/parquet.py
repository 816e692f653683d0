"""One table as Parquet: the same rows give the same bytes.

Rows have one order, and the settings that shape the file stand here; nothing in it says when it was made. DuckDB
writes its own version into it, so another version of DuckDB may give other bytes.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from gpu_census.exports.tables import Table, quoted_text

SETTINGS = "FORMAT parquet, PARQUET_VERSION v1, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 122880"


def write_parquet(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    """Write the table. The connection must work in one thread (`reading.open_published`)."""
    connection.execute(
        f"COPY (SELECT * FROM {table.relation} ORDER BY {table.order}) TO {quoted_text(str(path))} ({SETTINGS})"
    )
