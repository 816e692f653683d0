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
WITH named AS (
    -- the newest list of each source that names the region, answered or not
    SELECT
        coverage_history.provider,
        coverage_history.source,
        coverage_history.region_code,
        max(least(coverage_history.evidence_on, census.census_date)) AS last_on
    FROM coverage_history
    CROSS JOIN census
    WHERE coverage_history.in_list = 'named'
    GROUP BY coverage_history.provider, coverage_history.source, coverage_history.region_code
),

sighting AS (
    -- what only its known opening vouches for has never been seen
    SELECT
        region_history.provider,
        region_history.source,
        region_history.region_code,
        CASE WHEN region_history.sightings > 0 THEN region_history.valid_from END AS first_seen_on,
        named.last_on AS last_seen_on,
        coalesce(named.last_on, census.census_date) AS last_on,
        coalesce(source.evidence_rank, 3) AS evidence_rank
    FROM region_history
    CROSS JOIN census
    LEFT JOIN named
        ON named.provider = region_history.provider
        AND named.source = region_history.source
        AND named.region_code = region_history.region_code
    LEFT JOIN source
        ON source.provider = region_history.provider
        AND source.source = region_history.source
),

left_out AS (
    -- sources that had listed the region and whose complete lists have left it out since
    SELECT
        coverage_history.provider,
        coverage_history.source,
        coverage_history.region_code,
        source.evidence_rank,
        least(coverage_history.evidence_on, census.census_date) AS left_out_on
    FROM coverage_history
    CROSS JOIN census
    JOIN source
        ON source.provider = coverage_history.provider
        AND source.source = coverage_history.source
    ANTI JOIN region_history
        ON region_history.provider = coverage_history.provider
        AND region_history.source = coverage_history.source
        AND region_history.region_code = coverage_history.region_code
    WHERE coverage_history.in_list = 'no_longer' AND NOT source.positive_only
),

present AS (
    SELECT
        sighting.provider,
        sighting.region_code,
        min(sighting.first_seen_on) AS first_seen_on,
        max(sighting.last_seen_on) AS last_seen_on
    FROM sighting
    ANTI JOIN left_out
        ON left_out.provider = sighting.provider
        AND left_out.region_code = sighting.region_code
        AND left_out.source <> sighting.source
        AND supersedes(left_out.left_out_on, left_out.evidence_rank, sighting.last_on, sighting.evidence_rank)
    GROUP BY sighting.provider, sighting.region_code
)

SELECT
    census.census_date,
    present.provider,
    present.region_code,
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
    present.first_seen_on,
    present.last_seen_on
FROM present
CROSS JOIN census
JOIN region_fact
    ON region_fact.provider = present.provider
    AND region_fact.region_code = present.region_code
WHERE region_fact.closed_on IS NULL OR region_fact.closed_on > census.census_date
