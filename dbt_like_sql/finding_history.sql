-- description: What the evidence says of each accelerator model in each region (METHOD 2), from when to when, by what is known today.
-- grain: provider, region_code, accelerator_model, valid_from
-- dates: all
-- preview: provider, region_code, accelerator_model, valid_from
-- columns:
--   provider varchar: The cloud. [not_null]
--   region_code varchar: The provider's own code of the region. [not_null]
--   accelerator_model varchar: The canonical model, unknown, or empty where nothing is listed or observed. [not_null]
--   finding varchar: How sure it is. [accepted_values: confirmed, priced_only, contradicted, not_listed, not_observed]
--   best_source varchar: The source that decides it; null for not_observed.
--   sources varchar[]: The sources behind it. [not_null]
--   deciding_sources varchar[]: Those whose newest answer dates it. [not_null]
--   said_on date: Newest statement behind it of a source that proves only what it lists; null where there is none.
--   stale boolean: Whether that evidence is older than 180 days by then. [not_null]
--   sold_as varchar: Whether it can simply be rented, only by request, or only through a managed service. [accepted_values: open, by_request, managed_service]
--   whole boolean: Whether at least one whole accelerator is so sold, or the count is not known. [not_null]
--   possibly_whole boolean: The same, sold by request included. [not_null]
--   certain boolean: Whether it counts in every lower bound: confirmed, not stale, from a confirmed interval. [not_null]
--   certainly_whole boolean: The same, and at least one whole accelerator. [not_null]
--   valid_from date: The first day. [not_null]
--   valid_to date: The first day on which it no longer holds; null while it does.
WITH moment AS (
    SELECT region_event.provider, region_event.region_code, region_event.event, region_event.on_day
    FROM region_event
    JOIN region_presence
        ON region_presence.provider = region_event.provider
        AND region_presence.region_code = region_event.region_code
        AND region_presence.valid_from <= region_event.on_day
        AND coalesce(region_presence.valid_to > region_event.on_day, TRUE)
),

answer AS (
    -- the newest complete answer of each source
    SELECT
        moment.provider,
        moment.region_code,
        moment.event,
        moment.on_day,
        source.source,
        source.evidence,
        source.evidence_rank,
        source.positive_only,
        least(max(coverage_history.evidence_on), moment.on_day) AS evidence_on
    FROM moment
    JOIN coverage_history
        ON coverage_history.provider = moment.provider
        AND coverage_history.region_code = moment.region_code
        AND coverage_history.valid_from <= moment.on_day
        AND coalesce(coverage_history.valid_to > moment.on_day, TRUE)
    JOIN source
        ON source.provider = coverage_history.provider
        AND source.source = coverage_history.source
    WHERE coverage_history.answered
    GROUP BY
        moment.provider,
        moment.region_code,
        moment.event,
        moment.on_day,
        source.source,
        source.evidence,
        source.evidence_rank,
        source.positive_only
),

listed AS (
    -- a source that proves only what it lists says it anew, or not, with every statement
    SELECT
        answer.provider,
        answer.region_code,
        answer.event,
        answer.on_day,
        answer.source,
        answer.evidence,
        answer.evidence_rank,
        listing_span.accelerator_model,
        listing_span.sale,
        listing_span.is_whole,
        listing_span.confirmed,
        listing_span.priced_from,
        listing_span.said_on,
        least(coalesce(listing_span.said_on, answer.evidence_on), answer.on_day) AS evidence_on
    FROM answer
    JOIN listing_span
        ON listing_span.provider = answer.provider
        AND listing_span.source = answer.source
        AND listing_span.region_code = answer.region_code
        AND listing_span.valid_from <= answer.on_day
        AND coalesce(listing_span.valid_to > answer.on_day, TRUE)
),

overtaking AS (
    -- answers that are newer than another one by so much that they take its place
    SELECT DISTINCT
        older.provider,
        older.event,
        older.source,
        older.evidence_on,
        newer.source AS newer_source
    FROM (
        SELECT provider, event, source, evidence_rank, evidence_on FROM answer
        UNION
        SELECT provider, event, source, evidence_rank, evidence_on FROM listed WHERE said_on IS NOT NULL
    ) AS older
    JOIN answer AS newer
        ON newer.event = older.event
    WHERE
        newer.source <> older.source
        AND supersedes(newer.evidence_on, newer.evidence_rank, older.evidence_on, older.evidence_rank)
),

overtaken AS (
    SELECT DISTINCT
        overtaking.event,
        overtaking.source,
        overtaking.evidence_on,
        source_scope.accelerator_model
    FROM overtaking
    JOIN source_scope
        ON source_scope.provider = overtaking.provider
        AND source_scope.source = overtaking.newer_source
),

listing AS (
    -- how it can be had best decides, and a price only where nothing better does: the smallest of sale and rank
    SELECT
        listed.*,
        min(10 * listed.sale + listed.evidence_rank) OVER (
            PARTITION BY listed.event, listed.accelerator_model
        ) AS best,
        listed.sale = best // 10 AND (listed.evidence_rank < 3 OR best % 10 = 3) AS decides,
        listed.sale = 1
        AND listed.evidence_rank < 3
        AND listed.confirmed
        AND NOT is_stale(listed.evidence_on, listed.on_day) AS is_certain
    FROM listed
    ANTI JOIN overtaken
        ON overtaken.event = listed.event
        AND overtaken.source = listed.source
        AND overtaken.evidence_on = listed.evidence_on
        AND overtaken.accelerator_model = listed.accelerator_model
),

