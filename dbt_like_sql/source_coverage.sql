-- description: The newest listing of each source: how much was asked and answered, and how old it is.
-- grain: provider, source
-- preview: provider, source
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   provider varchar: The cloud. [not_null]
--   source varchar: Which of its sources. [not_null]
--   evidence varchar: Evidence level of the source. [accepted_values: stock, offering, docs, price]
--   asked bigint: Regions it was asked for. [not_null]
--   answered bigint: Regions it answered completely for. [not_null]
--   complete boolean: Whether it answered for every region it was asked for. [not_null]
--   carried_from date: The day of the listing, where that is not the census date.
--   rows bigint: Rows it listed. [not_null]
SELECT
    census.census_date,
    observation.provider,
    observation.source,
    source.evidence,
    observation.asked,
    observation.answered,
    observation.asked = observation.answered AS complete,
    nullif(observation.observed_on, census.census_date) AS carried_from,
    observation.listed AS rows
FROM observation
CROSS JOIN census
JOIN source
    ON source.provider = observation.provider
    AND source.source = observation.source
QUALIFY
    row_number() OVER (
        PARTITION BY observation.provider, observation.source
        ORDER BY observation.observed_on DESC
    ) = 1
