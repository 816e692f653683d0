-- description: The newest observation of each source: how much was asked and answered, and how old what is used of it is.
-- grain: provider, source
-- preview: provider, source
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   provider varchar: The cloud. [not_null]
--   source varchar: Which of its sources. [not_null]
--   evidence varchar: Evidence level of the source. [accepted_values: stock, offering, docs, price]
--   asked bigint: Regions it was asked for. [not_null]
--   answered bigint: Regions it answered completely for, unsuspected. [not_null]
--   suspicious bigint: Regions whose answer has lost so much at once that it is not used. [not_null]
--   complete boolean: Whether it answered all it was asked, unsuspected. [not_null]
--   carried_from date: The day of the newest observation that is used, where that is not the census date; null where there is none.
--   rows bigint: Rows it listed. [not_null]
--   fault varchar: What was not answered, in words; empty where nothing was missing. [not_null]
SELECT
    census.census_date,
    observation.provider,
    observation.source,
    source.evidence,
    observation.asked,
    observation.answered,
    observation.suspicious,
    observation.complete,
    nullif(
        max(observation.observed_on) FILTER (observation.used)
            OVER (PARTITION BY observation.provider, observation.source),
        census.census_date
    ) AS carried_from,
    observation.listed AS rows,
    observation.fault
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
