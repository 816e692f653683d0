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
WITH listed AS (
    SELECT
        profile_region.profile,
        finding.provider,
        finding.region_code,
        finding.finding,
        finding.sold_as,
        finding.whole,
        finding.possibly_whole,
        finding.certain,
        finding.certainly_whole,
        list_contains(profile.evidence, finding.finding) AS evidence_counts,
        finding.accelerator_model = 'unknown' AS unknown,
        coalesce(profile_accelerator.reach, 0) AS class_reach
    FROM profile_region
    JOIN finding
        ON finding.provider = profile_region.provider
        AND finding.region_code = profile_region.region_code
    JOIN reference.profile AS profile
        ON profile.profile = profile_region.profile
    LEFT JOIN reference.profile_accelerator AS profile_accelerator
        ON profile_accelerator.profile = profile_region.profile
        AND profile_accelerator.accelerator_model = finding.accelerator_model
    WHERE finding.accelerator_model <> '' AND finding.sold_as <> 'managed_service'
),

by_listing AS (
    -- a fraction is an offering, but training needs a whole accelerator
    SELECT
        profile,
        provider,
        region_code,
        max(CASE WHEN evidence_counts AND sold_as = 'open' THEN least(class_reach, 1 + whole::BIGINT) ELSE 0 END) AS reach,
        max(CASE WHEN certain THEN least(class_reach, 1 + certainly_whole::BIGINT) ELSE 0 END) AS reach_at_least,
        max(CASE WHEN unknown THEN 2 ELSE least(class_reach, 1 + possibly_whole::BIGINT) END) AS reach_at_most
    FROM listed
    GROUP BY profile, provider, region_code
),

any_cloud AS (
    SELECT
        profile_accelerator.profile,
        max(profile_accelerator.reach) AS reach
    FROM accelerator_debut
    JOIN reference.profile_accelerator AS profile_accelerator
        ON profile_accelerator.accelerator_model = accelerator_debut.accelerator_model
    GROUP BY profile_accelerator.profile
),

fleet AS (
    SELECT
        profile_accelerator.profile,
        finding.provider,
        max(profile_accelerator.reach) AS reach
    FROM finding
    JOIN reference.profile_accelerator AS profile_accelerator
        ON profile_accelerator.accelerator_model = finding.accelerator_model
    GROUP BY profile_accelerator.profile, finding.provider
)

SELECT
    profile_region.census_date,
    profile_region.profile,
    profile_region.provider,
    profile_region.region_code,
    profile_region.country_iso2,
    profile_region.metro,
    coalesce(by_listing.reach, 0)::BIGINT AS reach,
    coalesce(by_listing.reach_at_least, 0)::BIGINT AS reach_at_least,
    greatest(
        coalesce(by_listing.reach_at_most, 0),
        CASE WHEN profile_region.open_question THEN coalesce(any_cloud.reach, 0) ELSE 0 END
    )::BIGINT AS reach_at_most,
    greatest(
        coalesce(by_listing.reach_at_most, 0),
        CASE WHEN profile_region.open_question THEN coalesce(fleet.reach, 0) ELSE 0 END
    )::BIGINT AS reach_at_most_fleet
FROM profile_region
LEFT JOIN by_listing
    ON by_listing.profile = profile_region.profile
    AND by_listing.provider = profile_region.provider
    AND by_listing.region_code = profile_region.region_code
LEFT JOIN any_cloud
    ON any_cloud.profile = profile_region.profile
LEFT JOIN fleet
    ON fleet.profile = profile_region.profile
    AND fleet.provider = profile_region.provider
