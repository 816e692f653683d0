-- description: The tier of each country under each profile, with its bounds, from when to when, by what is known today; countries without a region have no row.
-- grain: profile, country_iso2, valid_from
-- dates: all
-- preview: profile, country_iso2, valid_from
-- columns:
--   profile varchar: The way of counting. [not_null]
--   country_iso2 varchar: Country or territory. [not_null; relationships: reference.country.country_iso2]
--   tier varchar: north with a training accelerator, south with another counted one, desert with none at the providers asked. [accepted_values: north, south, desert]
--   tier_at_least varchar: The tier by what is certain alone. [accepted_values: north, south, desert]
--   tier_at_most varchar: The tier with all that the evidence leaves open. [accepted_values: north, south, desert]
--   tier_at_most_fleet varchar: The same, open questions answered only with what the provider lists elsewhere. [accepted_values: north, south, desert]
--   valid_from date: The first day. [not_null]
--   valid_to date: The first day on which it no longer holds; null while it does.
WITH placed AS (
    SELECT level_history.*, region_fact.country_iso2
    FROM level_history
    JOIN region_fact
        ON region_fact.provider = level_history.provider
        AND region_fact.region_code = level_history.region_code
    WHERE region_fact.country_iso2 IS NOT NULL
),

boundary AS (
    SELECT profile, country_iso2, valid_from AS on_day FROM placed
    UNION
    SELECT profile, country_iso2, valid_to FROM placed WHERE valid_to IS NOT NULL
),

event AS (
    SELECT
        boundary.*,
        row_number() OVER (ORDER BY profile, country_iso2, on_day) AS event,
        lead(on_day) OVER (PARTITION BY profile, country_iso2 ORDER BY on_day) AS next_on
    FROM boundary
),

reached AS (
    SELECT
        event.profile,
        event.country_iso2,
        event.on_day,
        event.event,
        event.next_on,
        max(placed.reach) AS reach,
        max(placed.reach_at_least) AS reach_at_least,
        max(placed.reach_at_most) AS reach_at_most,
        max(placed.reach_at_most_fleet) AS reach_at_most_fleet
    FROM event
    JOIN placed
        ON placed.profile = event.profile
        AND placed.country_iso2 = event.country_iso2
        AND placed.valid_from <= event.on_day
        AND coalesce(placed.valid_to > event.on_day, TRUE)
    GROUP BY event.profile, event.country_iso2, event.on_day, event.event, event.next_on
),

numbered AS (
    -- events in a row that say the same have the same number
    SELECT
        reached.*,
        event - row_number() OVER (
            PARTITION BY profile, country_iso2, reach, reach_at_least, reach_at_most, reach_at_most_fleet
            ORDER BY event
        ) AS span
    FROM reached
)

SELECT
    profile,
    country_iso2,
    CASE reach WHEN 2 THEN 'north' WHEN 1 THEN 'south' ELSE 'desert' END AS tier,
    CASE reach_at_least WHEN 2 THEN 'north' WHEN 1 THEN 'south' ELSE 'desert' END AS tier_at_least,
    CASE reach_at_most WHEN 2 THEN 'north' WHEN 1 THEN 'south' ELSE 'desert' END AS tier_at_most,
    CASE reach_at_most_fleet WHEN 2 THEN 'north' WHEN 1 THEN 'south' ELSE 'desert' END AS tier_at_most_fleet,
    min(on_day) AS valid_from,
    nullif(max(coalesce(next_on, DATE 'infinity')), DATE 'infinity') AS valid_to
FROM numbered
GROUP BY profile, country_iso2, reach, reach_at_least, reach_at_most, reach_at_most_fleet, span
