"""Country by country: the rows of the big table, and what "my country" says of each.

What belongs here: counting a country's regions, and saying which of them decide its tier and what would change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gpu_census.report.language import Language
from gpu_census.report.published import Published, Row
from gpu_census.report.regions import place_of
from gpu_census.report.vintages import HEADLINE, RANKS, Vintage

TIERS = ("desert", "south", "north")
NAMED = 3  # regions that a sentence names before it says "and so many more"
MODELS = """
SELECT country_iso2, accelerator_model AS model, regions
FROM {country_accelerator}
JOIN reference.profile_accelerator AS counted USING (profile, accelerator_model)
JOIN reference.accelerator AS chip USING (accelerator_model)
WHERE profile = ? AND regions > 0 AND counted.reach > 0
ORDER BY counted.reach DESC, chip.tpp DESC NULLS LAST, model
"""


def country_rows(published: Published, regions: Iterable[Row], tiers: dict[str, Row]) -> tuple[list[Row], list[str]]:
    """One row for each country with a region, the most training regions first, and the models they list."""
    rows: dict[str, Row] = {}
    for region in regions:
        row = rows.setdefault(region["country_iso2"], _empty(region["country_iso2"], tiers))
        row["regions"] += 1
        for kind, rank in (("any", 1), ("training", 2)):
            for place, column in enumerate(("reach", "reach_at_least", "reach_at_most")):
                row[kind][place] += region[column] >= rank
    models: list[str] = []
    for found in published.rows(MODELS.format(country_accelerator=published.of("country_accelerator")), [HEADLINE]):
        if found["country_iso2"] in rows:
            rows[found["country_iso2"]]["models"][found["model"]] = found["regions"]
            if found["model"] not in models:
                models.append(found["model"])
    ordered = sorted(rows.values(), key=lambda row: (-row["training"][2], -row["any"][2], -row["regions"], row["code"]))
    return ordered, models


def _empty(code: str, tiers: dict[str, Row]) -> Row:
    return {"code": code, "tier": tiers[code], "regions": 0, "any": [0, 0, 0], "training": [0, 0, 0], "models": {}}


def my_countries(
    countries: Sequence[Row], regions: Sequence[Row], vintages: Sequence[Vintage], words: Language
) -> dict[str, Any]:
    """What "my country" shows of every country and territory, ready to be written out."""
    inside: dict[str, list[Row]] = {}
    for region in regions:
        inside.setdefault(region["country_iso2"], []).append(region)
    present = vintages[-1].tiers
    return {
        country["country_iso2"]: {
            "name": words.country(country),
            "also": country["name_short_en"] if words.code == "zh" else country["name_short_zh"],
            "tiers": {
                profile: [
                    tiers[country["country_iso2"]][column] for column in ("tier", "tier_at_least", "tier_at_most")
                ]
                for profile, tiers in present.items()
            },
            "regions": [_told(region, words) for region in _deciding_first(inside.get(country["country_iso2"], []))],
            "change": what_would_change(
                country, present[HEADLINE][country["country_iso2"]], inside.get(country["country_iso2"], []), words
            ),
            "past": [
                [words.day(vintage.date), vintage.tiers[HEADLINE][country["country_iso2"]]["tier"]]
                for vintage in vintages
                if country["country_iso2"] in inside
            ],
        }
        for country in countries
    }


def what_would_change(country: Row, tier: Row, regions: Sequence[Row], words: Language) -> list[str]:
    """Sentences that say what stands between this tier and another."""
    name, rank = words.country(country), RANKS[tier["tier"]]
    if not regions:
        return [words.say("mine.no_region", country=name, clouds=tier["providers_asked"])]
    return [
        *_upward(name, rank, RANKS[tier["tier_at_most"]], regions, words),
        *_downward(name, rank, RANKS[tier["tier_at_least"]], regions, words),
    ]


def _upward(name: str, rank: int, at_most: int, regions: Sequence[Row], words: Language) -> Iterable[str]:
    if at_most <= rank:
        return
    open_regions = [region for region in regions if region["reach_at_most"] > rank]
    for region in open_regions[:NAMED]:
        best, why = _open_question(region, rank)
        yield words.say(
            f"mine.{why}",
            cloud=words.cloud(region["provider"], region["provider_name"]),
            place=place_of(region),
            model=best["model"] if best else "",
            day=words.day(best["evidence_on"]) if best else "",
            chip=words.term("chips_for", TIERS[region["reach_at_most"]]),
            country=name,
            tier=words.term("tiers", TIERS[region["reach_at_most"]]),
        )
    if len(open_regions) > NAMED:
        yield words.say("mine.more", count=len(open_regions) - NAMED)


def _open_question(region: Row, rank: int) -> tuple[Row | None, str]:
    """Why a region could reach more than is counted, and the finding that says so."""
    findings = region["findings"]
    if any(finding["finding"] == "not_observed" for finding in findings) or not findings:
        return None, "never_observed"
    for kind in ("contradicted", "priced_only"):
        for finding in findings:
            if finding["finding"] == kind and finding["reach"] > rank:
                return finding, kind
    stale = [finding for finding in findings if finding["evidence_on"]]
    return (max(stale, key=lambda finding: finding["evidence_on"]), "long_ago") if stale else (None, "never_observed")


def _downward(name: str, rank: int, at_least: int, regions: Sequence[Row], words: Language) -> Iterable[str]:
    carrying = [region for region in regions if region["reach"] >= rank]
    if not rank:
        return
    if at_least < rank:
        yield words.say(
            "mine.by_certain_alone",
            count=len(carrying),
            reached=words.term("tiers", TIERS[rank]),
            country=name,
            tier=words.term("tiers", TIERS[at_least]),
        )
    if len(carrying) == 1:
        (region,) = carrying
        best = next((finding for finding in region["findings"] if finding["reach"] >= rank), None)
        others = max((other["reach"] for other in regions if other is not region), default=0)
        lesser = max(
            (f["reach"] for f in region["findings"] if f["reach"] < rank and f["finding"] == "confirmed"), default=0
        )
        yield words.say(
            "mine.one_region",
            cloud=words.cloud(region["provider"], region["provider_name"]),
            place=place_of(region),
            model=best["model"] if best else "",
            country=name,
            tier=words.term("tiers", TIERS[max(others, lesser)]),
        )
    elif at_least == rank:
        yield words.say("mine.settled", count=len(carrying), country=name, tier=words.term("tiers", TIERS[rank]))


def _deciding_first(regions: Sequence[Row]) -> list[Row]:
    return sorted(
        regions, key=lambda region: (-region["reach"], -region["reach_at_most"], region["provider"], region["code"])
    )


def _told(region: Row, words: Language) -> dict[str, Any]:
    """A region and its best finding, as the table in "my country" shows it."""
    best = region["findings"][0] if region["findings"] else None
    counted = [
        finding["model"] for finding in region["findings"] if finding["reach"] and finding["finding"] == "confirmed"
    ]
    return {
        "cloud": words.cloud(region["provider"], region["provider_name"]),
        "region": f"{place_of(region)} ({region['code']})",
        "model": (best["model"] if best else "") or "",
        "more": max(0, len(counted) - 1),
        "finding": words.term("findings", best["finding"] if best else "not_observed"),
        "evidence": words.term("evidence", best["evidence"]) if best and best["evidence"] else "",
        "day": best["evidence_on"].isoformat() if best and best["evidence_on"] else "",
        "stale": bool(best and best["stale"]),
        "digest": (best["digest"] or "")[:12] if best else "",
    }
