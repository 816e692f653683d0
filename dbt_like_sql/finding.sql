-- description: What the evidence says of each accelerator model in each region (METHOD 2): one finding per pair, or one row with empty model.
-- grain: provider, region_code, accelerator_model, finding
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   provider varchar: The cloud. [not_null]
--   region_code varchar: The provider's own code of the region. [not_null]
--   country_iso2 varchar: Country or territory the region is in.
--   accelerator_model varchar: The canonical model, unknown, or empty where nothing is listed or observed. [not_null]
--   finding varchar: How sure it is. [accepted_values: confirmed, priced_only, contradicted, not_listed, not_observed]
--   evidence varchar: Best evidence level behind it; null for not_observed.
--   sources varchar[]: The sources behind it.
--   evidence_on date: The day of the newest evidence that decides it; null for not_observed.
--   stale boolean: Whether that evidence is older than 180 days. [not_null]
--   sold_as varchar: Whether it can simply be rented, only by request, or only through a managed service. [accepted_values: open, by_request, managed_service]
--   whole boolean: Whether at least one whole accelerator is so sold, or the count is not known. [not_null]
--   possibly_whole boolean: The same, sold by request included. [not_null]
--   certain boolean: Whether it counts in every lower bound: confirmed, not stale, from a confirmed interval. [not_null]
--   certainly_whole boolean: The same, and at least one whole accelerator. [not_null]
--   evidence_url varchar: Where the deciding source can be read.
--   payload_sha256 varchar: Digest of the answer it was read from.
WITH listing AS (
    SELECT
        valid_listing.*,
        CASE
            WHEN valid_listing.service <> '' THEN 3
            WHEN valid_listing.status = 'by_request' THEN 2
            ELSE 1
        END AS sale,
        min(sale) OVER (
            PARTITION BY valid_listing.provider, valid_listing.region_code, valid_listing.accelerator_model
        ) AS best_sale,
        coalesce(valid_listing.accelerator_count, 1) >= 1 AS is_whole,
        sale = 1
        AND valid_listing.evidence_rank < 3
        AND valid_listing.confirmed
        AND NOT valid_listing.stale AS is_certain
    FROM valid_listing
),

pair AS (
    -- how it can be had best decides; what is sold only otherwise proves nothing of it
    SELECT
        census_date,
        provider,
        region_code,
        accelerator_model,
        CASE min(sale) WHEN 1 THEN 'open' WHEN 2 THEN 'by_request' ELSE 'managed_service' END AS sold_as,
        bool_or(evidence_rank < 3) AS named_by_better,
        bool_or(evidence_rank < 3) FILTER (sale = best_sale) AS proved,
        min(first_seen_on) FILTER (sale = best_sale AND evidence_rank = 3) AS priced_from,
        coalesce(
            max(evidence_on) FILTER (sale = best_sale AND evidence_rank < 3),
            max(evidence_on) FILTER (sale = best_sale)
        ) AS evidence_on,
        arg_min(source, (evidence_rank, evidence <> 'stock', -epoch(evidence_on), source))
            FILTER (sale = best_sale) AS best_source,
        list(DISTINCT source ORDER BY source) AS sources,
        bool_or(is_whole) FILTER (sale = best_sale) AS whole,
        bool_or(is_whole AND sale < 3) AS possibly_whole,
        bool_or(is_certain) AS certain,
        bool_or(is_certain AND is_whole) AS certainly_whole
    FROM listing
    GROUP BY census_date, provider, region_code, accelerator_model
),

silence AS (
    -- better answers, not superseded themselves, about models that only a price names
    SELECT
        pair.provider,
        pair.region_code,
        pair.accelerator_model,
        better.evidence_on
    FROM pair
    JOIN answer AS better
        ON better.provider = pair.provider
        AND better.region_code = pair.region_code
    JOIN source_scope
        ON source_scope.provider = better.provider
        AND source_scope.source = better.source
        AND source_scope.accelerator_model = pair.accelerator_model
    WHERE
        NOT pair.named_by_better
        AND better.evidence_rank < 3
        AND better.evidence_on >= pair.priced_from
        AND NOT EXISTS (
            SELECT 1
            FROM answer AS newer
            JOIN source_scope AS newer_scope
                ON newer_scope.provider = newer.provider
                AND newer_scope.source = newer.source
            WHERE
                newer.provider = better.provider
                AND newer.region_code = better.region_code
                AND newer_scope.accelerator_model = pair.accelerator_model
                AND newer.source <> better.source
                AND supersedes(newer.evidence_on, newer.evidence_rank, better.evidence_on, better.evidence_rank)
        )
),

graded AS (
    SELECT
        pair.census_date,
        pair.provider,
        pair.region_code,
        pair.accelerator_model,
        CASE
            WHEN pair.proved THEN 'confirmed'
            WHEN silence.provider IS NOT NULL THEN 'contradicted'
            ELSE 'priced_only'
        END AS finding,
        pair.evidence_on,
        pair.best_source,
        pair.sources,
        pair.sold_as,
        pair.whole,
        pair.possibly_whole,
        pair.certain,
        pair.certainly_whole
    FROM pair
    LEFT JOIN (SELECT DISTINCT provider, region_code, accelerator_model FROM silence) AS silence
        ON silence.provider = pair.provider
        AND silence.region_code = pair.region_code
        AND silence.accelerator_model = pair.accelerator_model
),

asked AS (
    -- the newest answer of each region among sources whose silence means something
    SELECT
        answer.provider,
        answer.region_code,
        max(answer.evidence_on) AS evidence_on,
        arg_min(answer.source, (answer.evidence_rank, -epoch(answer.evidence_on), answer.source)) AS best_source,
        list(DISTINCT answer.source ORDER BY answer.source) AS sources
    FROM answer
    WHERE NOT answer.positive_only
    GROUP BY answer.provider, answer.region_code
),

nothing AS (
    SELECT
        region.census_date,
        region.provider,
        region.region_code,
        '' AS accelerator_model,
        CASE WHEN asked.provider IS NULL THEN 'not_observed' ELSE 'not_listed' END AS finding,
        asked.evidence_on,
        asked.best_source,
        asked.sources,
        'open' AS sold_as,
        FALSE AS whole,
        FALSE AS possibly_whole,
        FALSE AS certain,
        FALSE AS certainly_whole
    FROM region
    LEFT JOIN asked
        ON asked.provider = region.provider
        AND asked.region_code = region.region_code
    LEFT JOIN (SELECT DISTINCT provider, region_code FROM pair) AS listed
        ON listed.provider = region.provider
        AND listed.region_code = region.region_code
    WHERE asked.provider IS NULL OR listed.provider IS NULL
),

every AS (
    SELECT * FROM graded
    UNION ALL
    SELECT * FROM nothing
)

SELECT
    every.census_date,
    every.provider,
    every.region_code,
    region.country_iso2,
    every.accelerator_model,
    every.finding,
    source.evidence,
    coalesce(every.sources, []) AS sources,
    every.evidence_on,
    coalesce(is_stale(every.evidence_on, every.census_date), FALSE) AS stale,
    every.sold_as,
    every.whole,
    every.possibly_whole,
    every.certain,
    every.certainly_whole,
    source.url AS evidence_url,
    observation.payload_sha256
FROM every
JOIN region
    ON region.provider = every.provider
    AND region.region_code = every.region_code
LEFT JOIN source
    ON source.provider = every.provider
    AND source.source = every.best_source
LEFT JOIN observation
    ON observation.provider = every.provider
    AND observation.source = every.best_source
    AND observation.observed_on = every.evidence_on
