"""Replace the published database in one step: readers see the old file or the new one, whole."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import duckdb

from gpu_census.leftovers import remove_leftovers

# readable by every DuckDB from 1.5 on; without it a 2.x build writes what 1.x clients refuse
STORAGE_VERSION = "v1.5.0"
# every table takes at least one block, and most tables are small; in smaller blocks dates and numbers are not packed
BLOCK_BYTES = 32768


def publish(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Put a compact copy of the connection's database in place of `target`; open readers of the old file keep it.

    The copy lies beside `target` until it is complete, so that the rename stays within one file system. What a
    killed process left behind is removed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target.parent)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    build = connection.execute("SELECT current_database()").fetchall()[0][0]
    options = f"STORAGE_VERSION '{STORAGE_VERSION}', BLOCK_SIZE {BLOCK_BYTES}"
    try:
        connection.execute(f"ATTACH {_quoted(fresh)} AS fresh ({options})")
        try:
            connection.execute(f'COPY FROM DATABASE "{build}" TO fresh')
        finally:
            connection.execute("DETACH fresh")
        _sync(fresh)
        # left by whoever opened the published file for writing and died: it does not belong to the new one
        target.with_name(target.name + ".wal").unlink(missing_ok=True)
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)
        fresh.with_name(fresh.name + ".wal").unlink(missing_ok=True)


def compact(path: Path) -> None:
    """Rewrite a database that nobody has open without the space that rebuilding has left in it."""
    with closing(duckdb.connect(str(path))) as connection:
        publish(connection, path.with_name(f"{path.name}.compact"))
    os.replace(path.with_name(f"{path.name}.compact"), path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
