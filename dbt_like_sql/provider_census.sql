-- description: Regions, regions with a counted accelerator, and countries of each cloud.
-- grain: profile, provider
-- preview: profile, gpu_regions DESC
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   profile varchar: The way of counting. [not_null]
--   provider varchar: The cloud. [not_null]
--   regions bigint: Cloud regions. [not_null]
--   gpu_regions bigint: Regions with a counted accelerator. [not_null]
--   countries bigint: Countries and territories with a region. [not_null]
SELECT
    census_date,
    profile,
    provider,
    count(*) AS regions,
    count(*) FILTER (reach > 0) AS gpu_regions,
    count(DISTINCT country_iso2) AS countries
FROM region_level
GROUP BY census_date, profile, provider
