-- description: Regions with a counted accelerator of each class, who runs them and whose chips they hold: the three levels of sovereignty (METHOD 7), region by region.
-- grain: profile, accelerator_class, provider, region_code
-- preview: profile, accelerator_class, provider, region_code
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   profile varchar: The way of counting. [not_null]
--   accelerator_class varchar: training with a whole training accelerator, inference with another counted one or a fraction, any with either. [accepted_values: training, inference, any]
--   provider varchar: The cloud. [not_null]
--   region_code varchar: The provider's own code. [not_null]
--   country_iso2 varchar: Level 1: country or territory it is in.
--   operator_country_iso2 varchar: Level 2: headquarters of the cloud's brand.
--   parent_country_iso2 varchar: Headquarters of its ultimate parent, where it has one.
--   vendors varchar[]: Level 3: companies whose chips they are. [not_null]
--   vendor_countries varchar[]: Headquarters of these companies. [not_null]
--   models varchar[]: The models. [not_null]
--   certain boolean: Whether at least one is certain: confirmed, not stale, from a confirmed interval. [not_null]
WITH counted AS (
    SELECT
        profile_region.census_date,
        profile_region.profile,
        profile_region.provider,
        profile_region.region_code,
        profile_region.country_iso2,
        finding.accelerator_model,
        least(profile_accelerator.reach, 1 + finding.whole::BIGINT) AS reach,
        CASE
            WHEN profile_accelerator.reach = 2 AND finding.whole THEN finding.certainly_whole
            ELSE finding.certain
        END AS certain
    FROM profile_region
    JOIN reference.profile AS profile
        ON profile.profile = profile_region.profile
    JOIN finding
        ON finding.provider = profile_region.provider
        AND finding.region_code = profile_region.region_code
    JOIN reference.profile_accelerator AS profile_accelerator
        ON profile_accelerator.profile = profile_region.profile
        AND profile_accelerator.accelerator_model = finding.accelerator_model
    WHERE
        profile_accelerator.reach > 0
        AND finding.sold_as = 'open'
        AND list_contains(profile.evidence, finding.finding)
),

classed AS (
    SELECT counted.*, CASE reach WHEN 2 THEN 'training' ELSE 'inference' END AS accelerator_class FROM counted
    UNION ALL
    SELECT counted.*, 'any' FROM counted
)

SELECT
    classed.census_date,
    classed.profile,
    classed.accelerator_class,
    classed.provider,
    classed.region_code,
    classed.country_iso2,
    any_value(region.operator_country_iso2) AS operator_country_iso2,
    any_value(provider.parent_country_iso2) AS parent_country_iso2,
    list(DISTINCT accelerator.vendor ORDER BY accelerator.vendor) AS vendors,
    list(DISTINCT accelerator.vendor_country_iso2 ORDER BY accelerator.vendor_country_iso2) AS vendor_countries,
    list(DISTINCT classed.accelerator_model ORDER BY classed.accelerator_model) AS models,
    bool_or(classed.certain) AS certain
FROM classed
JOIN region
    ON region.provider = classed.provider
    AND region.region_code = classed.region_code
JOIN reference.accelerator AS accelerator
    ON accelerator.accelerator_model = classed.accelerator_model
LEFT JOIN reference.provider AS provider
    ON provider.provider = classed.provider
GROUP BY
    classed.census_date,
    classed.profile,
    classed.accelerator_class,
    classed.provider,
    classed.region_code,
    classed.country_iso2
