-- description: The change feed: what came, went or is seen otherwise, up to the census date, each with its cause (METHOD 4) and the observations between which it happened.
-- grain: changed_on, kind, profile, provider, region_code, country_iso2, accelerator_model, detail
-- dates: all
-- preview: changed_on DESC, kind
-- columns:
--   changed_on date: The first day on which it was so. [not_null]
--   kind varchar: What changed. [accepted_values: region_opened, region_closed, accelerator_arrived, accelerator_withdrawn, finding_changed, tier_changed, unknown_label_appeared]
--   cause varchar: Whether the clouds changed, or what we see of them, or how well, or what the reference table knows. [accepted_values: real, coverage, evidence, reference]
--   certainty varchar: How sure: confirmed, provisional while seen only once yet, priced where only a price says so, dated where the reference table knows the day. [accepted_values: confirmed, provisional, priced, dated]
--   profile varchar: The way of counting; null for all but tiers.
--   provider varchar: The cloud; null for tiers.
--   region_code varchar: The provider's own code of the region; null for tiers.
--   country_iso2 varchar: Country or territory.
--   accelerator_model varchar: The canonical model, or unknown; null for regions and tiers.
--   observed_before_on date: The last observation before; null where there was none.
--   observed_after_on date: The first observation after; null where none is needed.
--   detail varchar: In words: the regions' sources, the finding, the tier before and after, the label.
WITH region_moment AS (
    SELECT
        region_presence.*,
        coalesce(
            lag(valid_to) OVER (PARTITION BY provider, region_code ORDER BY valid_from) <> valid_from,
            TRUE
        ) AS begins,
        coalesce(
            lead(valid_from) OVER (PARTITION BY provider, region_code ORDER BY valid_from) <> valid_to,
            valid_to IS NOT NULL
        ) AS ends
    FROM region_presence
),

region_came AS (
    SELECT
        region_moment.provider,
        region_moment.region_code,
        region_moment.valid_from AS changed_on,
        any_value(region_moment.sources) AS sources,
        count(region_history.source) AS lists,
        bool_or(region_history.confirmed) AS confirmed,
        max(region_history.not_before_on) AS observed_before_on
    FROM region_moment
    LEFT JOIN region_history
        ON region_history.provider = region_moment.provider
        AND region_history.region_code = region_moment.region_code
        AND region_history.valid_from = region_moment.valid_from
    WHERE region_moment.begins
    GROUP BY region_moment.provider, region_moment.region_code, region_moment.valid_from
),

region_went AS (
    SELECT
        region_moment.provider,
        region_moment.region_code,
        region_moment.valid_to AS changed_on,
        any_value(region_moment.sources) AS sources,
        count(region_history.source) AS lists,
        max(region_history.last_seen_on) AS observed_before_on,
        coalesce(bool_or(region_fact.closed_on = region_moment.valid_to), FALSE) AS known_day
    FROM region_moment
    LEFT JOIN region_history
        ON region_history.provider = region_moment.provider
        AND region_history.region_code = region_moment.region_code
        AND region_history.valid_to = region_moment.valid_to
        AND region_history.sightings > 0
    LEFT JOIN region_fact
        ON region_fact.provider = region_moment.provider
        AND region_fact.region_code = region_moment.region_code
    WHERE region_moment.ends
    GROUP BY region_moment.provider, region_moment.region_code, region_moment.valid_to
),

pair AS (
    -- each stay of a finding beside the one before it, and the one after it
    SELECT
        finding_history.*,
        lag(finding) OVER stays AS finding_before,
        lag(valid_to) OVER stays AS ended_before,
        lead(valid_from) OVER stays AS begins_after
    FROM finding_history
    WHERE accelerator_model NOT IN ('', 'unknown')
    WINDOW stays AS (PARTITION BY provider, region_code, accelerator_model ORDER BY valid_from)
),

came AS (
    -- what sources began to list on a day, with the last complete answer without it
    SELECT
        offering_history.provider,
        offering_history.region_code,
        offering_history.accelerator_model,
        offering_history.valid_from AS changed_on,
        max(offering_history.not_before_on) AS observed_before_on,
        bool_or(offering_history.confirmed) AS confirmed,
        bool_or(source.evidence_rank < 3) AS by_better
    FROM offering_history
    JOIN source
        ON source.provider = offering_history.provider
        AND source.source = offering_history.source
    GROUP BY
        offering_history.provider,
        offering_history.region_code,
        offering_history.accelerator_model,
        offering_history.valid_from
),

went AS (
    SELECT
        offering_history.provider,
        offering_history.region_code,
        offering_history.accelerator_model,
        offering_history.valid_to AS changed_on,
        max(sighting_history.last_seen_on) AS observed_before_on
    FROM offering_history
    JOIN sighting_history
        ON sighting_history.provider = offering_history.provider
        AND sighting_history.source = offering_history.source
        AND sighting_history.region_code = offering_history.region_code
        AND sighting_history.instance_type = offering_history.instance_type
        AND sighting_history.service = offering_history.service
        AND sighting_history.accelerator_model = offering_history.accelerator_model
        AND sighting_history.last_seen_on < offering_history.valid_to
    GROUP BY
        offering_history.provider,
        offering_history.region_code,
        offering_history.accelerator_model,
        offering_history.valid_to
),

