-- description: In how many regions of each country each accelerator model is listed, by the findings that the profile counts.
-- grain: profile, country_iso2, accelerator_model
-- preview: profile, regions DESC
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   profile varchar: The way of counting. [not_null]
--   country_iso2 varchar: Country or territory. [not_null; relationships: reference.country.country_iso2]
--   accelerator_model varchar: The canonical model, also those that are in no tier. [not_null]
--   regions bigint: Regions that list it. [not_null]
SELECT
    finding.census_date,
    profile_region.profile,
    profile_region.country_iso2,
    finding.accelerator_model,
    count(*) AS regions
FROM profile_region
JOIN reference.profile AS profile
    ON profile.profile = profile_region.profile
JOIN finding
    ON finding.provider = profile_region.provider
    AND finding.region_code = profile_region.region_code
WHERE
    finding.accelerator_model NOT IN ('', 'unknown')
    AND finding.sold_as = 'open'
    AND list_contains(profile.evidence, finding.finding)
    AND profile_region.country_iso2 IS NOT NULL
GROUP BY finding.census_date, profile_region.profile, profile_region.country_iso2, finding.accelerator_model
