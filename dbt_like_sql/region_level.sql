-- description: How far each region of each profile reaches, 2 training, 1 another counted accelerator, 0 none, with its bounds (METHOD 3).
-- grain: profile, provider, region_code
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   profile varchar: The way of counting. [not_null]
--   provider varchar: The cloud. [not_null]
--   region_code varchar: The provider's own code. [not_null]
--   country_iso2 varchar: Country or territory it is in.
--   metro varchar: Metropolitan area, or the region's code where none is known. [not_null]
--   reach bigint: By the findings that the profile counts. [not_null]
--   reach_at_least bigint: By what is certain alone. [not_null]
--   reach_at_most bigint: With all that the evidence leaves open. [not_null]
--   reach_at_most_fleet bigint: The same, an open question answered only with what the provider lists elsewhere. [not_null]
SELECT
    profile_region.census_date,
    profile_region.profile,
    profile_region.provider,
    profile_region.region_code,
    profile_region.country_iso2,
    profile_region.metro,
    level_history.reach,
    level_history.reach_at_least,
    level_history.reach_at_most,
    level_history.reach_at_most_fleet
FROM profile_region
JOIN level_history
    ON level_history.profile = profile_region.profile
    AND level_history.provider = profile_region.provider
    AND level_history.region_code = profile_region.region_code
