"""Export the published database: every form of it into one folder. The order of things; the forms have modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from gpu_census.errors import CensusError
from gpu_census.exports.citation import write_citation
from gpu_census.exports.csv_file import write_csv
from gpu_census.exports.datapackage import write_datapackage
from gpu_census.exports.folder import Swapped, staging, swap_in
from gpu_census.exports.geojson import write_geojson
from gpu_census.exports.parquet import write_parquet
from gpu_census.exports.tables import published_tables
from gpu_census.home import Home
from gpu_census.warehouse.memory import give_memory_back
from gpu_census.warehouse.sql_models import SqlModel


@dataclass(frozen=True)
class Exported:
    """What became of the files, and how many regions the GeoJSON file leaves out."""

    census_date: date
    swapped: Swapped
    unplaced_regions: int


@contextmanager
def open_published(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published database, read-only and in one thread, so that rows are written in one order."""
    path = home.public_database
    if not path.exists():
        raise CensusError(f"{path}: there is no published census yet; run `gpu-census refresh`")
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET threads = 1")
        give_memory_back(connection)
        yield connection


def export(
    connection: duckdb.DuckDBPyConnection,
    target: Path,
    models: Sequence[SqlModel],
    *,
    told: Callable[[str], object] = lambda text: None,
) -> Exported:
    """Write every table as Parquet and CSV into `target`, with GeoJSON, data package and citation.

    Files that would not change are left alone; other files in the folder are not touched. `told` is called with what
    is being written.
    """
    tables = published_tables(connection, models)
    census_date = published_date(connection)
    unplaced = 0
    with staging(target) as stage:
        for number, table in enumerate(tables, start=1):
            told(f"{number} of {len(tables)}, {table.name}")
            write_parquet(connection, table, stage / f"{table.name}.parquet")
            write_csv(connection, table, stage / f"{table.name}.csv")
            if table.name == "region":
                unplaced = write_geojson(connection, table, stage / "region.geojson")
        write_citation(stage / "CITATION.cff", census_date)
        write_datapackage(connection, tables, stage, census_date)
        return Exported(census_date, swap_in(stage, target), unplaced)


def published_date(connection: duckdb.DuckDBPyConnection) -> date:
    """The census date of the published database."""
    found: date = connection.execute("SELECT census_date FROM census").fetchall()[0][0]
    return found
