"""The three tables everything is counted from, read back from the build and checked whole before publishing.

Their columns are described in the headers of `dbt_like_sql/`; here stand only the checks that a header cannot state.
"""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from gpu_census.census import vocabulary


class Region(pa.DataFrameModel):
    """Regions that exist: each once, in one country."""

    census_date: pl.Date
    provider: str
    region_code: str
    country_iso2: str = pa.Field(nullable=True, str_matches=r"^[A-Z]{2}$")
    latitude: float = pa.Field(nullable=True, ge=-90, le=90)
    longitude: float = pa.Field(nullable=True, ge=-180, le=180)
    cloud_partition: str = pa.Field(isin=vocabulary.PARTITIONS)
    access: str = pa.Field(isin=vocabulary.ACCESS)

    class Config:
        """Checks over whole rows."""

        unique = ["provider", "region_code"]  # noqa: RUF012


class Offering(pa.DataFrameModel):
    """What can be rented: no count below zero, no price of nothing, known levels."""

    census_date: pl.Date
    accelerator_count: float = pa.Field(nullable=True, gt=0)
    price_per_hour: float = pa.Field(nullable=True, gt=0)
    status: str = pa.Field(isin=vocabulary.STATUSES)
    evidence: str = pa.Field(isin=vocabulary.EVIDENCE)


class Finding(pa.DataFrameModel):
    """What the evidence says: one finding per region and model."""

    census_date: pl.Date
    provider: str
    region_code: str
    accelerator_model: str
    finding: str = pa.Field(isin=vocabulary.FINDINGS)
    evidence: str = pa.Field(nullable=True, isin=vocabulary.EVIDENCE)

    class Config:
        """Checks over whole rows."""

        unique = ["provider", "region_code", "accelerator_model"]  # noqa: RUF012


# SQL conditions that no row of a table may meet
IMPOSSIBLE: dict[str, dict[str, str]] = {
    "region": {"seen_after_census_date": "first_seen_on > census_date OR last_seen_on > census_date"},
    "offering": {"seen_after_census_date": "last_seen_on > census_date OR first_seen_on > last_seen_on"},
    "finding": {
        "evidence_after_census_date": "evidence_on > census_date",
        "finding_without_evidence": "finding <> 'not_observed' AND evidence_on IS NULL",
        "model_without_listing": "(accelerator_model = '') <> (finding IN ('not_listed', 'not_observed'))",
    },
}
NEVER_EMPTY = ("region", "finding", "country_census", "compute_tier")
PUBLISHED_SCHEMAS: dict[str, type[pa.DataFrameModel]] = {
    "region": Region,
    "offering": Offering,
    "finding": Finding,
}
