-- description: From when to when each source lists each accelerator model in each region, instance types taken together as far as they are sold alike.
-- grain: provider, source, region_code, accelerator_model, sale, is_whole, confirmed, priced_from, said_on, valid_from
-- dates: all
-- columns:
--   provider varchar: The cloud. [not_null]
--   source varchar: Which of its sources lists it. [not_null]
--   region_code varchar: The provider's own code of the region. [not_null]
--   accelerator_model varchar: The canonical model, or unknown. [not_null]
--   sale integer: 1 where it can simply be rented, 2 by request only, 3 only through a managed service. [not_null]
--   is_whole boolean: Whether at least one whole accelerator is so sold, or the count is not known. [not_null]
--   confirmed boolean: False for an arrival seen only once yet. [not_null]
--   priced_from date: First sighting by a price; null for a better source.
--   said_on date: Last sighting by a source that proves only what it lists; null for any other.
--   valid_from date: The first day. [not_null]
--   valid_to date: The first day on which it no longer holds; null while it does.
WITH listing AS (
    SELECT
        offering_history.provider,
        offering_history.source,
        offering_history.region_code,
        offering_history.accelerator_model,
        CASE
            WHEN offering_history.service <> '' THEN 3
            WHEN sighting_history.status = 'by_request' THEN 2
            ELSE 1
        END AS sale,
        coalesce(sighting_history.accelerator_count, 1) >= 1 AS is_whole,
        offering_history.confirmed,
        CASE WHEN source.evidence_rank = 3 THEN offering_history.valid_from END AS priced_from,
        CASE WHEN source.positive_only THEN sighting_history.last_seen_on END AS said_on,
        greatest(offering_history.valid_from, sighting_history.valid_from) AS valid_from,
        least(
            coalesce(offering_history.valid_to, DATE 'infinity'),
            coalesce(sighting_history.valid_to, DATE 'infinity')
        ) AS ends_on
    FROM offering_history
    JOIN sighting_history
        ON sighting_history.provider = offering_history.provider
        AND sighting_history.source = offering_history.source
        AND sighting_history.region_code = offering_history.region_code
        AND sighting_history.instance_type = offering_history.instance_type
        AND sighting_history.service = offering_history.service
        AND sighting_history.accelerator_model = offering_history.accelerator_model
        AND (
            offering_history.accelerator_model <> 'unknown'
            OR sighting_history.accelerator_label = offering_history.accelerator_label
        )
    JOIN source
        ON source.provider = offering_history.provider
        AND source.source = offering_history.source
    WHERE greatest(offering_history.valid_from, sighting_history.valid_from) < ends_on
),

begun AS (
    SELECT
        listing.*,
        coalesce(
            max(ends_on) OVER (
                PARTITION BY provider, source, region_code, accelerator_model, sale, is_whole, confirmed, priced_from, said_on
                ORDER BY valid_from
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) < valid_from,
            TRUE
        ) AS begins
    FROM listing
),

numbered AS (
    SELECT
        begun.*,
        sum(begins::BIGINT) OVER (
            PARTITION BY provider, source, region_code, accelerator_model, sale, is_whole, confirmed, priced_from, said_on
            -- of rows that begin on one day, the first begins the span
            ORDER BY valid_from, begins DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS span
    FROM begun
)

SELECT
    provider,
    source,
    region_code,
    accelerator_model,
    sale,
    is_whole,
    confirmed,
    priced_from,
    said_on,
    min(valid_from) AS valid_from,
    nullif(max(ends_on), DATE 'infinity') AS valid_to
FROM numbered
GROUP BY provider, source, region_code, accelerator_model, sale, is_whole, confirmed, priced_from, said_on, span
