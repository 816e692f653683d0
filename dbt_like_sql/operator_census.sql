-- description: Who runs the regions of each country: regions by the operator's country of headquarters and the territory they are in.
-- grain: profile, operator_country_iso2, country_iso2
-- preview: profile, gpu_regions DESC, operator_country_iso2
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   profile varchar: The way of counting. [not_null]
--   operator_country_iso2 varchar: Headquarters of the clouds' brands; null where not known.
--   country_iso2 varchar: Country or territory the regions are in; null while not located.
--   providers varchar[]: The clouds. [not_null]
--   regions bigint: Cloud regions. [not_null]
--   gpu_regions bigint: Regions with a counted accelerator. [not_null]
--   gpu_regions_at_least bigint: Of these, what is certain. [not_null]
--   gpu_regions_at_most bigint: With all that the evidence leaves open. [not_null]
--   training_regions bigint: Regions with a training accelerator. [not_null]
SELECT
    region_level.census_date,
    region_level.profile,
    region.operator_country_iso2,
    region_level.country_iso2,
    list(DISTINCT region_level.provider ORDER BY region_level.provider) AS providers,
    count(*) AS regions,
    count(*) FILTER (region_level.reach > 0) AS gpu_regions,
    count(*) FILTER (region_level.reach_at_least > 0) AS gpu_regions_at_least,
    count(*) FILTER (region_level.reach_at_most > 0) AS gpu_regions_at_most,
    count(*) FILTER (region_level.reach = 2) AS training_regions
FROM region_level
JOIN region
    ON region.provider = region_level.provider
    AND region.region_code = region_level.region_code
GROUP BY region_level.census_date, region_level.profile, region.operator_country_iso2, region_level.country_iso2
