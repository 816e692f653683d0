"""The census in short: the three questions that a refresh answers on the terminal when it is done."""

from __future__ import annotations

# a tier is certain where both bounds agree on it, possible where it lies between them
TIERS = """
WITH placed AS (
    SELECT
        compute_tier.profile,
        compute_tier.tier,
        country_census.regions,
        country_census.gpu_regions,
        list_position(['desert', 'south', 'north'], tier_at_least) AS low,
        list_position(['desert', 'south', 'north'], tier_at_most) AS high
    FROM compute_tier
    JOIN country_census USING (profile, country_iso2)
    WHERE in_count_universe
)

SELECT
    profile,
    count(*) FILTER (regions > 0) AS with_region,
    count(*) FILTER (gpu_regions > 0) AS with_accelerator,
    count(*) FILTER (tier = 'north') AS north,
    count(*) FILTER (low = 3) AS north_certain,
    count(*) FILTER (high = 3) AS north_possible,
    count(*) FILTER (tier = 'south') AS south,
    count(*) FILTER (low = 2 AND high = 2) AS south_certain,
    count(*) FILTER (low <= 2 AND high >= 2) AS south_possible,
    count(*) FILTER (tier = 'desert') AS desert,
    count(*) FILTER (high = 1) AS desert_certain,
    count(*) FILTER (low = 1) AS desert_possible
FROM placed
GROUP BY profile
ORDER BY profile
"""
LARGEST = """
SELECT
    country_name,
    regions,
    gpu_regions,
    gpu_regions_at_least,
    gpu_regions_at_most,
    v100_regions,
    a100_regions,
    h100_regions
FROM country_census
WHERE profile = 'extended' AND regions > 0
ORDER BY gpu_regions DESC, regions DESC, country_iso2
LIMIT 10
"""
AGE = """
SELECT
    any_value(census_date) AS census_date,
    median(census_date - evidence_on) AS median_days,
    max(census_date - evidence_on) AS oldest_days,
    round(100.0 * count(*) FILTER (stale) / nullif(count(evidence_on), 0)) AS stale_percent,
    count(DISTINCT (provider, region_code)) FILTER (finding = 'not_observed') AS not_observed
FROM finding
"""
