"""The tables that SQL models may read: what Python writes, and how each looks on a given date.

A history-backed table has rows of all dates; `<name>_as_of(date)` is what of it holds on one. SQL models only name
the table: the loader puts the macro in its place, so that nobody writes a validity predicate by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandera.polars as pa

from gpu_census.census.history import SCHEMAS
from gpu_census.reference import schemas as reference
from gpu_census.reference.tables import TABLES

INTERVAL = (
    "SELECT * FROM main.{name} WHERE valid_from <= CAST(as_of AS DATE) "
    "AND (valid_to IS NULL OR valid_to > CAST(as_of AS DATE))"
)
OBSERVED = "SELECT * FROM main.{name} WHERE observed_on <= CAST(as_of AS DATE)"
CENSUS = "SELECT CAST(as_of AS DATE) AS census_date"

AS_OF = {
    "census": CENSUS,
    "region_history": INTERVAL,
    "offering_history": INTERVAL,
    "sighting_history": INTERVAL,
    "coverage_history": INTERVAL,
    "accelerator_debut": INTERVAL,
    "observation": OBSERVED,
    "suspicious_answer": OBSERVED,
}
REFERENCE_MODELS: dict[str, type[pa.DataFrameModel]] = {
    **TABLES,
    "profile": reference.Profile,
    "profile_accelerator": reference.ProfileAccelerator,
}


@dataclass(frozen=True)
class Relation:
    """A table that Python writes. `as_of` is the SELECT of its macro, None where it does not depend on the date."""

    name: str
    description: str
    columns: dict[str, str]
    as_of: str | None = None


def described_columns(model: type[pa.DataFrameModel]) -> dict[str, str]:
    """Column names and descriptions of a pandera model."""
    return {name: column.description or "" for name, column in model.to_schema().columns.items()}


def base_relations() -> dict[str, Relation]:
    """Every relation that is not a SQL model, by the name SQL knows it under."""
    relations = {
        "census": Relation(
            "census",
            "The date this census is of: one row.",
            {"census_date": "The census date"},
            CENSUS,
        )
    }
    for name, model in SCHEMAS.items():
        as_of = AS_OF[name].format(name=name) if name in AS_OF else None
        relations[name] = Relation(name, table_description(model), described_columns(model), as_of)
    for table, model in REFERENCE_MODELS.items():
        name = f"reference.{table}"
        relations[name] = Relation(name, table_description(model), described_columns(model))
    return relations


def interval_relation(name: str, description: str, columns: dict[str, str], *, is_history: bool) -> Relation:
    """A SQL model of all dates, as other models see it."""
    return Relation(name, description, columns, INTERVAL.format(name=name) if is_history else None)


def table_description(model: type[pa.DataFrameModel]) -> str:
    """The first paragraph of a pandera model's docstring, on one line."""
    return " ".join((model.__doc__ or "").strip().split("\n\n")[0].split())
