"""Who runs the accelerators: country by operator, and what would be left without one operator country's companies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gpu_census.report.published import Published, Row
from gpu_census.report.vintages import HEADLINE

KINDS = ("us", "cn", "europe", "home", "other")
STANCES = """
SELECT country_iso2, stance
FROM {compute_sovereignty}
WHERE profile = ? AND accelerator_class = 'any'
"""
VENDORS = """
SELECT vendor, vendor_country_iso2 AS home, sum(regions) AS regions, count(DISTINCT country_iso2) AS countries
FROM {vendor_census}
WHERE profile = ? AND accelerator_class = 'any'
GROUP BY vendor, home
ORDER BY regions DESC, vendor
"""
EUROPE = "SELECT country_iso2 FROM reference.country WHERE un_region = 'Europe'"
STANCE_ORDER = ("superpower", "aligned_us", "aligned_cn", "hedges", "other_foreign", "domestic_only", "none", "")


def operator_rows(published: Published, regions: Iterable[Row]) -> list[Row]:
    """For each country with a counted accelerator: regions by the home of the company that runs them."""
    europe = {row["country_iso2"] for row in published.rows(EUROPE)}
    stances = read_stances(published)
    rows: dict[str, Row] = {}
    for region in regions:
        if not region["reach"]:
            continue
        code = region["country_iso2"]
        row = rows.setdefault(code, {"code": code, "stance": stances.get(code, ""), **dict.fromkeys(KINDS, 0)})
        row[_kind(region["operator"], code, europe)] += 1
    order = {stance: place for place, stance in enumerate(STANCE_ORDER)}
    return sorted(
        rows.values(),
        key=lambda row: (order.get(row["stance"], 99), -sum(row[kind] for kind in KINDS), row["code"]),
    )


def read_stances(published: Published) -> dict[str, str]:
    """The stance of each country, where the census has that table."""
    if not published.has("compute_sovereignty"):
        return {}
    rows = published.rows(STANCES.format(compute_sovereignty=published.of("compute_sovereignty")), [HEADLINE])
    return {row["country_iso2"]: row["stance"] for row in rows}


def read_vendors(published: Published) -> list[Row]:
    """Whose chips they are: regions and countries by vendor, where the census has that table."""
    if not published.has("vendor_census"):
        return []
    return published.rows(VENDORS.format(vendor_census=published.of("vendor_census")), [HEADLINE])


def without_operator(regions: Sequence[Row], operator: str, counted: set[str]) -> dict[str, Any]:
    """How many countries would still reach training, and any accelerator, were one country's companies gone."""
    left = [region for region in regions if region["operator"] != operator and region["country_iso2"] in counted]
    return {
        "training": len({region["country_iso2"] for region in left if region["reach"] == 2}),
        "any": len({region["country_iso2"] for region in left if region["reach"] >= 1}),
    }


def _kind(operator: str | None, country: str, europe: set[str]) -> str:
    if operator == country:
        return "home"
    if operator in ("US", "CN"):
        return operator.lower()
    return "europe" if operator in europe else "other"
