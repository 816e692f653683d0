-- description: Where each accelerator model was first seen in each country, as a window in time: after not_before_on, by first_seen_on.
-- grain: accelerator_model, country_iso2
-- dates: all
-- preview: accelerator_model, first_seen_on
-- columns:
--   accelerator_model varchar: The canonical model. [not_null]
--   country_iso2 varchar: Country or territory. [not_null; relationships: reference.country.country_iso2]
--   not_before_on date: The last complete answer without it before that sighting; null where the first answer of all had it already, so that it may be older.
--   first_seen_on date: First sighting in the country by any source, managed services left out. [not_null]
--   provider varchar: The cloud that listed it first. [not_null]
--   region_code varchar: The region in which. [not_null]
--   source varchar: The source that said so. [not_null]
--   evidence varchar: Its evidence level. [accepted_values: stock, offering, docs, price]
--   confirmed boolean: False for an arrival seen only once yet. [not_null]
--   proved_on date: First sighting in the country by a source better than a price; null where only prices say so.
WITH sighting AS (
    SELECT
        offering_history.accelerator_model,
        region_fact.country_iso2,
        offering_history.not_before_on,
        offering_history.valid_from,
        offering_history.provider,
        offering_history.region_code,
        offering_history.source,
        source.evidence,
        source.evidence_rank,
        offering_history.confirmed,
        min(offering_history.valid_from) OVER (
            PARTITION BY offering_history.accelerator_model, region_fact.country_iso2
        ) AS first_seen_on,
        min(CASE WHEN source.evidence_rank < 3 THEN offering_history.valid_from END) OVER (
            PARTITION BY offering_history.accelerator_model, region_fact.country_iso2
        ) AS proved_on
    FROM offering_history
    CROSS JOIN census
    JOIN region_fact
        ON region_fact.provider = offering_history.provider
        AND region_fact.region_code = offering_history.region_code
    JOIN source
        ON source.provider = offering_history.provider
        AND source.source = offering_history.source
    WHERE
        offering_history.accelerator_model <> 'unknown'
        AND offering_history.service = ''
        AND offering_history.valid_from <= census.census_date
        AND region_fact.country_iso2 IS NOT NULL
)

SELECT
    accelerator_model,
    country_iso2,
    CASE WHEN bool_and(not_before_on IS NOT NULL) THEN min(not_before_on) END AS not_before_on,
    first_seen_on,
    arg_min(provider, (evidence_rank, provider, region_code, source)) AS provider,
    arg_min(region_code, (evidence_rank, provider, region_code, source)) AS region_code,
    arg_min(source, (evidence_rank, provider, region_code, source)) AS source,
    arg_min(evidence, (evidence_rank, provider, region_code, source)) AS evidence,
    bool_or(confirmed) AS confirmed,
    proved_on
FROM sighting
WHERE valid_from = first_seen_on
GROUP BY accelerator_model, country_iso2, first_seen_on, proved_on
