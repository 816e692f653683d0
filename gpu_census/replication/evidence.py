"""What the census holds of a date under a profile, region by region: the one place where the database is read.

From it everything that a statement asks is worked out in Python, because the same evidence has to be counted under
hundreds of sets of classes (`class_sets`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import duckdb

# the models and tables that are read, and so what has to be built before
READS = (
    "accelerator_debut",
    "finding",
    "profile_region",
    "reference.profile",
    "reference.profile_accelerator",
    "reference.provider",
)
REGIONS = """
SELECT
    profile_region.provider,
    profile_region.region_code,
    profile_region.country_iso2,
    provider.headquarters_country_iso2 AS operator_iso2,
    profile_region.evidence_on IS NOT NULL AS answered,
    profile_region.open_question
FROM profile_region_as_of(?) AS profile_region
LEFT JOIN reference.provider AS provider USING (provider)
WHERE profile_region.profile = ?
ORDER BY ALL
"""
FINDINGS = """
SELECT
    finding.provider,
    finding.region_code,
    finding.accelerator_model,
    finding.sold_as = 'open' AND list_contains(profile.evidence, finding.finding) AS counted,
    finding.certain,
    finding.whole,
    finding.certainly_whole,
    finding.possibly_whole
FROM finding_as_of(?) AS finding
JOIN reference.profile AS profile ON profile.profile = ?
WHERE finding.accelerator_model <> '' AND finding.sold_as <> 'managed_service'
ORDER BY ALL
"""
REACH = "SELECT accelerator_model, reach FROM reference.profile_accelerator WHERE profile = ?"
DEBUTED = "SELECT DISTINCT accelerator_model FROM accelerator_debut_as_of(?)"
PROVIDERS = "SELECT providers FROM reference.profile WHERE profile = ?"


class Said(NamedTuple):
    """What is said of one model in one region; everything that is said at all is possible."""

    model: str
    counted: bool
    certain: bool
    whole: bool
    certainly_whole: bool
    possibly_whole: bool


@dataclass(frozen=True)
class ObservedRegion:
    """A region of the profile; `open_question` where no answer that still holds settles what is in it."""

    provider: str
    country_iso2: str | None
    operator_iso2: str | None
    answered: bool
    open_question: bool
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Evidence:
    """Everything of one date under one profile. `reach` is the profile's class of each model, 2 for training."""

    census_date: date
    profile: str
    regions: tuple[ObservedRegion, ...]
    reach: Mapping[str, int]
    debuted: frozenset[str]
    providers: tuple[str, ...]

    @property
    def without_answer(self) -> list[str]:
        """Clouds of the profile of which no region has been answered for."""
        answered = {region.provider for region in self.regions if region.answered}
        return [provider for provider in self.providers if provider not in answered]


def read_evidence(connection: duckdb.DuckDBPyConnection, census_date: date, profile: str) -> Evidence:
    """Read the macros of a date."""
    at = [census_date, profile]
    said: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for provider, region_code, *told in connection.execute(FINDINGS, at).fetchall():
        said[provider, region_code].append(Said(*told))
    regions = tuple(
        ObservedRegion(provider, country, operator, answered, is_open, tuple(said[provider, code]))
        for provider, code, country, operator, answered, is_open in connection.execute(REGIONS, at).fetchall()
    )
    named = connection.execute(PROVIDERS, [profile]).fetchall()[0][0]
    return Evidence(
        census_date,
        profile,
        regions,
        dict(connection.execute(REACH, [profile]).fetchall()),
        frozenset(model for (model,) in connection.execute(DEBUTED, [census_date]).fetchall()),
        tuple(sorted(named or {region.provider for region in regions})),
    )
