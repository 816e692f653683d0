-- description: The days on which what is known of a region may change: something came or went, an answer was given, grew stale or was superseded.
-- grain: event
-- dates: all
-- columns:
--   provider varchar: The cloud. [not_null]
--   region_code varchar: The provider's own code of the region. [not_null]
--   event bigint: Numbers a region's days 1 apart, in order of time. [not_null]
--   on_day date: The day. [not_null]
--   next_on date: The next such day; null for the last.
WITH answered AS (
    SELECT provider, region_code, valid_from, evidence_on, coalesce(valid_to, DATE 'infinity') AS next_from
    FROM coverage_history
    UNION ALL
    SELECT provider, region_code, valid_from, said_on, coalesce(valid_to, DATE 'infinity')
    FROM listing_span
    WHERE said_on IS NOT NULL
),

aged AS (
    -- an answer that is not given again falls behind others, is superseded, grows stale
    SELECT
        provider,
        region_code,
        next_from,
        unnest([overtaken_from(evidence_on), stale_from(evidence_on)]) AS on_day
    FROM answered
),

every AS (
    SELECT provider, region_code, valid_from AS on_day FROM answered
    UNION
    SELECT provider, region_code, on_day FROM aged WHERE on_day < next_from
    UNION
    SELECT provider, region_code, valid_from FROM region_history
    UNION
    SELECT provider, region_code, valid_to FROM region_history WHERE valid_to IS NOT NULL
    UNION
    SELECT provider, region_code, valid_from FROM listing_span
    UNION
    SELECT provider, region_code, valid_to FROM listing_span WHERE valid_to IS NOT NULL
    UNION
    SELECT provider, region_code, closed_on FROM region_fact WHERE closed_on IS NOT NULL
),

known AS (
    -- what will grow stale after the newest answer is no event yet, or every night would move it
    SELECT greatest(max(census.census_date), max(coverage_history.evidence_on)) AS until
    FROM census
    LEFT JOIN coverage_history
        ON TRUE
)

SELECT
    provider,
    region_code,
    row_number() OVER (ORDER BY provider, region_code, on_day) AS event,
    on_day,
    lead(on_day) OVER (PARTITION BY provider, region_code ORDER BY on_day) AS next_on
FROM every
CROSS JOIN known
WHERE on_day <= known.until
