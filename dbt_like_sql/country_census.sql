-- description: The census: cloud regions and accelerators by country and territory, a row for every one, zeros included.
-- grain: profile, country_iso2
-- preview: profile, gpu_regions DESC, regions DESC
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   profile varchar: The way of counting. [not_null]
--   country_iso2 varchar: Country or territory. [not_null; relationships: reference.country.country_iso2]
--   country_name varchar: Short English name. [not_null]
--   regions bigint: Cloud regions. [not_null]
--   gpu_regions bigint: Regions with a counted accelerator. [not_null]
--   gpu_regions_at_least bigint: Of these, what is certain. [not_null]
--   gpu_regions_at_most bigint: With all that the evidence leaves open. [not_null]
--   gpu_metros bigint: Metropolitan areas with a counted accelerator, provider by provider. [not_null]
--   gpu_providers bigint: Clouds with a counted accelerator. [not_null]
--   v100_regions bigint: Regions that list a V100. [not_null]
--   a100_regions bigint: Regions that list an A100. [not_null]
--   h100_regions bigint: Regions that list an H100. [not_null]
--   a800_regions bigint: Regions that list an A800. [not_null]
--   h800_regions bigint: Regions that list an H800. [not_null]
WITH by_country AS (
    SELECT
        profile,
        country_iso2,
        count(*) AS regions,
        count(*) FILTER (reach > 0) AS gpu_regions,
        count(*) FILTER (reach_at_least > 0) AS gpu_regions_at_least,
        count(*) FILTER (reach_at_most > 0) AS gpu_regions_at_most,
        count(DISTINCT (provider, metro)) FILTER (reach > 0) AS gpu_metros,
        count(DISTINCT provider) FILTER (reach > 0) AS gpu_providers
    FROM region_level
    GROUP BY profile, country_iso2
),

by_model AS (
    SELECT
        profile,
        country_iso2,
        coalesce(sum(regions) FILTER (accelerator_model = 'V100'), 0) AS v100_regions,
        coalesce(sum(regions) FILTER (accelerator_model = 'A100'), 0) AS a100_regions,
        coalesce(sum(regions) FILTER (accelerator_model = 'H100'), 0) AS h100_regions,
        coalesce(sum(regions) FILTER (accelerator_model = 'A800'), 0) AS a800_regions,
        coalesce(sum(regions) FILTER (accelerator_model = 'H800'), 0) AS h800_regions
    FROM country_accelerator
    GROUP BY profile, country_iso2
)

SELECT
    census.census_date,
    profile.profile,
    country.country_iso2,
    country.name_short_en AS country_name,
    coalesce(by_country.regions, 0)::BIGINT AS regions,
    coalesce(by_country.gpu_regions, 0)::BIGINT AS gpu_regions,
    coalesce(by_country.gpu_regions_at_least, 0)::BIGINT AS gpu_regions_at_least,
    coalesce(by_country.gpu_regions_at_most, 0)::BIGINT AS gpu_regions_at_most,
    coalesce(by_country.gpu_metros, 0)::BIGINT AS gpu_metros,
    coalesce(by_country.gpu_providers, 0)::BIGINT AS gpu_providers,
    coalesce(by_model.v100_regions, 0)::BIGINT AS v100_regions,
    coalesce(by_model.a100_regions, 0)::BIGINT AS a100_regions,
    coalesce(by_model.h100_regions, 0)::BIGINT AS h100_regions,
    coalesce(by_model.a800_regions, 0)::BIGINT AS a800_regions,
    coalesce(by_model.h800_regions, 0)::BIGINT AS h800_regions
FROM reference.country AS country
CROSS JOIN reference.profile AS profile
CROSS JOIN census
LEFT JOIN by_country
    ON by_country.profile = profile.profile
    AND by_country.country_iso2 = country.country_iso2
LEFT JOIN by_model
    ON by_model.profile = profile.profile
    AND by_model.country_iso2 = country.country_iso2
