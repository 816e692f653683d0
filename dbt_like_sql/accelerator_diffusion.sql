-- description: How far each accelerator model had spread by the end of each month, with the bounds that the evidence leaves open; the running month by the census date.
-- grain: profile, month, accelerator_model
-- dates: all
-- preview: profile, month DESC, countries DESC
-- columns:
--   profile varchar: The way of counting. [not_null]
--   month date: Its first day. [not_null]
--   accelerator_model varchar: The canonical model, from the month on in which any cloud has listed it. [not_null]
--   regions bigint: Regions that list it, by the findings that the profile counts. [not_null]
--   regions_at_least bigint: Of these, what is certain. [not_null]
--   regions_at_most bigint: All that list it in any way, and all that may: not observed, stale, or with a label that maps to no model. [not_null]
--   countries bigint: Countries and territories these regions are in. [not_null]
--   countries_at_least bigint: Of these, what is certain. [not_null]
--   countries_at_most bigint: Countries and territories of the regions that may list it. [not_null]
WITH month AS (
    SELECT
        series.month::DATE AS month,
        least((series.month + INTERVAL 1 MONTH)::DATE - 1, series.census_date) AS on_day
    FROM (
        SELECT
            census.census_date,
            unnest(
                generate_series(
                    date_trunc('month', debut.first_on)::TIMESTAMP,
                    census.census_date::TIMESTAMP,
                    INTERVAL 1 MONTH
                )
            ) AS month
        FROM census
        CROSS JOIN (SELECT min(valid_from) AS first_on FROM accelerator_debut) AS debut
    ) AS series
),

existing AS (
    SELECT
        level_history.profile,
        month.month,
        month.on_day,
        level_history.provider,
        level_history.region_code,
        region_fact.country_iso2,
        region_presence.open_question
    FROM month
    JOIN level_history
        ON level_history.valid_from <= month.on_day
        AND coalesce(level_history.valid_to > month.on_day, TRUE)
    JOIN region_presence
        ON region_presence.provider = level_history.provider
        AND region_presence.region_code = level_history.region_code
        AND region_presence.valid_from <= month.on_day
        AND coalesce(region_presence.valid_to > month.on_day, TRUE)
    JOIN region_fact
        ON region_fact.provider = level_history.provider
        AND region_fact.region_code = level_history.region_code
),

listed AS (
    SELECT
        existing.profile,
        existing.month,
        existing.provider,
        existing.region_code,
        existing.country_iso2,
        finding_history.accelerator_model,
        finding_history.sold_as = 'open' AND list_contains(profile.evidence, finding_history.finding) AS counted,
        finding_history.certain
    FROM existing
    JOIN reference.profile AS profile
        ON profile.profile = existing.profile
    JOIN finding_history
        ON finding_history.provider = existing.provider
        AND finding_history.region_code = existing.region_code
        AND finding_history.valid_from <= existing.on_day
        AND coalesce(finding_history.valid_to > existing.on_day, TRUE)
    WHERE finding_history.accelerator_model <> '' AND finding_history.sold_as <> 'managed_service'
),

open_region AS (
    SELECT profile, month, provider, region_code, country_iso2 FROM existing WHERE open_question
    UNION
    SELECT profile, month, provider, region_code, country_iso2 FROM listed WHERE accelerator_model = 'unknown'
),

open_month AS (
    SELECT profile, month, count(*) AS regions, count(DISTINCT country_iso2) AS countries
    FROM open_region
    GROUP BY profile, month
),

by_model AS (
    SELECT
        listed.profile,
        listed.month,
        listed.accelerator_model,
        count(*) FILTER (listed.counted) AS regions,
        count(*) FILTER (listed.certain) AS regions_at_least,
        count(*) FILTER (open_region.provider IS NULL) AS settled_regions,
        count(DISTINCT listed.country_iso2) FILTER (listed.counted) AS countries,
        count(DISTINCT listed.country_iso2) FILTER (listed.certain) AS countries_at_least,
        count(DISTINCT listed.country_iso2) FILTER (open_country.country_iso2 IS NULL) AS settled_countries
    FROM listed
    LEFT JOIN open_region
        ON open_region.profile = listed.profile
        AND open_region.month = listed.month
        AND open_region.provider = listed.provider
        AND open_region.region_code = listed.region_code
    LEFT JOIN (SELECT DISTINCT profile, month, country_iso2 FROM open_region) AS open_country
        ON open_country.profile = listed.profile
        AND open_country.month = listed.month
        AND open_country.country_iso2 = listed.country_iso2
    WHERE listed.accelerator_model <> 'unknown'
    GROUP BY listed.profile, listed.month, listed.accelerator_model
),

known AS (
    SELECT DISTINCT profile.profile, month.month, accelerator_debut.accelerator_model
    FROM month
    JOIN accelerator_debut
        ON accelerator_debut.valid_from <= month.on_day
    CROSS JOIN reference.profile AS profile
)

SELECT
    known.profile,
    known.month,
    known.accelerator_model,
    coalesce(by_model.regions, 0) AS regions,
    coalesce(by_model.regions_at_least, 0) AS regions_at_least,
    coalesce(by_model.settled_regions, 0) + coalesce(open_month.regions, 0) AS regions_at_most,
    coalesce(by_model.countries, 0) AS countries,
    coalesce(by_model.countries_at_least, 0) AS countries_at_least,
    coalesce(by_model.settled_countries, 0) + coalesce(open_month.countries, 0) AS countries_at_most
FROM known
LEFT JOIN by_model
    ON by_model.profile = known.profile
    AND by_model.month = known.month
    AND by_model.accelerator_model = known.accelerator_model
LEFT JOIN open_month
    ON open_month.profile = known.profile
    AND open_month.month = known.month
