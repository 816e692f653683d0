-- description: The newest complete answer of each source for each region.
-- grain: provider, source, region_code
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   provider varchar: The cloud. [not_null]
--   source varchar: Which of its sources answered. [not_null]
--   region_code varchar: The provider's own code of the region. [not_null]
--   evidence varchar: Evidence level of the source. [accepted_values: stock, offering, docs, price]
--   evidence_rank bigint: 1 for stock and offering, 2 for docs, 3 for price; smaller is better. [not_null]
--   positive_only boolean: Whether the source proves only what it lists. [not_null]
--   evidence_on date: The day of the answer. [not_null]
--   stale boolean: Whether the answer is older than 180 days. [not_null]
WITH newest AS (
    SELECT
        coverage_history.provider,
        coverage_history.source,
        coverage_history.region_code,
        max(coverage_history.evidence_on) AS last_on
    FROM coverage_history
    WHERE coverage_history.answered
    GROUP BY coverage_history.provider, coverage_history.source, coverage_history.region_code
)

SELECT
    census.census_date,
    newest.provider,
    newest.source,
    newest.region_code,
    source.evidence,
    source.evidence_rank,
    source.positive_only,
    least(newest.last_on, census.census_date) AS evidence_on,
    is_stale(least(newest.last_on, census.census_date), census.census_date) AS stale
FROM newest
CROSS JOIN census
JOIN source
    ON source.provider = newest.provider
    AND source.source = newest.source
