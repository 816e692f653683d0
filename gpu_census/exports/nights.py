"""`public/nights/<census_date>/`: what was published on a night, kept as it was said then.

"As of D" in the database is today's knowledge of D; these files are what was known and published. Publishing again on
the same census date replaces that night's folder whole, and nothing else ever touches it: not a later night, nor a
rebuild of another date. `gpu-census rebuild` publishes the census date of the published database anew, so that night's
folder then holds what the rebuild says.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from gpu_census.exports.folder import same_file, staging
from gpu_census.exports.parquet import write_parquet
from gpu_census.exports.tables import Table

KEPT = (
    "census",
    "compute_tier",
    "country_accelerator",
    "country_census",
    "finding",
    "offering",
    "provider_census",
    "reference.profile_accelerator",
    "region",
    "source_coverage",
    "unknown_accelerator",
)
SET_ASIDE = re.compile(r"^\.(?P<night>\d{4}-\d{2}-\d{2})\.\d+\.old$")


def keep_night(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], nights: Path, census_date: date) -> Path:
    """Write the night's folder; one that says the same already is left as it is. Returns the folder.

    One process at a time: the caller holds the lock of the refresh.
    """
    _bring_back(nights)
    night = nights / census_date.isoformat()
    with staging(nights, night.name) as stage:
        for table in tables:
            if table.name in KEPT:
                write_parquet(connection, table, stage / f"{table.name}.parquet")
        if not _same_folder(stage, night):
            _replace_folder(stage, night)
    return night


def _replace_folder(stage: Path, night: Path) -> None:
    old = night.with_name(f".{night.name}.{os.getpid()}.old")
    if night.exists():
        os.rename(night, old)
    os.rename(stage, night)
    shutil.rmtree(old, ignore_errors=True)


def _bring_back(nights: Path) -> None:
    """A process that died between two renames has set a night aside and put nothing in its place."""
    for path in nights.iterdir() if nights.is_dir() else ():
        match = SET_ASIDE.match(path.name)
        if match and not (nights / match["night"]).exists():
            os.rename(path, nights / match["night"])


def _same_folder(one: Path, other: Path) -> bool:
    names = {path.name for path in one.iterdir()}
    there = {path.name for path in other.iterdir()} if other.is_dir() else set()
    return names == there and all(same_file(one / name, other / name) for name in names)