pair_change AS (
    SELECT
        pair.valid_from AS changed_on,
        CASE
            WHEN pair.ended_before = pair.valid_from THEN 'finding_changed' ELSE 'accelerator_arrived'
        END AS kind,
        CASE
            WHEN came.observed_before_on IS NOT NULL AND (kind = 'accelerator_arrived' OR came.by_better) THEN 'real'
            WHEN kind = 'finding_changed' AND went.changed_on IS NOT NULL THEN 'real'
            WHEN came.changed_on IS NOT NULL AND (kind = 'accelerator_arrived' OR came.by_better) THEN 'coverage'
            ELSE 'evidence'
        END AS cause,
        CASE
            WHEN pair.finding <> 'confirmed' THEN 'priced'
            WHEN coalesce(came.confirmed, TRUE) THEN 'confirmed'
            ELSE 'provisional'
        END AS certainty,
        pair.provider,
        pair.region_code,
        pair.accelerator_model,
        coalesce(came.observed_before_on, CASE WHEN kind = 'finding_changed' THEN went.observed_before_on END)
            AS observed_before_on,
        pair.valid_from AS observed_after_on,
        CASE
            WHEN kind = 'finding_changed' THEN pair.finding_before || ' → ' || pair.finding ELSE pair.finding
        END AS detail
    FROM pair
    LEFT JOIN came
        ON came.provider = pair.provider
        AND came.region_code = pair.region_code
        AND came.accelerator_model = pair.accelerator_model
        AND came.changed_on = pair.valid_from
    LEFT JOIN went
        ON went.provider = pair.provider
        AND went.region_code = pair.region_code
        AND went.accelerator_model = pair.accelerator_model
        AND went.changed_on = pair.valid_from
    WHERE pair.ended_before IS DISTINCT FROM pair.valid_from OR pair.finding_before <> pair.finding
    UNION ALL
    SELECT
        pair.valid_to AS changed_on,
        'accelerator_withdrawn' AS kind,
        CASE
            WHEN went.changed_on IS NOT NULL OR (region_went.changed_on IS NOT NULL AND region_went.known_day) THEN 'real'
            WHEN region_went.lists > 0 THEN 'real'
            ELSE 'evidence'
        END AS cause,
        CASE WHEN pair.finding <> 'confirmed' THEN 'priced' ELSE 'confirmed' END AS certainty,
        pair.provider,
        pair.region_code,
        pair.accelerator_model,
        coalesce(went.observed_before_on, region_went.observed_before_on) AS observed_before_on,
        pair.valid_to AS observed_after_on,
        'was ' || pair.finding || CASE WHEN region_went.changed_on IS NOT NULL THEN ', with its region' ELSE '' END AS detail
    FROM pair
    LEFT JOIN went
        ON went.provider = pair.provider
        AND went.region_code = pair.region_code
        AND went.accelerator_model = pair.accelerator_model
        AND went.changed_on = pair.valid_to
    LEFT JOIN region_went
        ON region_went.provider = pair.provider
        AND region_went.region_code = pair.region_code
        AND region_went.changed_on = pair.valid_to
    WHERE pair.valid_to IS NOT NULL AND pair.begins_after IS DISTINCT FROM pair.valid_to
),

region_change AS (
    SELECT
        changed_on,
        'region_opened' AS kind,
        CASE
            WHEN sources = ['reference'] OR observed_before_on IS NOT NULL THEN 'real'
            WHEN lists > 0 THEN 'coverage'
            ELSE 'evidence'
        END AS cause,
        CASE
            WHEN sources = ['reference'] THEN 'dated'
            WHEN coalesce(confirmed, TRUE) THEN 'confirmed'
            ELSE 'provisional'
        END AS certainty,
        provider,
        region_code,
        NULL AS accelerator_model,
        observed_before_on,
        CASE WHEN sources <> ['reference'] THEN changed_on END AS observed_after_on,
        array_to_string(sources, ', ') AS detail
    FROM region_came
    UNION ALL
    SELECT
        changed_on,
        'region_closed' AS kind,
        CASE WHEN known_day OR lists > 0 THEN 'real' ELSE 'evidence' END AS cause,
        CASE WHEN known_day THEN 'dated' ELSE 'confirmed' END AS certainty,
        provider,
        region_code,
        NULL AS accelerator_model,
        observed_before_on,
        CASE WHEN NOT known_day THEN changed_on END AS observed_after_on,
        array_to_string(sources, ', ') AS detail
    FROM region_went
),

