"""The census beside others: itself of before, itself under other rules, and the studies that it continues."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gpu_census.report.language import Language
from gpu_census.report.published import Published, Row
from gpu_census.report.vintages import HEADLINE

SHOWN_CHANGES = 60
PERIODS = {"night": 1, "month": 31, "year": 366}
CHANGES = """
SELECT changed_on, kind, cause, certainty, change.provider, change.region_code, change.country_iso2,
    accelerator_model, observed_before_on, detail, fact.city, fact.region_name
FROM census_change AS change
LEFT JOIN region_fact AS fact USING (provider, region_code)
WHERE changed_on <= ?::DATE AND changed_on > ?::DATE - 366 AND (profile IS NULL OR profile = ?)
ORDER BY changed_on DESC, kind, change.country_iso2, provider, region_code, accelerator_model, detail
"""
SENSITIVITY = """
SELECT variant, choice, country_iso2, tier, base_tier, counted_in_iso2
FROM {tier_sensitivity}
WHERE differs
ORDER BY choice, variant, base_tier, country_iso2
"""
VARIANTS = "SELECT variant, choice, title_en, title_zh FROM reference.variant ORDER BY choice, variant"
# each study on its own date; the same statements on the census date stay in the table
REPLICATION = """
SELECT *
FROM replication
QUALIFY census_date = min(census_date) OVER (PARTITION BY study)
ORDER BY study DESC, statement_id
"""
MOVE = re.compile(r"(?P<before>\w+) → (?P<after>\w+)(?: by (?P<by>.*))?")


def read_changes(published: Published) -> dict[str, Any] | None:
    """The changes of the last year: the newest in full, the rest by cause; None where the census has no such table."""
    if not published.has("census_change"):
        return None
    rows = published.rows(CHANGES, [published.date, published.date, HEADLINE])
    counted = {
        period: {
            cause: sum(
                row["cause"] == cause and row["changed_on"] > published.date - timedelta(days=days) for row in rows
            )
            for cause in sorted({row["cause"] for row in rows})
        }
        for period, days in PERIODS.items()
    }
    tiers = [row for row in rows if row["kind"] == "tier_changed"]
    others = [row for row in rows if row["kind"] != "tier_changed"]
    return {
        "counted": counted,
        "tiers": tiers,
        "shown": others[:SHOWN_CHANGES],
        "left": max(0, len(others) - SHOWN_CHANGES),
    }


def read_sensitivity(published: Published) -> list[Row] | None:
    """Every variant with the countries whose tier it changes; None where the census has no such table."""
    if not published.has("tier_sensitivity", "variant"):
        return None
    changed: dict[str, list[Row]] = {}
    for row in published.rows(SENSITIVITY.format(tier_sensitivity=published.of("tier_sensitivity"))):
        changed.setdefault(row["variant"], []).append(row)
    return [
        {**row, "changed": changed.get(row["variant"], [])}
        for row in published.rows(VARIANTS)
        if row["variant"] != HEADLINE
    ]


def read_replication(published: Published) -> list[tuple[str, list[Row]]] | None:
    """Published statements beside ours, study by study; None where the census has no such table."""
    if not published.has("replication"):
        return None
    studies: dict[str, list[Row]] = {}
    for row in published.rows(REPLICATION):
        studies.setdefault(row["study"], []).append(row)
    return list(studies.items())


def answer_in_words(row: Row, column: str, names: Mapping[str, str], words: Language) -> str:
    """An answer to a statement: a number as it is, countries by name."""
    told = row[column]
    if told is None:
        return words.say("replication.no_answer")
    if row["kind"] != "which":
        return str(told)
    codes = [] if told == "none" else told.split(", ")
    return words.listed([names.get(code, code) for code in codes]) or words.say("words.none")


def bounds_in_words(row: Row) -> str:
    """The range of an answer; of countries, how many they are at least and at most."""
    least, most = row["ours_at_least"], row["ours_at_most"]
    if least is None or most is None:
        return ""
    if row["kind"] == "which":
        least, most = (0 if told == "none" else len(told.split(", ")) for told in (least, most))
    return f"({least}-{most})"


def change_in_words(row: Row, words: Language) -> str:
    """What changed, in the words of the page."""
    kind = words.term("kinds", row["kind"]).replace("{model}", row["accelerator_model"] or "")
    found = MOVE.fullmatch(row["detail"] or "")
    if row["kind"] not in ("tier_changed", "finding_changed") or not found:
        return kind
    group = "tiers" if row["kind"] == "tier_changed" else "findings"
    move = f"{words.term(group, found['before'])} → {words.term(group, found['after'])}"
    return words.say("changes.by", move=move, by=found["by"]) if found["by"] else f"{kind}: {move}"
