-- description: One row per cloud region that exists on the census date.
-- grain: provider, region_code
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   provider varchar: The cloud. [not_null]
--   region_code varchar: The provider's own code. [not_null]
--   region_name varchar: The provider's own name.
--   country_iso2 varchar: Country or territory it is in; null while not located. [relationships: reference.country.country_iso2]
--   city varchar: City or province, as far as the provider tells.
--   metro varchar: Metropolitan area, one name for all providers.
--   latitude double: Of the city, degrees north.
--   longitude double: Of the city, degrees east.
--   cloud_partition varchar: Part of the cloud. [accepted_values: public, china, government, sovereign, partner]
--   access varchar: Who may use it. [accepted_values: open, opt_in, restricted, industry, unreleased]
--   region_status varchar: What the provider says of it. [accepted_values: open, impaired]
--   operator_country_iso2 varchar: Headquarters of the cloud's brand.
--   opened_on date: When it opened, where known.
--   closed_on date: When it will have closed, where that is known today.
--   zones bigint: Number of zones, where known.
--   first_seen_on date: First listing that names it; null while only its opening is known.
--   last_seen_on date: Newest listing that names it.
WITH listed AS (
    -- the newest list that names the region, answered or not, among the sources that vouch for it
    SELECT
        coverage_history.provider,
        coverage_history.region_code,
        max(least(coverage_history.evidence_on, census.census_date)) AS last_seen_on
    FROM coverage_history
    CROSS JOIN census
    JOIN region_presence
        ON region_presence.provider = coverage_history.provider
        AND region_presence.region_code = coverage_history.region_code
        AND list_contains(region_presence.sources, coverage_history.source)
    WHERE coverage_history.in_list = 'named'
    GROUP BY coverage_history.provider, coverage_history.region_code
)

SELECT
    census.census_date,
    region_presence.provider,
    region_presence.region_code,
    region_fact.region_name,
    region_fact.country_iso2,
    region_fact.city,
    region_fact.metro,
    region_fact.latitude,
    region_fact.longitude,
    region_fact.cloud_partition,
    region_fact.access,
    CASE
        WHEN
            region_fact.region_status = 'impaired'
            AND coalesce(region_fact.region_status_from <= census.census_date, TRUE)
            THEN 'impaired'
        ELSE 'open'
    END AS region_status,
    region_fact.operator_country_iso2,
    region_fact.opened_on,
    region_fact.closed_on,
    region_fact.zones,
    region_presence.first_seen_on,
    listed.last_seen_on
FROM region_presence
CROSS JOIN census
JOIN region_fact
    ON region_fact.provider = region_presence.provider
    AND region_fact.region_code = region_presence.region_code
LEFT JOIN listed
    ON listed.provider = region_presence.provider
    AND listed.region_code = region_presence.region_code
