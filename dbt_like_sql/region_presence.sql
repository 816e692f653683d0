-- description: From when to when each region exists (METHOD 1), by which lists, and whether it is an open question what it offers.
-- grain: provider, region_code, valid_from
-- dates: all
-- preview: provider, region_code, valid_from
-- columns:
--   provider varchar: The cloud. [not_null]
--   region_code varchar: The provider's own code. [not_null]
--   first_seen_on date: First listing that names it; null while only its opening is known.
--   sources varchar[]: The sources that vouch for it; `reference` where its known opening does. [not_null]
--   open_question boolean: Whether no source whose silence means something has answered for it in the last 180 days. [not_null]
--   valid_from date: The first day. [not_null]
--   valid_to date: The first day on which it no longer holds; null while it does.
WITH listed AS (
    -- the newest list of each source that names the region, or no longer does, answered or not
    SELECT
        region_event.provider,
        region_event.region_code,
        region_event.event,
        region_event.on_day,
        coverage_history.source,
        max(coverage_history.evidence_on) FILTER (coverage_history.in_list = 'named') AS named_until,
        max(coverage_history.evidence_on) FILTER (coverage_history.in_list = 'no_longer') AS left_out_until,
        max(coverage_history.evidence_on) FILTER (coverage_history.answered) AS answered_until
    FROM region_event
    JOIN coverage_history
        ON coverage_history.provider = region_event.provider
        AND coverage_history.region_code = region_event.region_code
        AND coverage_history.valid_from <= region_event.on_day
        AND coalesce(coverage_history.valid_to > region_event.on_day, TRUE)
    GROUP BY
        region_event.provider,
        region_event.region_code,
        region_event.event,
        region_event.on_day,
        coverage_history.source
),

sighting AS (
    -- what only its known opening vouches for has never been seen
    SELECT
        region_event.provider,
        region_event.region_code,
        region_event.event,
        region_event.on_day,
        region_history.source,
        CASE WHEN region_history.sightings > 0 THEN region_history.valid_from END AS first_seen_on,
        least(coalesce(listed.named_until, region_event.on_day), region_event.on_day) AS last_on,
        coalesce(source.evidence_rank, 3) AS evidence_rank
    FROM region_event
    JOIN region_history
        ON region_history.provider = region_event.provider
        AND region_history.region_code = region_event.region_code
        AND region_history.valid_from <= region_event.on_day
        AND coalesce(region_history.valid_to > region_event.on_day, TRUE)
    LEFT JOIN listed
        ON listed.event = region_event.event
        AND listed.source = region_history.source
    LEFT JOIN source
        ON source.provider = region_history.provider
        AND source.source = region_history.source
),

left_out AS (
    -- sources that had listed the region and whose complete lists have left it out since
    SELECT
        listed.provider,
        listed.region_code,
        listed.event,
        listed.source,
        source.evidence_rank,
        least(listed.left_out_until, listed.on_day) AS left_out_on
    FROM listed
    JOIN source
        ON source.provider = listed.provider
        AND source.source = listed.source
    ANTI JOIN sighting
        ON sighting.event = listed.event
        AND sighting.source = listed.source
    WHERE listed.left_out_until IS NOT NULL AND NOT source.positive_only
),

asked AS (
    SELECT
        listed.provider,
        listed.region_code,
        listed.event,
        is_stale(max(least(listed.answered_until, listed.on_day)), any_value(listed.on_day)) AS open_question
    FROM listed
    JOIN source
        ON source.provider = listed.provider
        AND source.source = listed.source
    WHERE listed.answered_until IS NOT NULL AND NOT source.positive_only
    GROUP BY listed.provider, listed.region_code, listed.event
),

present AS (
    SELECT
        sighting.provider,
        sighting.region_code,
        sighting.event,
        min(sighting.first_seen_on) AS first_seen_on,
        list(DISTINCT sighting.source ORDER BY sighting.source) AS sources
    FROM sighting
    ANTI JOIN left_out
        ON left_out.event = sighting.event
        AND left_out.source <> sighting.source
        AND supersedes(left_out.left_out_on, left_out.evidence_rank, sighting.last_on, sighting.evidence_rank)
    GROUP BY sighting.provider, sighting.region_code, sighting.event
),

told AS (
    SELECT
        present.provider,
        present.region_code,
        present.event,
        present.first_seen_on,
        present.sources,
        coalesce(asked.open_question, TRUE) AS open_question
    FROM present
    LEFT JOIN asked
        ON asked.event = present.event
),

numbered AS (
    -- events in a row that say the same have the same number
    SELECT
        told.*,
        event - row_number() OVER (
            PARTITION BY provider, region_code, first_seen_on, sources, open_question
            ORDER BY event
        ) AS span
    FROM told
),

spanned AS (
    SELECT
        numbered.provider,
        numbered.region_code,
        numbered.first_seen_on,
        numbered.sources,
        numbered.open_question,
        min(region_event.on_day) AS valid_from,
        max(coalesce(region_event.next_on, DATE 'infinity')) AS ends_on
    FROM numbered
    JOIN region_event
        ON region_event.event = numbered.event
    GROUP BY
        numbered.provider,
        numbered.region_code,
        numbered.first_seen_on,
        numbered.sources,
        numbered.open_question,
        numbered.span
),

closing AS (
    SELECT provider, region_code, min(closed_on) AS closed_on
    FROM region_fact
    GROUP BY provider, region_code
)

SELECT
    spanned.provider,
    spanned.region_code,
    spanned.first_seen_on,
    spanned.sources,
    spanned.open_question,
    spanned.valid_from,
    nullif(least(spanned.ends_on, coalesce(closing.closed_on, DATE 'infinity')), DATE 'infinity') AS valid_to
FROM spanned
JOIN closing
    ON closing.provider = spanned.provider
    AND closing.region_code = spanned.region_code
WHERE closing.closed_on IS NULL OR closing.closed_on > spanned.valid_from
