"""Build a census in memory, without Dagster: listing, histories, reference tables, SQL models.

The steps are the package's own; only the orchestration is left out. For tests that ask what the numbers are.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from gpu_census.archive import cells as archive_cells
from gpu_census.archive.reading import providers_in
from gpu_census.assets.plan import Plan
from gpu_census.assets.reference import reference_rows
from gpu_census.census.history import SCHEMAS, histories
from gpu_census.census.listing import gather
from gpu_census.census.listing_files import read_listings, write_listing
from gpu_census.warehouse.build import begin_build, build_model, write_relation
from gpu_census.warehouse.relations import REFERENCE_MODELS
from gpu_census.warehouse.sql_models import SqlModel

OFFERING_COLUMNS = list(archive_cells.OFFERING_COLUMNS)
REGION_COLUMNS = list(archive_cells.REGION_COLUMNS)


def census_of(archives: Sequence[Path], census_date: date, *, only: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
    """A database with every table and macro, of these archives, as of a date; `only` some models and what they read."""
    plan = Plan(tuple(archives))
    with tempfile.TemporaryDirectory() as folder:
        providers = sorted({provider for archive in archives for provider in providers_in(archive)})
        for provider in providers:
            write_listing(Path(folder), provider, gather(provider, archives))
        tables = histories(read_listings(Path(folder), providers))
    connection = duckdb.connect()
    begin_build(connection, plan.relations["census"], census_date)
    for name in SCHEMAS:
        write_relation(connection, plan.relations[name], getattr(tables, name))
    for name in REFERENCE_MODELS:
        write_relation(connection, plan.relations[f"reference.{name}"], reference_rows(name))
    for model in _with_upstream(plan.models, only):
        build_model(connection, model, plan.relations, plan.models)
    return connection


def _with_upstream(models: Sequence[SqlModel], names: Sequence[str]) -> list[SqlModel]:
    """The models of these names and all they read, in order; all where none is named."""
    wanted = set(names or [model.name for model in models])
    for model in reversed(models):
        if model.name in wanted:
            wanted.update(model.upstream)
    return [model for model in models if model.name in wanted]


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries."""
    return pl.DataFrame(connection.sql(query)).to_dicts()


def write_source(archive: Path, provider: str, source: str, **card: Any) -> Path:
    """Write a `source.toml`; `title` and `evidence` have defaults, everything else only when given."""
    folder = archive / provider / source
    folder.mkdir(parents=True, exist_ok=True)
    stated = {"title": f"{provider} {source}", "evidence": "offering"} | card
    lines = [f"{name} = {_toml(value)}" for name, value in stated.items()]
    (folder / "source.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_listing_files(
    archive: Path,
    provider: str,
    source: str,
    day: str,
    *,
    regions: Sequence[dict[str, Any]],
    offerings: Sequence[dict[str, Any]] = (),
) -> Path:
    """Write one dated listing; `answered` is true unless a region says otherwise, missing cells are empty."""
    folder = archive / provider / source / day
    folder.mkdir(parents=True, exist_ok=True)
    told = [{"answered": "true"} | region for region in regions]
    for path, columns, listed in (
        (folder / "regions.csv", REGION_COLUMNS, told),
        (folder / "offerings.csv", OFFERING_COLUMNS, list(offerings)),
    ):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(listed)
    return folder


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, int | float):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