label_change AS (
    SELECT
        min(valid_from) AS changed_on,
        'unknown_label_appeared' AS kind,
        CASE WHEN arg_min(not_before_on IS NULL, (valid_from, not_before_on IS NOT NULL)) THEN 'coverage' ELSE 'real' END AS cause,
        CASE WHEN bool_or(confirmed) THEN 'confirmed' ELSE 'provisional' END AS certainty,
        provider,
        region_code,
        'unknown' AS accelerator_model,
        min(not_before_on) FILTER (valid_from = first_on) AS observed_before_on,
        min(valid_from) AS observed_after_on,
        accelerator_label AS detail
    FROM (
        SELECT
            offering_history.*,
            min(valid_from) OVER (PARTITION BY provider, region_code, accelerator_label) AS first_on
        FROM offering_history
        WHERE accelerator_model = 'unknown'
    ) AS unknown
    GROUP BY provider, region_code, accelerator_label
),

in_region AS (
    SELECT every.*, fact.country_iso2
    FROM (
        SELECT * FROM region_change
        UNION ALL
        SELECT * FROM pair_change
        UNION ALL
        SELECT * FROM label_change
    ) AS every
    JOIN (
        SELECT provider, region_code, min(country_iso2) AS country_iso2
        FROM region_fact
        GROUP BY provider, region_code
    ) AS fact
        ON fact.provider = every.provider
        AND fact.region_code = every.region_code
),

rank AS (
    SELECT * FROM (VALUES ('desert', 0), ('south', 1), ('north', 2)) AS ranks (tier, reach)
),

tier_stay AS (
    SELECT
        tier_history.*,
        lag(tier) OVER stays AS tier_before,
        lag(valid_to) OVER stays AS ended_before,
        lead(valid_from) OVER stays AS begins_after
    FROM tier_history
    WINDOW stays AS (PARTITION BY profile, country_iso2 ORDER BY valid_from)
),

tier_move AS (
    -- a country without a region is a desert
    SELECT
        profile,
        country_iso2,
        valid_from AS changed_on,
        CASE WHEN ended_before = valid_from THEN tier_before ELSE 'desert' END AS tier_before,
        tier AS tier_after
    FROM tier_stay
    UNION ALL
    SELECT profile, country_iso2, valid_to, tier, 'desert'
    FROM tier_stay
    WHERE valid_to IS NOT NULL AND begins_after IS DISTINCT FROM valid_to
),

tier_reason AS (
    -- what came or went on that day and reaches as far as the tier moved
    SELECT
        tier_move.profile,
        tier_move.country_iso2,
        tier_move.changed_on,
        tier_move.tier_before,
        tier_move.tier_after,
        arg_min(in_region.reason, in_region.reason_order) AS reason
    FROM tier_move
    JOIN rank AS before
        ON before.tier = tier_move.tier_before
    JOIN rank AS after
        ON after.tier = tier_move.tier_after
    LEFT JOIN (
        SELECT
            in_region.*,
            profile_accelerator.profile,
            profile_accelerator.reach,
            {
                'cause': in_region.cause,
                'certainty': in_region.certainty,
                'observed_before_on': in_region.observed_before_on,
                'told': in_region.provider || ' ' || in_region.region_code || ' ' || in_region.accelerator_model
            } AS reason,
            (
                list_position(['real', 'coverage', 'evidence'], in_region.cause),
                list_position(['confirmed', 'priced', 'provisional'], in_region.certainty),
                in_region.provider,
                in_region.region_code,
                in_region.accelerator_model
            ) AS reason_order
        FROM in_region
        JOIN reference.profile_accelerator AS profile_accelerator
            ON profile_accelerator.accelerator_model = in_region.accelerator_model
    ) AS in_region
        ON in_region.profile = tier_move.profile
        AND in_region.country_iso2 = tier_move.country_iso2
        AND in_region.changed_on = tier_move.changed_on
        AND CASE
            WHEN after.reach > before.reach THEN in_region.reach >= after.reach AND in_region.kind <> 'accelerator_withdrawn'
            ELSE in_region.reach > after.reach AND in_region.kind <> 'accelerator_arrived'
        END
    WHERE tier_move.tier_before <> tier_move.tier_after
    GROUP BY
        tier_move.profile,
        tier_move.country_iso2,
        tier_move.changed_on,
        tier_move.tier_before,
        tier_move.tier_after
),

every AS (
    SELECT
        changed_on,
        kind,
        cause,
        certainty,
        NULL AS profile,
        provider,
        region_code,
        country_iso2,
        accelerator_model,
        observed_before_on,
        observed_after_on,
        detail
    FROM in_region
    UNION ALL
    SELECT
        changed_on,
        'tier_changed',
        coalesce(reason.cause, 'evidence'),
        coalesce(reason.certainty, 'confirmed'),
        profile,
        NULL,
        NULL,
        country_iso2,
        NULL,
        reason.observed_before_on,
        changed_on,
        tier_before || ' → ' || tier_after || coalesce(' by ' || reason.told, '')
    FROM tier_reason
)

SELECT
    every.changed_on,
    every.kind,
    every.cause,
    every.certainty,
    every.profile,
    every.provider,
    every.region_code,
    every.country_iso2,
    every.accelerator_model,
    every.observed_before_on,
    every.observed_after_on,
    every.detail
FROM every
CROSS JOIN census
WHERE every.changed_on <= census.census_date
