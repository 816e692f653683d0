"""What is known and what is not: sources and their age, evidence by cloud, who answered when, unreadable labels."""

from __future__ import annotations

from datetime import date
from typing import Any

from gpu_census.report.published import Published, Row
from gpu_census.report.vintages import HEADLINE

STALE_AFTER_DAYS = 180
SOURCES = """
SELECT coverage.provider, coverage.source, coverage.evidence, coverage.asked, coverage.answered, coverage.complete,
    coverage.fault, coalesce(coverage.carried_from, coverage.census_date) AS used_on,
    coverage.carried_from IS NULL AS fresh, source.title, source.scope, source.positive_only
FROM {source_coverage} AS coverage
LEFT JOIN source USING (provider, source)
ORDER BY coverage.provider, coverage.source
"""
CELLS = """
SELECT
    count(*) FILTER (evidence IS NOT NULL) AS cells,
    count(*) FILTER (evidence IN ('stock', 'offering', 'docs')) AS own,
    median(?::DATE - evidence_on) AS median_days,
    count(*) FILTER (stale) AS stale,
    count(DISTINCT (provider, region_code)) FILTER (finding = 'not_observed') AS not_observed
FROM {finding}
"""
# of each region of the headline profile, the best evidence there is
EVIDENCE = """
WITH best AS (
    SELECT level.provider, level.region_code,
        CASE
            WHEN bool_or(finding IN ('confirmed', 'not_listed') AND evidence <> 'price' AND NOT stale) THEN 'seen'
            WHEN bool_or(finding IN ('confirmed', 'not_listed') AND evidence <> 'price') THEN 'stale'
            WHEN bool_or(evidence = 'price') THEN 'price'
            ELSE 'unobserved'
        END AS state
    FROM {region_level} AS level
    LEFT JOIN {finding} USING (provider, region_code)
    WHERE level.profile = ?
    GROUP BY level.provider, level.region_code
)

SELECT provider, state, count(*) AS regions
FROM best
GROUP BY provider, state
ORDER BY provider, state
"""
ANSWERS = """
SELECT provider, valid_from, least(evidence_on, ?::DATE) AS evidence_on
FROM coverage_history
WHERE answered AND valid_from <= ?::DATE
ORDER BY provider, valid_from
"""
PHANTOMS = """
SELECT provider, accelerator_model AS model, count(*) AS regions
FROM {finding}
WHERE finding = 'contradicted'
GROUP BY provider, model
ORDER BY regions DESC, provider, model
LIMIT 12
"""
UNKNOWN = """
SELECT provider, accelerator_label AS label, reason, count(DISTINCT region_code) AS regions, min(first_seen_on) AS since
FROM {unknown_accelerator}
GROUP BY provider, label, reason
ORDER BY regions DESC, provider, label
LIMIT 20
"""


def read_sources(published: Published) -> list[Row]:
    """Every source with what it answered and how old what is used of it is."""
    rows = published.rows(SOURCES.format(source_coverage=published.of("source_coverage")))
    return [{**row, "age": (published.date - row["used_on"]).days if row["used_on"] else None} for row in rows]


def trust(published: Published, sources: list[Row]) -> dict[str, Any]:
    """The five numbers of the strip under the map."""
    (cells,) = published.rows(CELLS.format(finding=published.of("finding")), [published.date])
    whole = cells["cells"] or 1
    return {
        "fresh": sum(source["fresh"] for source in sources),
        "sources": len(sources),
        "own_percent": round(100 * cells["own"] / whole),
        "median_days": round(cells["median_days"] or 0),
        "stale_percent": round(100 * cells["stale"] / whole),
        "not_observed": cells["not_observed"],
    }


def evidence_by_cloud(published: Published) -> list[Row]:
    """How many regions of each cloud are seen, seen long ago, known by price only, or not observed."""
    query = EVIDENCE.format(region_level=published.of("region_level"), finding=published.of("finding"))
    return published.rows(query, [HEADLINE])


def answered_months(published: Published, first: date) -> list[Row]:
    """For each cloud and month: answered, carried forward (up to 180 days), or older; none before the first answer."""
    runs: dict[str, list[tuple[date, date]]] = {}
    for row in published.rows(ANSWERS, [published.date, published.date]):
        runs.setdefault(row["provider"], []).append((row["valid_from"], row["evidence_on"]))
    found = []
    for provider, spans in sorted(runs.items()):
        for start, end in _months(first, published.date):
            if state := _state(spans, start, end):
                found.append({"provider": provider, "month": start, "end": end, "state": state})
    return found


def phantom_prices(published: Published) -> list[Row]:
    """Where prices are advertised for what a better source does not list."""
    return published.rows(PHANTOMS.format(finding=published.of("finding")))


def unknown_labels(published: Published) -> list[Row]:
    """Labels that map to no model, or that a cloud masks."""
    return published.rows(UNKNOWN.format(unknown_accelerator=published.of("unknown_accelerator")))


def _state(spans: list[tuple[date, date]], start: date, end: date) -> str:
    if any(begun < end and seen >= start for begun, seen in spans):
        return "answered"
    before = [seen for _, seen in spans if seen < start]
    if not before:
        return ""
    return "carried" if (start - max(before)).days <= STALE_AFTER_DAYS else "older"


def _months(first: date, last: date) -> list[tuple[date, date]]:
    """Months as their first day and the first day of the next."""
    found, start = [], first.replace(day=1)
    while start <= last:
        after = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        found.append((start, after))
        start = after
    return found
