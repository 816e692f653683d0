"""Tables that Python makes from the built models, where SQL is not the tool: each with what it reads and its schema.

Adding one is adding a line to `DERIVED`. Like everything else it is described once, by its pandera model; no SQL model
can read it, because all models are built before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import duckdb
import pandera.polars as pa
import polars as pl

from gpu_census.replication import table as replication
from gpu_census.warehouse.relations import Relation, described_columns, table_description


@dataclass(frozen=True)
class DerivedTable:
    """A table: `reads` are the relations it is made from, `make` works out its rows from a database as of a date."""

    name: str
    schema: type[pa.DataFrameModel]
    reads: tuple[str, ...]
    make: Callable[[duckdb.DuckDBPyConnection, date], pl.DataFrame]

    @property
    def relation(self) -> Relation:
        """The table as it is described in the database and in the catalogue."""
        return Relation(self.name, table_description(self.schema), described_columns(self.schema))


DERIVED = (DerivedTable("replication", replication.Replication, replication.READS, replication.replication_rows),)
