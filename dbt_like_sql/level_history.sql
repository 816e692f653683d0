-- description: How far each region of each profile reaches, 2 training, 1 another counted accelerator, 0 none, with its bounds (METHOD 3), from when to when.
-- grain: profile, provider, region_code, valid_from
-- dates: all
-- preview: profile, provider, region_code, valid_from
-- columns:
--   profile varchar: The way of counting. [not_null]
--   provider varchar: The cloud. [not_null]
--   region_code varchar: The provider's own code. [not_null]
--   reach bigint: By the findings that the profile counts. [not_null]
--   reach_at_least bigint: By what is certain alone. [not_null]
--   reach_at_most bigint: With all that the evidence leaves open. [not_null]
--   reach_at_most_fleet bigint: The same, an open question answered only with what the provider lists elsewhere. [not_null]
--   valid_from date: The first day. [not_null]
--   valid_to date: The first day on which it no longer holds; null while it does.
WITH member AS (
    -- the regions that take part in each profile
    SELECT DISTINCT profile.profile, profile.evidence, region_fact.provider, region_fact.region_code
    FROM region_fact
    CROSS JOIN reference.profile AS profile
    LEFT JOIN reference.provider AS provider
        ON provider.provider = region_fact.provider
    WHERE
        (profile.providers IS NULL OR list_contains(profile.providers, region_fact.provider))
        AND (profile.partitions IS NULL OR list_contains(profile.partitions, region_fact.cloud_partition))
        AND (profile.access IS NULL OR list_contains(profile.access, region_fact.access))
        AND NOT list_contains(profile.excluded_provider_kinds, coalesce(provider.kind, 'cloud'))
),

any_cloud AS (
    -- since when any cloud has listed what reaches so far
    SELECT profile_accelerator.profile, profile_accelerator.reach, min(accelerator_debut.valid_from) AS valid_from
    FROM accelerator_debut
    JOIN reference.profile_accelerator AS profile_accelerator
        ON profile_accelerator.accelerator_model = accelerator_debut.accelerator_model
    WHERE profile_accelerator.reach > 0
    GROUP BY profile_accelerator.profile, profile_accelerator.reach
),

fleet AS (
    -- from when to when a provider lists what reaches so far, in any region
    SELECT
        profile_accelerator.profile,
        finding_history.provider,
        profile_accelerator.reach,
        finding_history.valid_from,
        coalesce(finding_history.valid_to, DATE 'infinity') AS ends_on
    FROM finding_history
    JOIN reference.profile_accelerator AS profile_accelerator
        ON profile_accelerator.accelerator_model = finding_history.accelerator_model
    WHERE profile_accelerator.reach > 0
),

fleet_begun AS (
    SELECT
        fleet.*,
        coalesce(
            max(ends_on) OVER (
                PARTITION BY profile, provider, reach
                ORDER BY valid_from
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) < valid_from,
            TRUE
        ) AS begins
    FROM fleet
),