pair AS (
    -- what is sold only otherwise proves nothing of how it can be had best
    SELECT
        provider,
        region_code,
        event,
        on_day,
        accelerator_model,
        CASE min(sale) WHEN 1 THEN 'open' WHEN 2 THEN 'by_request' ELSE 'managed_service' END AS sold_as,
        bool_or(evidence_rank < 3) AS named_by_better,
        bool_or(evidence_rank < 3) FILTER (sale = best // 10) AS proved,
        min(priced_from) FILTER (sale = best // 10) AS priced_from,
        max(evidence_on) FILTER (decides) AS evidence_on,
        max(said_on) FILTER (decides) AS said_on,
        list(DISTINCT source ORDER BY source) FILTER (decides AND said_on IS NULL) AS deciding_sources,
        arg_min(source, (evidence_rank, evidence <> 'stock', source)) FILTER (decides) AS best_source,
        list(DISTINCT source ORDER BY source) AS sources,
        bool_or(is_whole) FILTER (sale = best // 10) AS whole,
        bool_or(is_whole AND sale < 3) AS possibly_whole,
        bool_or(is_certain) AS certain,
        bool_or(is_certain AND is_whole) AS certainly_whole
    FROM listing
    GROUP BY provider, region_code, event, on_day, accelerator_model
),

silence AS (
    -- better answers, not superseded themselves, about models that only a price names
    SELECT DISTINCT
        pair.event,
        pair.accelerator_model
    FROM pair
    JOIN answer AS better
        ON better.event = pair.event
        AND better.evidence_on >= pair.priced_from
    JOIN source_scope
        ON source_scope.provider = better.provider
        AND source_scope.source = better.source
        AND source_scope.accelerator_model = pair.accelerator_model
    ANTI JOIN overtaken
        ON overtaken.event = better.event
        AND overtaken.source = better.source
        AND overtaken.evidence_on = better.evidence_on
        AND overtaken.accelerator_model = pair.accelerator_model
    WHERE NOT pair.named_by_better AND better.evidence_rank < 3
),

asked AS (
    -- the newest answer of each region among sources whose silence means something
    SELECT
        event,
        max(evidence_on) AS evidence_on,
        arg_min(source, (evidence_rank, source)) AS best_source,
        list(DISTINCT source ORDER BY source) AS sources
    FROM answer
    WHERE NOT positive_only
    GROUP BY event
),

every AS (
    SELECT
        pair.provider,
        pair.region_code,
        pair.event,
        pair.on_day,
        pair.accelerator_model,
        CASE
            WHEN pair.proved THEN 'confirmed'
            WHEN silence.event IS NOT NULL THEN 'contradicted'
            ELSE 'priced_only'
        END AS finding,
        pair.best_source,
        pair.sources,
        coalesce(pair.deciding_sources, []) AS deciding_sources,
        pair.said_on,
        pair.evidence_on,
        pair.sold_as,
        pair.whole,
        pair.possibly_whole,
        pair.certain,
        pair.certainly_whole
    FROM pair
    LEFT JOIN silence
        ON silence.event = pair.event
        AND silence.accelerator_model = pair.accelerator_model
    UNION ALL
    SELECT
        moment.provider,
        moment.region_code,
        moment.event,
        moment.on_day,
        '' AS accelerator_model,
        CASE WHEN asked.event IS NULL THEN 'not_observed' ELSE 'not_listed' END AS finding,
        asked.best_source,
        coalesce(asked.sources, []) AS sources,
        coalesce(asked.sources, []) AS deciding_sources,
        NULL::DATE AS said_on,
        asked.evidence_on,
        'open' AS sold_as,
        FALSE AS whole,
        FALSE AS possibly_whole,
        FALSE AS certain,
        FALSE AS certainly_whole
    FROM moment
    LEFT JOIN asked
        ON asked.event = moment.event
    LEFT JOIN (SELECT DISTINCT event FROM pair) AS listed_at_all
        ON listed_at_all.event = moment.event
    WHERE asked.event IS NULL OR listed_at_all.event IS NULL
),

aged AS (
    SELECT
        every.*,
        coalesce(is_stale(evidence_on, on_day), FALSE) AS stale
    FROM every
),

numbered AS (
    -- events in a row that say the same have the same number
    SELECT
        aged.*,
        event - row_number() OVER (
            PARTITION BY
                provider,
                region_code,
                accelerator_model,
                finding,
                best_source,
                sources,
                deciding_sources,
                said_on,
                stale,
                sold_as,
                whole,
                possibly_whole,
                certain,
                certainly_whole
            ORDER BY event
        ) AS span
    FROM aged
)

SELECT
    numbered.provider,
    numbered.region_code,
    numbered.accelerator_model,
    numbered.finding,
    numbered.best_source,
    numbered.sources,
    numbered.deciding_sources,
    numbered.said_on,
    numbered.stale,
    numbered.sold_as,
    numbered.whole,
    numbered.possibly_whole,
    numbered.certain,
    numbered.certainly_whole,
    min(region_event.on_day) AS valid_from,
    nullif(max(coalesce(region_event.next_on, DATE 'infinity')), DATE 'infinity') AS valid_to
FROM numbered
JOIN region_event
    ON region_event.event = numbered.event
GROUP BY
    numbered.provider,
    numbered.region_code,
    numbered.accelerator_model,
    numbered.finding,
    numbered.best_source,
    numbered.sources,
    numbered.deciding_sources,
    numbered.said_on,
    numbered.stale,
    numbered.sold_as,
    numbered.whole,
    numbered.possibly_whole,
    numbered.certain,
    numbered.certainly_whole,
    numbered.span
