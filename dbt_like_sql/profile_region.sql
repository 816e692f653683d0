-- description: The regions that take part in each profile, and whether the newest answer for them still holds.
-- grain: profile, provider, region_code
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   profile varchar: The way of counting. [not_null]
--   provider varchar: The cloud. [not_null]
--   region_code varchar: The provider's own code. [not_null]
--   country_iso2 varchar: Country or territory it is in.
--   metro varchar: Metropolitan area, or the region's code where none is known. [not_null]
--   evidence_on date: Newest answer of a source whose silence means something; null where none answered.
--   open_question boolean: Whether that answer is missing or older than 180 days. [not_null]
SELECT
    region.census_date,
    profile.profile,
    region.provider,
    region.region_code,
    region.country_iso2,
    coalesce(region.metro, region.region_code) AS metro,
    asked.evidence_on,
    region_presence.open_question
FROM region
JOIN region_presence
    ON region_presence.provider = region.provider
    AND region_presence.region_code = region.region_code
CROSS JOIN reference.profile AS profile
LEFT JOIN reference.provider AS provider
    ON provider.provider = region.provider
LEFT JOIN (
    SELECT answer.provider, answer.region_code, max(answer.evidence_on) AS evidence_on
    FROM answer
    WHERE NOT answer.positive_only
    GROUP BY answer.provider, answer.region_code
) AS asked
    ON asked.provider = region.provider
    AND asked.region_code = region.region_code
WHERE
    (profile.providers IS NULL OR list_contains(profile.providers, region.provider))
    AND (profile.partitions IS NULL OR list_contains(profile.partitions, region.cloud_partition))
    AND (profile.access IS NULL OR list_contains(profile.access, region.access))
    AND NOT list_contains(profile.excluded_provider_kinds, coalesce(provider.kind, 'cloud'))
