"""The build database: private, written by one run at a time, and the only database that assets write.

Readers never open it; they read the published copy (`publish`).
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from dagster import InitResourceContext
from dagster_duckdb import DuckDBResource
from pydantic import PrivateAttr

from gpu_census.errors import CensusError, SqlModelError
from gpu_census.warehouse.as_of import (
    base_macro_statement,
    macro_statement,
    table_statement,
    with_models_of_all_dates,
)
from gpu_census.warehouse.memory import give_memory_back
from gpu_census.warehouse.publish import compact
from gpu_census.warehouse.relations import Relation
from gpu_census.warehouse.rules import create_rules
from gpu_census.warehouse.sql_models import SqlModel, history_backed, made_from

# a DuckDB file begins with three headers
HEADERS_BYTES = 3 * 4096
GROWN_BYTES = 256 * 1024 * 1024


class BuildDatabase(DuckDBResource):
    """dagster-duckdb's resource, held open for a whole run behind a lock.

    A second refresh waits until the first is done, and the kernel frees the lock of one that dies. Steps get cursors
    of one connection, which is closed at the end whatever happens.
    """

    _lock: int | None = PrivateAttr(default=None)
    _connection: duckdb.DuckDBPyConnection | None = PrivateAttr(default=None)

    @property
    def path(self) -> Path:
        """Where the build database is."""
        return Path(self.database)

    def setup_for_execution(self, context: InitResourceContext) -> None:
        """Wait for the lock, then open; a database that has grown by rebuilding is made small again first.

        Raises `CensusError` for a file that cannot be opened.
        """
        log = context.log.info if context.log else print
        self._lock = acquire_lock(self.path.with_name("refresh.lock"), log)
        try:
            self._connection = _opened(self.path)
        except duckdb.Error as error:
            self.teardown_after_execution(context)
            raise CensusError(
                f"{self.path} cannot be opened: {str(error).splitlines()[0]}; close what has it open, or delete it: "
                "everything in it is made again"
            ) from None

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        """Close, and let the next refresh in."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextmanager
    def get_connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of the run's connection, with UTC dates; closed when the body ends or raises."""
        if self._connection is None:
            raise CensusError("the build database is open only while a run is at work")
        with closing(self._connection.cursor()) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection

    @contextmanager
    def get_transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The same for a step that writes: all of it or, where the body raises, nothing; waits once for the disk."""
        with self.get_connection() as connection:
            connection.begin()
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    if path.exists() and path.stat().st_size < HEADERS_BYTES:  # killed while it was being made
        path.unlink()
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
    if path.exists() and path.stat().st_size > GROWN_BYTES:
        compact(path)
    connection = duckdb.connect(str(path))
    give_memory_back(connection)
    return connection


def acquire_lock(path: Path, log: Callable[[str], Any]) -> int:
    """An exclusive lock on `path`, waited for; says whom it waits for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
        log(f"another refresh is at work (process {holder}); waiting for it to finish")
        fcntl.flock(handle, fcntl.LOCK_EX)
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
    return handle


def write_frame(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    rows: pl.DataFrame,
    description: str,
    columns: Mapping[str, str],
) -> None:
    """Replace a table by a frame's rows, with its comments. Goes through Arrow, without a copy in Python."""
    connection.register("staged", rows.__arrow_c_stream__())
    try:
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM staged")
    finally:
        connection.unregister("staged")
    comment(connection, "TABLE", name, description, columns)


def write_relation(connection: duckdb.DuckDBPyConnection, relation: Relation, rows: pl.DataFrame) -> None:
    """Replace a base relation by a frame's rows, and make its macro where it has a history."""
    if "." in relation.name:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {relation.name.split('.')[0]}")
    write_frame(connection, relation.name, rows, relation.description, relation.columns)
    if relation.as_of:
        connection.execute(base_macro_statement(relation))
        comment(connection, "MACRO TABLE", f"{relation.name}_as_of", _as_of_text(relation.description))


def begin_build(connection: duckdb.DuckDBPyConnection, census: Relation, day: date) -> None:
    """What every model needs before it: the census date, and the rules that models share."""
    create_rules(connection)
    write_relation(connection, census, pl.DataFrame({"census_date": [day]}))


def build_model(
    connection: duckdb.DuckDBPyConnection,
    model: SqlModel,
    relations: dict[str, Relation],
    models: Sequence[SqlModel],
) -> int:
    """Build a model's table and macro; returns its number of rows. Refuses types other than the header's.

    `models` are all models, each after what it reads.
    """
    known = with_models_of_all_dates(relations, models)
    connection.execute(table_statement(model, known, census_date_of(connection)))
    described = connection.execute(f"DESCRIBE {model.name}").fetchall()
    built = {row[0]: row[1] for row in described}
    for column in model.columns:
        if built[column.name] != column.dtype:
            raise SqlModelError(
                f"{model.path}:1: column {column.name!r} is {built[column.name]}, the header says {column.dtype}"
            )
    comment(
        connection,
        "TABLE",
        model.name,
        model.description,
        {column.name: column.description for column in model.columns},
    )
    if model.name in history_backed(models, relations):
        if model.all_dates:
            connection.execute(base_macro_statement(known[model.name]))
        else:
            connection.execute(macro_statement(model, known, made_from(model, models)))
        comment(connection, "MACRO TABLE", f"{model.name}_as_of", _as_of_text(model.description))
    return count_rows(connection, model.name)


def census_date_of(connection: duckdb.DuckDBPyConnection) -> date:
    """The census date of this build: taken once, by the asset `census`."""
    try:
        rows = connection.execute("SELECT census_date FROM census").fetchall()
    except duckdb.CatalogException:
        rows = []
    if not rows:
        raise CensusError("the build has no census date yet: materialize `census` first (or run `gpu-census refresh`)")
    found: date = rows[0][0]
    return found


def count_rows(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """Number of rows of a table."""
    return int(connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0])


def comment(
    connection: duckdb.DuckDBPyConnection,
    kind: str,
    name: str,
    text: str,
    columns: Mapping[str, str] | None = None,
) -> None:
    """Set the comment of a table or macro, and of its columns, all in one go."""
    told = [f"COMMENT ON {kind} {name} IS {_quoted(text)}"]
    told += [
        f'COMMENT ON COLUMN {name}."{column}" IS {_quoted(description)}'
        for column, description in (columns or {}).items()
    ]
    connection.execute("; ".join(told))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _as_of_text(description: str) -> str:
    return f"As of a date, by today's knowledge of that day: {description}"
