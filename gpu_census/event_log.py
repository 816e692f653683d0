"""Dagster's own SQLite event log, without asking and making the same things again for every event.

A refresh stores some 700 events. Dagster's log makes a new SQLAlchemy engine for each, asks whether its tables are
there, and reads back for every step and every check what the run itself has just stored. Files and format are
Dagster's. `dagster.yaml` names it for the UI and the runs launched there, `refresh` for its own.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import dagster as dg
from dagster import DagsterEventType
from dagster._config import UserConfigSchema
from dagster._core.storage.event_log.base import AssetRecord
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_SECONDS = 60
# the index and the runs that somebody looks at
ENGINES_KEPT = 8
ENDS_OF_A_RUN = (DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE, DagsterEventType.RUN_CANCELED)


class KeptEngineEventLog(SqliteEventLogStorage):
    """Keeps an engine per database file, and while this process runs assets what it has last read of each.

    Only a process that runs assets may keep that: one run at a time holds the lock of the build.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        self._running = False
        self._records: dict[dg.AssetKey, AssetRecord] = {}
        write_ahead()
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """No settings: the events lie where Dagster keeps them by default."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> KeptEngineEventLog:
        """Made by Dagster from its instance configuration."""
        return cls(str(Path(os.environ["DAGSTER_HOME"]) / "history" / "runs"), inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard not in self._initialized_dbs:
            with super()._connect(shard) as connection:
                yield connection
            return
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        engine = self._engines.pop(shard, None)
        if engine is None:
            engine = create_engine(self.conn_string_for_shard(shard), connect_args={"timeout": BUSY_SECONDS})
        self._engines[shard] = engine  # the one used last stands last
        while len(self._engines) > ENGINES_KEPT:
            self._engines.pop(next(iter(self._engines))).dispose()
        return engine

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; one that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Store one event, and forget what was read of its asset."""
        super().store_event(event)
        told = event.dagster_event
        if told is None:
            return
        if told.event_type is DagsterEventType.RUN_START:
            self._running = True
        elif told.event_type in ENDS_OF_A_RUN:
            self._running = False
            self._records.clear()
        elif told.asset_key:
            self._records.pop(told.asset_key, None)

    def get_asset_records(self, asset_keys: Sequence[dg.AssetKey] | None = None) -> Sequence[AssetRecord]:
        """What is known of some assets; during a run, read only where it has stored something of them since."""
        if asset_keys is None or not self._running:
            return super().get_asset_records(asset_keys)
        missing = [key for key in asset_keys if key not in self._records]
        if missing:
            self._records |= {record.asset_entry.asset_key: record for record in super().get_asset_records(missing)}
        return [self._records[key] for key in asset_keys if key in self._records]

    def dispose(self) -> None:
        """Close what was kept."""
        for engine in self._engines.values():
            engine.dispose()
        super().dispose()


def write_ahead() -> None:
    """From now on every SQLite file of Dagster in this process is written ahead, also while it is made.

    Making the files of a new home, and one for each run, else waits for the disk hundreds of times. A power cut may
    cost the last lines of a run's history, and never a file.
    """
    if not event.contains(Engine, "connect", _write_ahead):
        event.listen(Engine, "connect", _write_ahead)


def _write_ahead(connection: Any, _: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        with suppress(sqlite3.OperationalError):  # another process is making the file: it sets this too
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
