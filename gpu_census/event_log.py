"""Dagster's own SQLite event log, without asking and making the same things again for every event.

A refresh stores some 700 events. Dagster's log makes a new SQLAlchemy engine for each, asks whether its tables are
there, and reads back for every step and every check what this run itself has just stored. Files and format are
Dagster's: the UI reads them as ever. Only `refresh` uses it, which is the one that runs assets while its lock is held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.storage.event_log.base import AssetRecord
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_SECONDS = 60


class KeptEngineEventLog(SqliteEventLogStorage):
    """One engine per database file, and what was last read of an asset, kept until the storage is disposed of."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._tables: dict[str, bool] = {}
        self._records: dict[dg.AssetKey, AssetRecord] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> KeptEngineEventLog:
        """Made by Dagster from its instance configuration."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard not in self._initialized_dbs:
            with super()._connect(shard) as connection:
                yield connection
            return
        with self._db_lock:
            if shard not in self._engines:
                where = self.conn_string_for_shard(shard)
                self._engines[shard] = create_engine(where, connect_args={"timeout": BUSY_SECONDS})
                event.listen(self._engines[shard], "connect", _without_waiting_for_the_disk)
            with self._engines[shard].connect() as connection, connection.begin():
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table: asked once, since a table that is there stays."""
        if not self._tables.get(table_name):
            self._tables[table_name] = super().has_table(table_name)
        return self._tables[table_name]

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Store one event, and forget what was read of its asset."""
        super().store_event(event)
        if event.dagster_event and event.dagster_event.asset_key:
            self._records.pop(event.dagster_event.asset_key, None)

    def get_asset_records(self, asset_keys: Sequence[dg.AssetKey] | None = None) -> Sequence[AssetRecord]:
        """What is known of some assets, read only where this run has stored something of them since."""
        if asset_keys is None:
            return super().get_asset_records()
        missing = [key for key in asset_keys if key not in self._records]
        if missing:
            self._records |= {record.asset_entry.asset_key: record for record in super().get_asset_records(missing)}
        return [self._records[key] for key in asset_keys if key in self._records]

    def dispose(self) -> None:
        """Close what was kept."""
        for engine in self._engines.values():
            engine.dispose()
        super().dispose()


def _without_waiting_for_the_disk(connection: Any, _: Any) -> None:
    """With a write-ahead log a power cut may then cost the last lines of a run's history, and never the file."""
    connection.execute("PRAGMA synchronous = NORMAL")
