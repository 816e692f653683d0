-- description: Regions that are listed and whose country is not known: counted for their provider, in no country.
-- grain: provider, region_code
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   provider varchar: The cloud. [not_null]
--   region_code varchar: The provider's own code. [not_null]
--   region_name varchar: The provider's own name.
--   first_seen_on date: First listing that names it.
--   last_seen_on date: Newest listing that names it.
SELECT
    census_date,
    provider,
    region_code,
    region_name,
    first_seen_on,
    last_seen_on
FROM region
WHERE country_iso2 IS NULL