fleet_numbered AS (
    SELECT
        fleet_begun.*,
        sum(begins::BIGINT) OVER (
            PARTITION BY profile, provider, reach
            -- of rows that begin on one day, the first begins the span
            ORDER BY valid_from, begins DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS span
    FROM fleet_begun
),

fleet_span AS (
    SELECT profile, provider, reach, min(valid_from) AS valid_from, max(ends_on) AS ends_on
    FROM fleet_numbered
    GROUP BY profile, provider, reach, span
),

boundary AS (
    SELECT provider, region_code, valid_from AS on_day FROM finding_history
    UNION
    SELECT provider, region_code, valid_to FROM finding_history WHERE valid_to IS NOT NULL
    UNION
    SELECT provider, region_code, valid_from FROM region_presence
    UNION
    SELECT provider, region_code, valid_to FROM region_presence WHERE valid_to IS NOT NULL
),

moment AS (
    SELECT member.profile, member.evidence, member.provider, member.region_code, boundary.on_day
    FROM member
    JOIN boundary
        ON boundary.provider = member.provider
        AND boundary.region_code = member.region_code
    UNION
    SELECT member.profile, member.evidence, member.provider, member.region_code, any_cloud.valid_from
    FROM member
    JOIN any_cloud
        ON any_cloud.profile = member.profile
    UNION
    SELECT
        member.profile,
        member.evidence,
        member.provider,
        member.region_code,
        unnest([fleet_span.valid_from, fleet_span.ends_on])
    FROM member
    JOIN fleet_span
        ON fleet_span.profile = member.profile
        AND fleet_span.provider = member.provider
),

event AS (
    SELECT
        moment.profile,
        moment.evidence,
        moment.provider,
        moment.region_code,
        moment.on_day,
        region_presence.open_question,
        row_number() OVER (ORDER BY moment.profile, moment.provider, moment.region_code, moment.on_day) AS event
    FROM moment
    LEFT JOIN region_presence
        ON region_presence.provider = moment.provider
        AND region_presence.region_code = moment.region_code
        AND region_presence.valid_from <= moment.on_day
        AND coalesce(region_presence.valid_to > moment.on_day, TRUE)
    WHERE moment.on_day < DATE 'infinity'
),

by_listing AS (
    -- a fraction is an offering, but training needs a whole accelerator
    SELECT
        event.event,
        max(
            CASE
                WHEN
                    finding_history.sold_as = 'open' AND list_contains(event.evidence, finding_history.finding)
                    THEN least(coalesce(profile_accelerator.reach, 0), 1 + finding_history.whole::BIGINT)
                ELSE 0
            END
        ) AS reach,
        max(
            CASE
                WHEN
                    finding_history.certain
                    THEN least(coalesce(profile_accelerator.reach, 0), 1 + finding_history.certainly_whole::BIGINT)
                ELSE 0
            END
        ) AS reach_at_least,
        max(
            CASE
                WHEN finding_history.accelerator_model = 'unknown' THEN 2
                ELSE least(coalesce(profile_accelerator.reach, 0), 1 + finding_history.possibly_whole::BIGINT)
            END
        ) AS reach_at_most
    FROM event
    JOIN finding_history
        ON finding_history.provider = event.provider
        AND finding_history.region_code = event.region_code
        AND finding_history.valid_from <= event.on_day
        AND coalesce(finding_history.valid_to > event.on_day, TRUE)
    LEFT JOIN reference.profile_accelerator AS profile_accelerator
        ON profile_accelerator.profile = event.profile
        AND profile_accelerator.accelerator_model = finding_history.accelerator_model
    WHERE finding_history.accelerator_model <> '' AND finding_history.sold_as <> 'managed_service'
    GROUP BY event.event
),

by_any_cloud AS (
    SELECT event.event, max(any_cloud.reach) AS reach
    FROM event
    JOIN any_cloud
        ON any_cloud.profile = event.profile
        AND any_cloud.valid_from <= event.on_day
    WHERE event.open_question
    GROUP BY event.event
),

by_fleet AS (
    SELECT event.event, max(fleet_span.reach) AS reach
    FROM event
    JOIN fleet_span
        ON fleet_span.profile = event.profile
        AND fleet_span.provider = event.provider
        AND fleet_span.valid_from <= event.on_day
        AND fleet_span.ends_on > event.on_day
    WHERE event.open_question
    GROUP BY event.event
),

levelled AS (
    SELECT
        event.profile,
        event.provider,
        event.region_code,
        event.on_day,
        event.event,
        lead(event.on_day) OVER (
            PARTITION BY event.profile, event.provider, event.region_code
            ORDER BY event.event
        ) AS next_on,
        event.open_question IS NOT NULL AS exists_then,
        coalesce(by_listing.reach, 0)::BIGINT AS reach,
        coalesce(by_listing.reach_at_least, 0)::BIGINT AS reach_at_least,
        greatest(by_listing.reach_at_most, by_any_cloud.reach, 0)::BIGINT AS reach_at_most,
        greatest(by_listing.reach_at_most, by_fleet.reach, 0)::BIGINT AS reach_at_most_fleet
    FROM event
    LEFT JOIN by_listing
        ON by_listing.event = event.event
    LEFT JOIN by_any_cloud
        ON by_any_cloud.event = event.event
    LEFT JOIN by_fleet
        ON by_fleet.event = event.event
),

numbered AS (
    -- events in a row that say the same have the same number
    SELECT
        levelled.*,
        event - row_number() OVER (
            PARTITION BY
                profile,
                provider,
                region_code,
                reach,
                reach_at_least,
                reach_at_most,
                reach_at_most_fleet
            ORDER BY event
        ) AS span
    FROM levelled
    WHERE exists_then
)

SELECT
    profile,
    provider,
    region_code,
    reach,
    reach_at_least,
    reach_at_most,
    reach_at_most_fleet,
    min(on_day) AS valid_from,
    nullif(max(coalesce(next_on, DATE 'infinity')), DATE 'infinity') AS valid_to
FROM numbered
GROUP BY profile, provider, region_code, reach, reach_at_least, reach_at_most, reach_at_most_fleet, span
