"""`gpu-census sql`: a query on the published database, or what there is to query."""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gpu_census.commands.completing import complete_table
from gpu_census.commands.options import Format
from gpu_census.errors import UsageError
from gpu_census.home import Home, current_home

if TYPE_CHECKING:
    from gpu_census.reading import Rows

STANDARD_INPUT = "-"
# a macro of any date is named beside its table; what is no table has a row of its own
TABLES = """
WITH macro AS (
    SELECT DISTINCT
        function_name AS name,
        function_name || '(' || array_to_string(parameters, ', ') || ')' AS call,
        comment
    FROM duckdb_functions()
    WHERE NOT internal AND database_name = current_database()
),

relation AS (
    SELECT
        if(schema_name = 'main', table_name, schema_name || '.' || table_name) AS name,
        estimated_size AS rows,
        comment
    FROM duckdb_tables()
    WHERE NOT internal AND database_name = current_database()
)

SELECT relation.name, macro.call AS of_any_date, relation.rows, relation.comment AS description
FROM relation
LEFT JOIN macro ON macro.name = relation.name || '_as_of'
UNION ALL
SELECT macro.call, NULL, NULL, macro.comment
FROM macro
ANTI JOIN relation ON relation.name || '_as_of' = macro.name
ORDER BY rows IS NULL, contains(name, '.'), name
"""
COLUMNS = """
SELECT column_name AS column, lower(data_type) AS type, comment AS description
FROM duckdb_columns()
WHERE
    database_name = current_database()
    AND if(schema_name = 'main', table_name, schema_name || '.' || table_name) = ?
ORDER BY column_index
"""


def sql(
    query: Annotated[
        str | None,
        typer.Argument(
            metavar="QUERY",
            help="A query, such as: FROM compute_tier WHERE tier = 'north'. A single - reads it from standard input. "
            "With --list, the name of a table.",
            autocompletion=complete_table,
            show_default=False,
        ),
    ] = None,
    *,
    listed: Annotated[
        bool, typer.Option("--list", help="List the tables and macros; with the name of a table, its columns.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How to print the rows.")] = Format.table,
) -> None:
    """Query the published database, read-only; or list what there is to query."""
    from gpu_census.printing import print_rows
    from gpu_census.reading import read_public

    home = current_home()
    if listed:
        print_rows(_columns(home, query) if query else read_public(home, TABLES), format.value)
        return
    if query is None:
        raise UsageError(
            "there is no query; give one, such as `gpu-census sql \"FROM compute_tier WHERE tier = 'north'\"`, "
            "`-` to read it from standard input, or --list to see the tables"
        )
    print_rows(read_public(home, sys.stdin.read() if query == STANDARD_INPUT else query), format.value)


def _columns(home: Home, table: str) -> Rows:
    from gpu_census.reading import read_public

    found = read_public(home, COLUMNS, [table.removesuffix("_as_of")])
    if not found.rows:
        names = [str(row[0]) for row in read_public(home, TABLES).rows]
        near = [name for name in names if name.endswith(f".{table}")] or difflib.get_close_matches(table, names, n=3)
        meant = f": did you mean {' or '.join(near)}?" if near else "."
        raise UsageError(f"there is no table {table!r}{meant} `gpu-census sql --list` names them all")
    return found
