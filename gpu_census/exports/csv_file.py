"""One table as CSV: for spreadsheets and for people, so it may not run as a program.

A text that a spreadsheet would take for a formula gets an apostrophe in front, as on the terminal (`printing`); the
Parquet file has it as it is. Lists are JSON. An empty cell is a null or an empty text.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from gpu_census.exports.tables import Column, Table, quoted_text
from gpu_census.printing import FORMULA

DANGEROUS = quoted_text(f"^[{''.join(map(re.escape, FORMULA))}]")


def write_csv(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    """Write the table, its rows in the order of the Parquet file."""
    cells = ", ".join(f"{_cell(column)} AS {column.quoted}" for column in table.columns)
    ordered = f"(SELECT * FROM {table.relation} ORDER BY {table.order})"
    connection.execute(
        f"COPY (SELECT {cells} FROM {ordered}) TO {quoted_text(str(path))} (FORMAT csv, HEADER true, NULL '')"
    )


def _cell(column: Column) -> str:
    if column.dtype == "VARCHAR":
        return rf"regexp_replace({column.quoted}, {DANGEROUS}, '''\0')"
    return f"to_json({column.quoted})::VARCHAR" if column.dtype.endswith("[]") else column.quoted
