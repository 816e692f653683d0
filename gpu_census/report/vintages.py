"""The tiers on every date worth showing: the paper's, the follow-up's, half-years, and the present.

What belongs here: which dates, the tier of each country with its bounds, and the counts that the first sentence names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gpu_census.report.published import Published, Row

HEADLINE = "extended"
RANKS = {"desert": 0, "south": 1, "north": 2}
PAPER, FOLLOW_UP = date(2023, 11, 20), date(2024, 11, 17)

# asked of a country: can it train (rank 2), or has it any AI chip (rank 1), by which profile
MODES = {"training": (HEADLINE, 2), "any": (HEADLINE, 1), "paper": ("paper2024", 2), "followup": ("followup2025", 2)}

TIERS = """
SELECT tier.census_date, tier.profile, tier.country_iso2, tier.tier, tier.tier_at_least, tier.tier_at_most,
    tier.deciding_finding, tier.superpower, tier.in_count_universe, tier.providers_asked
FROM {compute_tier} AS tier
"""
OPERATORS = """
SELECT level.census_date, level.profile, level.country_iso2, max(level.reach) AS reach,
    region_fact.operator_country_iso2 AS operator
FROM {region_level} AS level
JOIN region_fact USING (provider, region_code)
JOIN reference.country AS country ON country.country_iso2 = level.country_iso2
WHERE country.in_count_universe
GROUP BY level.census_date, level.profile, level.country_iso2, operator
"""


@dataclass(frozen=True)
class Count:
    """A number of countries with what is certain and what is possible."""

    count: int
    at_least: int
    at_most: int


@dataclass(frozen=True)
class Vintage:
    """The tiers of one date under every profile."""

    date: date
    tiers: dict[str, dict[str, Row]] = field(default_factory=dict)
    run_from: dict[tuple[str, int], Counter[str]] = field(default_factory=dict)

    def reached(self, mode: str) -> Count:
        """Countries that reach what a mode asks for."""
        profile, rank = MODES[mode]
        rows = [row for row in self.tiers[profile].values() if row["in_count_universe"]]
        least, count, most = (
            sum(RANKS[row[column]] >= rank for row in rows) for column in ("tier_at_least", "tier", "tier_at_most")
        )
        return Count(count, least, most)

    def in_tier(self, profile: str, tier: str) -> Count:
        """Countries of a tier; certain where both bounds agree on it, possible where it lies between them."""
        rank = RANKS[tier]
        rows = [row for row in self.tiers[profile].values() if row["in_count_universe"]]
        bounds = [(RANKS[row["tier_at_least"]], RANKS[row["tier_at_most"]]) for row in rows]
        return Count(
            sum(row["tier"] == tier for row in rows),
            sum(low == high == rank for low, high in bounds),
            sum(low <= rank <= high for low, high in bounds),
        )

    def run_by(self, mode: str, operator: str) -> int:
        """Countries in which companies of an operator country run what a mode asks for."""
        return self.run_from.get(MODES[mode], Counter())[operator]

    def universe(self) -> int:
        """How many countries and territories are counted at all."""
        return sum(bool(row["in_count_universe"]) for row in self.tiers[HEADLINE].values())

    def moves_since(self, before: Vintage, mode: str) -> tuple[list[str], list[str]]:
        """Countries that reach now what they did not then, and the reverse."""
        profile, rank = MODES[mode]
        now, then = (
            {code for code, row in vintage.tiers[profile].items() if RANKS[row["tier"]] >= rank}
            for vintage in (self, before)
        )
        return sorted(now - then), sorted(then - now)


def worth_showing(published: Published) -> list[date]:
    """The dates of the selector, earliest first: those on which something is known of at least one accelerator."""
    first = published.rows("SELECT min(valid_from) AS first FROM offering_history")[0]["first"]
    years = range(PAPER.year, published.date.year + 1)
    wanted = {PAPER, FOLLOW_UP, *(date(year, *end) for year in years for end in ((6, 30), (12, 31)))}
    past = sorted(day for day in wanted if first and max(first, PAPER) <= day < published.date)
    return [*past, published.date]


def vintages_of(published: Published, days: Sequence[date]) -> list[Vintage]:
    """The tiers of each of these dates."""
    found = {day: Vintage(day) for day in days}
    for row in published.rows(TIERS.format(compute_tier=published.on_days("compute_tier", list(found)))):
        found[row["census_date"]].tiers.setdefault(row["profile"], {})[row["country_iso2"]] = row
    for row in published.rows(OPERATORS.format(region_level=published.on_days("region_level", list(found)))):
        run_from = found[row["census_date"]].run_from
        for rank in (1, 2):
            if row["reach"] >= rank and row["operator"]:
                run_from.setdefault((row["profile"], rank), Counter())[row["operator"]] += 1
    return [found[day] for day in days]


def shade(row: Row) -> str:
    """How a country is drawn: its tier, with `?` where the bounds disagree; `unknown` where nothing was observed."""
    if row["tier"] == "desert" and row["deciding_finding"] == "not_observed":
        return "unknown"
    return row["tier"] + ("" if row["tier_at_least"] == row["tier_at_most"] else "?")


def drawn(vintage: Vintage, profile: str) -> dict[str, list[Any]]:
    """What the page keeps of each country on a date: shade and both bounds; plain deserts are left out."""
    return {
        code: [shade(row), row["tier_at_least"], row["tier_at_most"]]
        for code, row in vintage.tiers[profile].items()
        if shade(row) != "desert"
    }
