"""All that the page says, read once from the published database, before it is put into either language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gpu_census.report import comparisons, diffusion, knowledge, operators
from gpu_census.report.country import country_rows
from gpu_census.report.published import Published, Row
from gpu_census.report.regions import read_regions
from gpu_census.report.vintages import HEADLINE, Vintage, vintages_of, worth_showing

MONTH = timedelta(days=31)
COUNTRIES = """
SELECT country_iso2, name_short_en, name_short_zh, in_count_universe, superpower
FROM reference.country
ORDER BY name_short_en, country_iso2
"""
CLOUDS = "SELECT provider, name FROM reference.provider"


@dataclass(frozen=True)
class Facts:
    """The census of one date as the page needs it."""

    census_date: date
    countries: list[Row]
    clouds: dict[str, str]
    vintages: list[Vintage]
    month_before: Vintage
    regions: list[Row]
    rows: list[Row]
    models: list[str]
    arrivals: list[Row]
    spread: list[Row]
    thin: list[tuple[date, date]]
    rules: list[date]
    operators: list[Row]
    gone: dict[str, dict[str, Any]]
    has_stances: bool
    vendors: list[Row]
    changes: dict[str, Any] | None
    sensitivity: list[Row] | None
    replication: list[tuple[str, list[Row]]] | None
    sources: list[Row]
    trust: dict[str, Any]
    evidence: list[Row]
    answers: list[Row]
    phantoms: list[Row]
    unknown: list[Row]

    @property
    def present(self) -> Vintage:
        """The newest vintage: the census itself."""
        return self.vintages[-1]


def read_facts(published: Published) -> Facts:
    """Everything, as of the date of `published`."""
    regions = read_regions(published)
    *vintages, month_before = vintages_of(published, [*worth_showing(published), published.date - MONTH])
    countries = published.rows(COUNTRIES)
    rows, models = country_rows(published, regions, vintages[-1].tiers[HEADLINE])
    counted = {country["country_iso2"] for country in countries if country["in_count_universe"]}
    sources = knowledge.read_sources(published)
    return Facts(
        census_date=published.date,
        countries=countries,
        clouds={row["provider"]: row["name"] for row in published.rows(CLOUDS)},
        vintages=vintages,
        month_before=month_before,
        regions=regions,
        rows=rows,
        models=models,
        arrivals=diffusion.first_arrivals(published),
        spread=diffusion.spread_now(published),
        thin=diffusion.thinly_seen(published),
        rules=diffusion.export_rules(published),
        operators=operators.operator_rows(published, regions),
        gone={code: operators.without_operator(regions, code, counted) for code in ("", "US", "CN")},
        has_stances=bool(operators.read_stances(published)),
        vendors=operators.read_vendors(published),
        changes=comparisons.read_changes(published),
        sensitivity=comparisons.read_sensitivity(published),
        replication=comparisons.read_replication(published),
        sources=sources,
        trust=knowledge.trust(published, sources),
        evidence=knowledge.evidence_by_cloud(published),
        answers=knowledge.answered_months(published, date(2023, 1, 1)),
        phantoms=knowledge.phantom_prices(published),
        unknown=knowledge.unknown_labels(published),
    )
