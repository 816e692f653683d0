"""How each generation of chips spread: first arrivals by country as windows in time, and how much was seen then."""

from __future__ import annotations

from datetime import date

from gpu_census.report.published import Published, Row

# one panel of the chart for each, in the order in which they came
GENERATIONS = {
    "V100": "v100",
    "A100 · A800": "ampere",
    "H100 · H200 · H20": "hopper",
    "B200 · B300 · GB200 · GB300": "blackwell",
}
# what only a price has shown is no arrival; where a price came first, the better sighting after it counts
ARRIVALS = """
WITH seen AS (
    SELECT
        arrival.country_iso2,
        arrival.accelerator_model AS model,
        arrival.provider,
        coalesce(arrival.not_before_on, DATE '0001-01-01') AS not_before_on,
        CASE WHEN arrival.evidence = 'price' THEN arrival.proved_on ELSE arrival.first_seen_on END AS seen_on,
        CASE
            WHEN arrival.accelerator_model = 'V100' THEN 'v100'
            WHEN arrival.accelerator_model IN ('A100', 'A800') THEN 'ampere'
            WHEN chip.family = 'Hopper' THEN 'hopper'
            WHEN chip.family IN ('Blackwell', 'Rubin') AND chip.extended_class = 'training' THEN 'blackwell'
        END AS generation
    FROM accelerator_arrival AS arrival
    JOIN reference.accelerator AS chip ON chip.accelerator_model = arrival.accelerator_model
)

SELECT
    seen.generation,
    country.country_iso2 AS code,
    country.name_short_en,
    country.name_short_zh,
    arg_min(seen.model, seen.seen_on) AS model,
    arg_min(seen.provider, seen.seen_on) AS provider,
    arg_min(seen.not_before_on, seen.seen_on) AS not_before_on,
    min(seen.seen_on) AS first_seen_on
FROM seen
JOIN reference.country AS country ON country.country_iso2 = seen.country_iso2
WHERE seen.generation IS NOT NULL AND seen.seen_on <= ?
GROUP BY seen.generation, code, country.name_short_en, country.name_short_zh
ORDER BY seen.generation, first_seen_on, code
"""
SPREAD = """
SELECT month, accelerator_model AS model, countries, countries_at_least, countries_at_most
FROM accelerator_diffusion
WHERE profile = 'extended' AND accelerator_model IN ('V100', 'A100', 'H100', 'H200', 'B200')
    AND month = (SELECT max(month) FROM accelerator_diffusion WHERE month <= ?)
ORDER BY list_position(['V100', 'A100', 'H100', 'H200', 'B200'], model)
"""
# of the regions that there were at the end of each month, those with an answer of the 180 days before
SEEN = """
SELECT month_end, count(DISTINCT (there.provider, there.region_code)) AS regions,
    count(DISTINCT (there.provider, there.region_code)) FILTER (coverage.answered) AS observed
FROM (SELECT last_day(unnest(generate_series(DATE '2023-01-01', ?::DATE, INTERVAL 1 MONTH))::DATE) AS month_end)
JOIN region_history AS there
    ON there.valid_from <= month_end AND (there.valid_to IS NULL OR there.valid_to > month_end)
LEFT JOIN coverage_history AS coverage
    ON coverage.provider = there.provider AND coverage.region_code = there.region_code AND coverage.answered
    AND coverage.valid_from <= month_end AND coverage.evidence_on >= month_end - 180
GROUP BY month_end
ORDER BY month_end
"""
RULES = """
SELECT DISTINCT valid_from AS day
FROM reference.export_rule
WHERE rule LIKE 'BIS rule%' AND valid_from <= ?
ORDER BY day
"""


def first_arrivals(published: Published) -> list[Row]:
    """The first sighting of each generation in each country, with the last day it was known not to be there."""
    if not published.has("accelerator_arrival"):
        return []
    ranks: dict[str, int] = {}
    found = []
    for row in published.rows(ARRIVALS, [published.date]):
        ranks[row["generation"]] = ranks.get(row["generation"], 0) + 1
        since = row["not_before_on"] if row["not_before_on"].year > 1 else None
        found.append({**row, "rank": ranks[row["generation"]], "not_before_on": since})
    return found


def spread_now(published: Published) -> list[Row]:
    """Countries that list the models that mark a generation, with their bounds, in the newest month."""
    return published.rows(SPREAD, [published.date]) if published.has("accelerator_diffusion") else []


def thinly_seen(published: Published, share: float = 0.8) -> list[tuple[date, date]]:
    """Months in which less than this share of the regions had an answer of the half-year before."""
    months = [
        (row["month_end"].replace(day=1), row["month_end"])
        for row in published.rows(SEEN, [published.date])
        if row["observed"] < share * row["regions"]
    ]
    merged: list[tuple[date, date]] = []
    for start, end in months:
        if merged and (start - merged[-1][1]).days <= 1:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def export_rules(published: Published) -> list[date]:
    """The days on which US export rules for chips came into force."""
    return [row["day"] for row in published.rows(RULES, [published.date])]
