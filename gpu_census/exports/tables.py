"""What a published table is, as an export needs to know it: columns, key, order, what refers to what.

What belongs here: reading that off the database, the headers of SQL models and the schemas. What does not: any file
format. Names, types and descriptions are those of the database; only the key and the tests come from the code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pandera.polars as pa

from gpu_census.census.history import SCHEMAS
from gpu_census.errors import CensusError
from gpu_census.warehouse.derived import DERIVED
from gpu_census.warehouse.relations import REFERENCE_MODELS
from gpu_census.warehouse.sql_models import SqlModel
from gpu_census.warehouse.status import TABLE as BUILD_STATUS

# names of tables become names of files
FIT_NAME = re.compile(r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$")
TABLES = """
SELECT if(schema_name = 'main', '', schema_name || '.') || table_name AS name, comment
FROM duckdb_tables()
WHERE NOT internal AND database_name = current_database()
ORDER BY name
"""
COLUMNS = """
SELECT column_name, data_type, comment, if(schema_name = 'main', '', schema_name || '.') || table_name AS name
FROM duckdb_columns()
WHERE NOT internal AND database_name = current_database()
ORDER BY name, column_index
"""


@dataclass(frozen=True)
class Column:
    """A column: `accepted` are the only values it may hold, where its header says so."""

    name: str
    dtype: str
    description: str
    required: bool = False
    accepted: tuple[str, ...] = ()

    @property
    def quoted(self) -> str:
        """The column in SQL."""
        return quoted_name(self.name)


@dataclass(frozen=True)
class Table:
    """A table: `key` is empty where no columns are known to name a row; `refers` is column, table, its column."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    refers: tuple[tuple[str, str, str], ...] = ()

    @property
    def relation(self) -> str:
        """The table in SQL."""
        return ".".join(quoted_name(part) for part in self.name.split("."))

    @property
    def order(self) -> str:
        """The one order of its rows in every file: by the key, then by all other columns."""
        first = [column for column in self.columns if column.name in self.key]
        first.sort(key=lambda column: self.key.index(column.name))
        rest = [column for column in self.columns if column.name not in self.key]
        return ", ".join(f"{column.quoted} ASC NULLS FIRST" for column in [*first, *rest])


def published_tables(connection: duckdb.DuckDBPyConnection, models: Sequence[SqlModel]) -> list[Table]:
    """Every table of the database but what the build notes of itself, by name.

    Raises `CensusError` for a name that is no file name.
    """
    columns: dict[str, list[tuple[str, str, str]]] = {}
    for name, dtype, comment, table in connection.execute(COLUMNS).fetchall():
        columns.setdefault(table, []).append((name, dtype, comment or ""))
    known = {model.name: model for model in models}
    found = []
    for name, comment in connection.execute(TABLES).fetchall():
        if not FIT_NAME.fullmatch(name):
            raise CensusError(f"the published database has a table {name!r}, which cannot be exported under that name")
        if name != BUILD_STATUS:
            found.append(_table(name, comment or "", columns[name], known))
    return [_without_dangling(table, found) for table in found]


def quoted_name(name: str) -> str:
    """An identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def _table(name: str, comment: str, columns: list[tuple[str, str, str]], models: dict[str, SqlModel]) -> Table:
    plain = tuple(Column(column, dtype, text) for column, dtype, text in columns)
    if name in models:
        table = _of_model(name, comment, plain, models[name])
    elif schema := _schema(name):
        table = _of_schema(name, comment, plain, schema)
    else:
        table = Table(name, comment, plain)
    # a database of another version may lack a column that today's key names
    return table if set(table.key) <= {column for column, _, _ in columns} else Table(name, comment, plain)


def _of_model(name: str, comment: str, plain: tuple[Column, ...], model: SqlModel) -> Table:
    tests = {column.name: {test.kind: test.values for test in column.tests} for column in model.columns}
    columns, refers = [], []
    for column in plain:
        stated = tests.get(column.name, {})
        accepted = tuple(stated.get("accepted_values", ()))
        columns.append(Column(column.name, column.dtype, column.description, "not_null" in stated, accepted))
        for target in stated.get("relationships", ()):
            table, _, key = target.rpartition(".")
            refers.append((column.name, table, key))
    return Table(name, comment, tuple(columns), model.grain, tuple(refers))


def _of_schema(name: str, comment: str, plain: tuple[Column, ...], schema: type[pa.DataFrameModel]) -> Table:
    whole = schema.to_schema()
    stated = whole.columns
    required = {column for column in stated if not stated[column].nullable}
    columns = tuple(Column(column.name, column.dtype, column.description, column.name in required) for column in plain)
    keys = [[column] for column in stated if stated[column].unique]
    keys += [list(whole.unique)] if whole.unique else []
    whole_keys = [key for key in keys if not any(stated[column].nullable for column in key)]
    return Table(name, comment, columns, tuple(whole_keys[0]) if whole_keys else ())


def _schema(name: str) -> type[pa.DataFrameModel] | None:
    derived = {table.name: table.schema for table in DERIVED}
    return SCHEMAS.get(name) or derived.get(name) or REFERENCE_MODELS.get(name.removeprefix("reference."))


def _without_dangling(table: Table, tables: list[Table]) -> Table:
    """References only to tables and columns that are published too."""
    there = {(other.name, column.name) for other in tables for column in other.columns}
    refers = tuple(one for one in table.refers if (one[1], one[2]) in there)
    return Table(table.name, table.description, table.columns, table.key, refers)
