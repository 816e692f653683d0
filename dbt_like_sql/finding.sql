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
WITH dated AS (
    -- each source that decides a finding has answered last on a day of its own
    SELECT
        finding_history.provider,
        finding_history.region_code,
        finding_history.accelerator_model,
        max(answer.evidence_on) AS answered_on
    FROM finding_history
    JOIN answer
        ON answer.provider = finding_history.provider
        AND answer.region_code = finding_history.region_code
        AND list_contains(finding_history.deciding_sources, answer.source)
    GROUP BY finding_history.provider, finding_history.region_code, finding_history.accelerator_model
)

SELECT
    census.census_date,
    finding_history.provider,
    finding_history.region_code,
    region.country_iso2,
    finding_history.accelerator_model,
    finding_history.finding,
    source.evidence,
    finding_history.sources,
    greatest(
        dated.answered_on,
        CASE WHEN finding_history.said_on IS NOT NULL THEN least(finding_history.said_on, census.census_date) END
    ) AS evidence_on,
    finding_history.stale,
    finding_history.sold_as,
    finding_history.whole,
    finding_history.possibly_whole,
    finding_history.certain,
    finding_history.certainly_whole,
    source.url AS evidence_url,
    observation.payload_sha256
FROM finding_history
CROSS JOIN census
JOIN region
    ON region.provider = finding_history.provider
    AND region.region_code = finding_history.region_code
LEFT JOIN dated
    ON dated.provider = finding_history.provider
    AND dated.region_code = finding_history.region_code
    AND dated.accelerator_model = finding_history.accelerator_model
LEFT JOIN source
    ON source.provider = finding_history.provider
    AND source.source = finding_history.best_source
LEFT JOIN answer AS best
    ON best.provider = finding_history.provider
    AND best.region_code = finding_history.region_code
    AND best.source = finding_history.best_source
LEFT JOIN observation
    ON observation.provider = finding_history.provider
    AND observation.source = finding_history.best_source
    AND observation.observed_on = CASE
        WHEN source.positive_only THEN least(finding_history.said_on, census.census_date)
        ELSE best.evidence_on
    END
