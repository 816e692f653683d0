-- description: How each country's tier depends on one choice at a time: its tier under every variant of `reference.variant`, beside that of the headline profile. A territory that a variant counts in China has China's tier. Under `own_operator` regions that another company than the cloud's brand operates (partitions china and partner) are left out. Under `price` a price that a better source contradicts still proves nothing.
-- grain: variant, country_iso2
-- preview: differs DESC, variant, country_iso2
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   country_iso2 varchar: Country or territory. [not_null; relationships: reference.country.country_iso2]
--   variant varchar: The way of counting. [not_null; relationships: reference.variant.variant]
--   choice varchar: The question that the variant answers otherwise. [not_null; accepted_values: profile, evidence, territory, managed, by_request_and_restricted, fractions, training_light, impaired, operator]
--   counted_in_iso2 varchar: Where the variant counts it: itself, but for the territories of a territory variant. [not_null; relationships: reference.country.country_iso2]
--   tier varchar: The tier under the variant. [not_null; accepted_values: north, south, desert]
--   base_tier varchar: The tier under the headline profile, extended. [not_null; accepted_values: north, south, desert]
--   differs boolean: Whether the two are not the same. [not_null]
WITH place AS (
    SELECT
        variant.variant,
        variant.choice,
        country.country_iso2,
        CASE
            WHEN list_contains(variant.counted_in_china, country.country_iso2) THEN 'CN'
            ELSE country.country_iso2
        END AS counted_in_iso2
    FROM reference.variant AS variant
    CROSS JOIN reference.country AS country
),

reached AS (
    -- each switch widens or narrows what the profile counts
    SELECT
        place.variant,
        place.counted_in_iso2,
        max(
            least(
                CASE
                    WHEN list_contains(variant.also_training, profile_accelerator.native_class) THEN 2
                    ELSE profile_accelerator.reach
                END,
                1 + (finding.whole OR variant.fractions)::BIGINT
            )
        ) AS reach
    FROM finding
    JOIN region
        ON region.provider = finding.provider
        AND region.region_code = finding.region_code
    LEFT JOIN reference.provider AS provider
        ON provider.provider = finding.provider
    JOIN reference.profile_accelerator AS profile_accelerator
        ON profile_accelerator.accelerator_model = finding.accelerator_model
        AND profile_accelerator.reach > 0
    JOIN reference.variant AS variant
        ON variant.profile = profile_accelerator.profile
    JOIN reference.profile AS profile
        ON profile.profile = variant.profile
    JOIN place
        ON place.variant = variant.variant
        AND place.country_iso2 = region.country_iso2
    WHERE
        list_contains(coalesce(variant.findings, profile.evidence), finding.finding)
        AND (variant.evidence_levels IS NULL OR list_contains(variant.evidence_levels, finding.evidence))
        AND list_contains(variant.sold_as, finding.sold_as)
        AND (profile.providers IS NULL OR list_contains(profile.providers, region.provider))
        AND NOT list_contains(profile.excluded_provider_kinds, coalesce(provider.kind, 'cloud'))
        AND (profile.partitions IS NULL OR list_contains(profile.partitions, region.cloud_partition))
        AND NOT list_contains(coalesce(variant.left_out_partitions, []), region.cloud_partition)
        AND NOT list_contains(coalesce(variant.left_out_statuses, []), region.region_status)
        AND (
            profile.access IS NULL
            OR list_contains(list_concat(profile.access, coalesce(variant.also_access, [])), region.access)
        )
    GROUP BY place.variant, place.counted_in_iso2
),

counted AS (
    SELECT
        place.variant,
        place.choice,
        place.country_iso2,
        place.counted_in_iso2,
        CASE coalesce(reached.reach, 0) WHEN 2 THEN 'north' WHEN 1 THEN 'south' ELSE 'desert' END AS tier
    FROM place
    LEFT JOIN reached
        ON reached.variant = place.variant
        AND reached.counted_in_iso2 = place.counted_in_iso2
)

SELECT
    census.census_date,
    counted.country_iso2,
    counted.variant,
    counted.choice,
    counted.counted_in_iso2,
    counted.tier,
    base.tier AS base_tier,
    counted.tier <> base.tier AS differs
FROM counted
CROSS JOIN census
JOIN counted AS base
    ON base.country_iso2 = counted.country_iso2
    AND base.variant = 'extended'
