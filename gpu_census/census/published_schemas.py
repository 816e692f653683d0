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


# what no table may hold: by the name of the check, what is true instead and a SELECT of what breaks it
IMPOSSIBLE: dict[str, dict[str, tuple[str, str]]] = {
    "region": {
        "in_one_country": (
            "No region is in two countries.",
            "SELECT provider, region_code, list(DISTINCT country_iso2 ORDER BY country_iso2) AS countries FROM region "
            "GROUP BY provider, region_code HAVING count(DISTINCT country_iso2) > 1",
        ),
        "nothing_seen_later": (
            "Nothing was seen after the census date.",
            "SELECT provider, region_code, first_seen_on, last_seen_on FROM region "
            "WHERE first_seen_on > census_date OR last_seen_on > census_date",
        ),
    },
    "offering": {
        "nothing_seen_later": (
            "Nothing was seen after the census date, or last before it was first seen.",
            "SELECT provider, region_code, instance_type, first_seen_on, last_seen_on FROM offering "
            "WHERE last_seen_on > census_date OR first_seen_on > last_seen_on",
        ),
    },
    "finding": {
        "no_newer_evidence": (
            "No evidence is newer than the census date.",
            "SELECT provider, region_code, accelerator_model, evidence_on FROM finding WHERE evidence_on > census_date",
        ),
        "evidence_is_dated": (
            "Every finding but not_observed has a dated evidence.",
            "SELECT provider, region_code, accelerator_model, finding FROM finding "
            "WHERE finding <> 'not_observed' AND evidence_on IS NULL",
        ),
        "model_where_listed": (
            "The model is empty for not_listed and not_observed, and for them alone.",
            "SELECT provider, region_code, accelerator_model, finding FROM finding "
            "WHERE (accelerator_model = '') <> (finding IN ('not_listed', 'not_observed'))",
        ),
    },
}
NEVER_EMPTY = ("region", "finding", "country_census", "compute_tier")
PUBLISHED_SCHEMAS: dict[str, type[pa.DataFrameModel]] = {
    "region": Region,
    "offering": Offering,
    "finding": Finding,
}
