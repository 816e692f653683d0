-- description: What each source lists in each region, where no newer answer supersedes it (METHOD 4).
-- grain: provider, source, region_code, instance_type, service, accelerator_model, accelerator_label
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   provider varchar: The cloud. [not_null]
--   source varchar: Which of its sources lists it. [not_null]
--   region_code varchar: The provider's own code of the region. [not_null]
--   instance_type varchar: The provider's own name of what is rented. [not_null]
--   service varchar: Managed service through which alone it is sold; else empty. [not_null]
--   accelerator_model varchar: The canonical model, or unknown. [not_null]
--   accelerator_label varchar: The accelerator in the provider's own words. [not_null]
--   resolution varchar: How the label was read: as a model, masked by the provider, or new. [not_null]
--   accelerator_count double: Accelerators in one instance; null where not known.
--   status varchar: What the provider says of buying it. [accepted_values: available, limited, offered, sold_out, by_request]
--   price_per_hour double: List price per hour, as given.
--   currency varchar: ISO 4217 code of the price.
--   evidence varchar: Evidence level of the source. [not_null]
--   evidence_rank bigint: 1 for stock and offering, 2 for docs, 3 for price; smaller is better. [not_null]
--   evidence_on date: The day of the answer that lists it. [not_null]
--   stale boolean: Whether that answer is older than 180 days. [not_null]
--   first_seen_on date: First sighting by this source. [not_null]
--   last_seen_on date: Newest sighting by this source. [not_null]
--   confirmed boolean: False for an arrival seen only once yet. [not_null]
WITH listing AS (
    SELECT
        answer.census_date,
        offering_history.provider,
        offering_history.source,
        offering_history.region_code,
        offering_history.instance_type,
        offering_history.service,
        offering_history.accelerator_model,
        sighting_history.accelerator_label,
        offering_history.resolution,
        sighting_history.accelerator_count,
        sighting_history.status,
        sighting_history.price_per_hour,
        sighting_history.currency,
        answer.evidence,
        answer.evidence_rank,
        -- a source that proves only what it lists says it anew, or not, with every statement
        CASE
            WHEN answer.positive_only THEN least(sighting_history.last_seen_on, answer.census_date)
            ELSE answer.evidence_on
        END AS evidence_on,
        offering_history.valid_from AS first_seen_on,
        least(sighting_history.last_seen_on, answer.evidence_on) AS last_seen_on,
        offering_history.confirmed
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
    JOIN answer
        ON answer.provider = offering_history.provider
        AND answer.source = offering_history.source
        AND answer.region_code = offering_history.region_code
)

SELECT
    listing.census_date,
    listing.provider,
    listing.source,
    listing.region_code,
    listing.instance_type,
    listing.service,
    listing.accelerator_model,
    listing.accelerator_label,
    listing.resolution,
    listing.accelerator_count,
    listing.status,
    listing.price_per_hour,
    listing.currency,
    listing.evidence,
    listing.evidence_rank,
    listing.evidence_on,
    is_stale(listing.evidence_on, listing.census_date) AS stale,
    listing.first_seen_on,
    listing.last_seen_on,
    listing.confirmed
FROM listing
SEMI JOIN region
    ON region.provider = listing.provider
    AND region.region_code = listing.region_code
ANTI JOIN (
    SELECT
        answer.provider,
        answer.source,
        answer.region_code,
        answer.evidence_on,
        answer.evidence_rank,
        source_scope.accelerator_model
    FROM answer
    JOIN source_scope
        ON source_scope.provider = answer.provider
        AND source_scope.source = answer.source
) AS newer
    ON newer.provider = listing.provider
    AND newer.region_code = listing.region_code
    AND newer.accelerator_model = listing.accelerator_model
    AND newer.source <> listing.source
    AND supersedes(newer.evidence_on, newer.evidence_rank, listing.evidence_on, listing.evidence_rank)
