-- description: What each single listing says, by itself: no other source, no profile, no bounds.
-- grain: provider, source, census_date
-- columns:
--   provider varchar: The cloud. [not_null]
--   source varchar: Which of its sources. [not_null]
--   census_date date: The day the listing describes. [not_null]
--   evidence varchar: Evidence level of the source. [accepted_values: stock, offering, docs, price]
--   regions bigint: Real regions in its list. [not_null]
--   countries bigint: Countries and territories these are in. [not_null]
--   accelerator_regions bigint: Regions in which it lists any accelerator. [not_null]
--   v100_regions bigint: Regions in which it lists a V100. [not_null]
--   a100_regions bigint: Regions in which it lists an A100. [not_null]
--   h100_regions bigint: Regions in which it lists an H100. [not_null]
SELECT
    observation.provider,
    observation.source,
    observation.observed_on AS census_date,
    source.evidence,
    observation.regions,
    observation.countries,
    observation.accelerator_regions,
    observation.v100_regions,
    observation.a100_regions,
    observation.h100_regions
FROM observation
JOIN source
    ON source.provider = observation.provider
    AND source.source = observation.source
