"""Read the published database: read-only, one connection per question, so that a swap is seen at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import duckdb

from gpu_census.errors import CensusError
from gpu_census.home import Home

SOURCES = """
SELECT
    source_coverage.provider,
    source_coverage.source,
    source_coverage.evidence,
    CASE
        WHEN source_coverage.complete AND source_coverage.answered = 0 THEN 'lists ' || source_coverage.asked
        ELSE source_coverage.answered || ' of ' || source_coverage.asked
    END AS regions,
    CASE
        WHEN source_coverage.suspicious > 0 THEN 'suspicious in ' || source_coverage.suspicious || ' regions'
        WHEN source_coverage.complete THEN 'complete'
        WHEN source_coverage.fault = '' THEN 'in part'
        ELSE 'not complete: ' || left(source_coverage.fault, 80) || if(length(source_coverage.fault) > 80, '…', '')
    END AS state,
    coalesce(source_coverage.carried_from, source_coverage.census_date) AS used,
    source_coverage.census_date - used AS age_days,
    CASE WHEN source.positive_only THEN 'proves only what it lists' ELSE source.scope END AS silence_means
FROM source_coverage
JOIN source USING (provider, source)
ORDER BY source_coverage.provider, source_coverage.source
"""
PROVIDERS = """
SELECT
    census.provider,
    provider.name,
    provider.headquarters_country_iso2 AS home,
    census.regions,
    census.gpu_regions,
    census.countries
FROM provider_census AS census
LEFT JOIN reference.provider AS provider USING (provider)
WHERE census.profile = 'extended'
ORDER BY census.regions DESC, census.provider
"""


@dataclass(frozen=True)
class Rows:
    """Column names and rows of an answer."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def read_public(home: Home, query: str, values: Sequence[Any] = ()) -> Rows:
    """Run a query on the published database, with values for its question marks.

    Raises `CensusError` where there is no database, or the query is wrong.
    """
    path = home.public_database
    if not path.exists():
        raise CensusError(f"{path}: there is no published census yet; run `gpu-census refresh`")
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            cursor = connection.execute(query, list(values) or None)
            if cursor is None:
                raise CensusError("the query is empty; try `FROM compute_tier LIMIT 5`")
            columns = [column[0] for column in cursor.description or []]
            return Rows(columns, cursor.fetchall() if columns else [])
    except duckdb.Error as error:
        raise CensusError(f"the query fails: {error}") from None
