-- description: Compute North, South or Desert: the tier of every country and territory under every profile, with its bounds.
-- grain: profile, country_iso2
-- preview: profile, superpower DESC, tier = 'north' DESC, tier = 'south' DESC
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   profile varchar: The way of counting. [not_null]
--   country_iso2 varchar: Country or territory. [not_null; relationships: reference.country.country_iso2]
--   country_name varchar: Short English name. [not_null]
--   tier varchar: north with a training accelerator, south with another counted one, desert with none at the providers asked. [accepted_values: north, south, desert]
--   tier_at_least varchar: The tier by what is certain alone. [accepted_values: north, south, desert]
--   tier_at_most varchar: The tier with all that the evidence leaves open. [accepted_values: north, south, desert]
--   tier_at_most_fleet varchar: The same, open questions answered only with what the provider lists elsewhere. [accepted_values: north, south, desert]
--   deciding_finding varchar: The best finding behind the tier; for a desert what was found instead. [accepted_values: confirmed, priced_only, contradicted, not_listed, not_observed, no_region]
--   superpower boolean: The United States and China. [not_null]
--   in_count_universe boolean: Counted where countries are counted. [not_null]
--   imf_advanced boolean: An advanced economy for the IMF on that day. [not_null]
--   unctad_developed boolean: A developed economy for UNCTAD on that day. [not_null]
--   wb_income varchar: World Bank income group in force on that day; null before July 2023.
--   providers_asked bigint: Clouds of the profile that answered for at least one region by that day. [not_null]
WITH decided AS (
    -- for a north, findings of training models; for a south, of any counted model; else whatever was found
    SELECT
        profile_region.profile,
        profile_region.country_iso2,
        min(
            CASE
                WHEN
                    tier_history.tier <> 'desert'
                    AND finding.sold_as = 'open'
                    AND list_contains(profile.evidence, finding.finding)
                    AND least(
                        profile_accelerator.reach,
                        1 + finding.whole::BIGINT
                    ) = CASE tier_history.tier WHEN 'north' THEN 2 ELSE 1 END
                    THEN CASE finding.finding WHEN 'confirmed' THEN 1 ELSE 2 END
                WHEN tier_history.tier <> 'desert' THEN 9
                WHEN
                    finding.finding IN ('priced_only', 'contradicted')
                    AND profile_accelerator.accelerator_class <> 'not_counted'
                    THEN CASE finding.finding WHEN 'priced_only' THEN 2 ELSE 3 END
                WHEN finding.finding = 'not_observed' THEN 4
                ELSE 5
            END
        ) AS grade
    FROM profile_region
    JOIN tier_history
        ON tier_history.profile = profile_region.profile
        AND tier_history.country_iso2 = profile_region.country_iso2
    JOIN reference.profile AS profile
        ON profile.profile = profile_region.profile
    JOIN finding
        ON finding.provider = profile_region.provider
        AND finding.region_code = profile_region.region_code
    LEFT JOIN reference.profile_accelerator AS profile_accelerator
        ON profile_accelerator.profile = profile_region.profile
        AND profile_accelerator.accelerator_model = finding.accelerator_model
    GROUP BY profile_region.profile, profile_region.country_iso2
),

asked AS (
    SELECT
        profile,
        count(DISTINCT provider) FILTER (evidence_on IS NOT NULL) AS providers_asked
    FROM profile_region
    GROUP BY profile
)

SELECT
    census.census_date,
    profile.profile,
    country.country_iso2,
    country.name_short_en AS country_name,
    coalesce(tier_history.tier, 'desert') AS tier,
    coalesce(tier_history.tier_at_least, 'desert') AS tier_at_least,
    coalesce(tier_history.tier_at_most, 'desert') AS tier_at_most,
    coalesce(tier_history.tier_at_most_fleet, 'desert') AS tier_at_most_fleet,
    CASE coalesce(decided.grade, 6)
        WHEN 1 THEN 'confirmed'
        WHEN 2 THEN 'priced_only'
        WHEN 3 THEN 'contradicted'
        WHEN 4 THEN 'not_observed'
        WHEN 5 THEN 'not_listed'
        ELSE 'no_region'
    END AS deciding_finding,
    country.superpower,
    country.in_count_universe,
    coalesce(country.imf_advanced_from <= census.census_date, FALSE) AS imf_advanced,
    coalesce(country.unctad_developed_from <= census.census_date, FALSE) AS unctad_developed,
    CASE
        WHEN census.census_date < DATE '2023-07-01' THEN NULL
        WHEN census.census_date < DATE '2024-07-01' THEN country.wb_income_fy24
        WHEN census.census_date < DATE '2025-07-01' THEN country.wb_income_fy25
        WHEN census.census_date < DATE '2026-07-01' THEN country.wb_income_fy26
        ELSE country.wb_income_fy27
    END AS wb_income,
    coalesce(asked.providers_asked, 0)::BIGINT AS providers_asked
FROM reference.country AS country
CROSS JOIN reference.profile AS profile
CROSS JOIN census
LEFT JOIN tier_history
    ON tier_history.profile = profile.profile
    AND tier_history.country_iso2 = country.country_iso2
LEFT JOIN decided
    ON decided.profile = profile.profile
    AND decided.country_iso2 = country.country_iso2
LEFT JOIN asked
    ON asked.profile = profile.profile
