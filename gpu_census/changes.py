"""What changed between two dates: read from the change feed, or from what was published on two nights.

Reads the published database and the nights beside it; nothing is printed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gpu_census.errors import UsageError
from gpu_census.home import Home
from gpu_census.reading import Rows, read_public

PROFILES = "SELECT profile FROM reference.profile ORDER BY profile"
CENSUS_DATE = "SELECT census_date FROM census"
FEED = """
SELECT *
FROM census_change
WHERE changed_on > DATE '{before}' AND changed_on <= DATE '{after}' AND coalesce(profile = '{profile}', TRUE)
ORDER BY changed_on, kind, country_iso2, provider, region_code, accelerator_model, detail
"""
# the newest change of each country's tier in the period
NEWEST = """
FROM census_change
WHERE kind = 'tier_changed' AND profile = '{profile}' AND changed_on > DATE '{before}' AND changed_on <= DATE '{after}'
QUALIFY row_number() OVER (PARTITION BY country_iso2 ORDER BY changed_on DESC) = 1
"""
TIERS = """
SELECT
    later.country_iso2,
    later.country_name AS country,
    earlier.tier AS tier_before,
    later.tier AS tier_after,
    newest.cause,
    newest.certainty,
    newest.observed_before_on,
    newest.changed_on,
    newest.detail
FROM compute_tier_as_of(DATE '{after}') AS later
JOIN compute_tier_as_of(DATE '{before}') AS earlier USING (profile, country_iso2)
LEFT JOIN ({newest}) AS newest USING (country_iso2)
WHERE later.profile = '{profile}' AND later.tier <> earlier.tier
ORDER BY newest.cause = 'real' DESC, later.tier, later.country_name
"""
COUNTS = """
SELECT kind, cause, count(*) AS changes
FROM census_change
WHERE kind <> 'tier_changed' AND changed_on > DATE '{before}' AND changed_on <= DATE '{after}'
GROUP BY ALL
ORDER BY kind, changes DESC, cause
"""
# a tier that two nights published differently, beside what is known of both dates today
PUBLISHED = """
WITH told AS (
    SELECT profile, country_iso2, earlier.tier AS told_before, later.tier AS told_after
    FROM read_parquet(?) AS earlier
    JOIN read_parquet(?) AS later USING (profile, country_iso2)
    WHERE profile = '{profile}' AND earlier.tier <> later.tier
)
SELECT
    told.country_iso2,
    known.country_name AS country,
    told.told_before AS tier_before,
    told.told_after AS tier_after,
    before.tier AS known_before,
    known.tier AS known_after,
    CASE
        WHEN before.tier <> known.tier THEN coalesce(newest.cause, 'evidence')
        WHEN {redefined} THEN 'definition'
        WHEN {widened} THEN 'coverage'
        ELSE 'reference'
    END AS cause,
    newest.detail
FROM told
JOIN compute_tier_as_of(DATE '{before}') AS before USING (profile, country_iso2)
JOIN compute_tier_as_of(DATE '{after}') AS known USING (profile, country_iso2)
LEFT JOIN ({newest}) AS newest USING (country_iso2)
ORDER BY cause = 'real' DESC, told_after, country
"""
REDEFINED = """
SELECT count(*) > 0 FROM (
    (SELECT profile, accelerator_model, reach FROM read_parquet(?) WHERE profile = '{profile}')
    EXCEPT
    (SELECT profile, accelerator_model, reach FROM read_parquet(?) WHERE profile = '{profile}')
)
"""
WIDENED = """
SELECT count(*) > 0
FROM source_coverage_as_of(DATE '{before}') AS known
ANTI JOIN read_parquet(?) AS told USING (provider, source)
"""


@dataclass(frozen=True)
class Period:
    """The two dates that are compared, and the profile whose tiers are."""

    before: date
    after: date
    profile: str

    def put_into(self, query: str, **more: Any) -> str:
        """The query with the dates and the profile in their places; all of them are checked values."""
        period = {"before": self.before, "after": self.after, "profile": self.profile}
        return query.format(newest=NEWEST.format(**period), **period, **more)


def period_of(home: Home, before: date, after: date, profile: str) -> Period:
    """A period that the published census can say something of. Raises `UsageError` for any other."""
    known = [name for (name,) in read_public(home, PROFILES).rows]
    if profile not in known:
        raise UsageError(f"unknown profile {profile!r}; there are {', '.join(known)}")
    if before >= after:
        raise UsageError(f"{before} is not before {after}; give the earlier date first")
    newest: date = read_public(home, CENSUS_DATE).rows[0][0]
    if after > newest:
        raise UsageError(f"{after} is after the published census of {newest}; refresh first, or give that date")
    return Period(before, after, profile)


def feed(home: Home, period: Period) -> Rows:
    """Every change in the period, in order of time."""
    return read_public(home, period.put_into(FEED))


def tiers(home: Home, period: Period) -> Rows:
    """Countries whose tier differs between the two dates, with the newest change that made it so."""
    return read_public(home, period.put_into(TIERS))


def counts(home: Home, period: Period) -> Rows:
    """How many changes of each other kind and cause."""
    return read_public(home, period.put_into(COUNTS))


def published_tiers(home: Home, period: Period) -> Rows:
    """Countries whose published tier differs between two nights, and why it does.

    Where today's knowledge sees no change between the two dates, it is what the first night knew or how it counted
    that has changed since: the classes of the profile (`definition`), sources that were added (`coverage`), else the
    reference tables (`reference`).
    """
    nights = [_night(home, day) for day in (period.before, period.after)]
    classes = [str(night / "reference.profile_accelerator.parquet") for night in nights]
    redefined = all(Path(path).exists() for path in classes) and _asked(home, period.put_into(REDEFINED), classes)
    widened = _asked(home, period.put_into(WIDENED), [str(nights[0] / "source_coverage.parquet")])
    query = period.put_into(PUBLISHED, redefined=redefined, widened=widened)
    return read_public(home, query, [str(night / "compute_tier.parquet") for night in nights])


def _night(home: Home, day: date) -> Path:
    night = home.public_database.parent / "nights" / day.isoformat()
    if not (night / "compute_tier.parquet").exists():
        kept = sorted(path.name for path in night.parent.glob("????-??-??"))
        told = f"there are {kept[0]} to {kept[-1]} ({len(kept)})" if kept else "no night has been kept yet"
        raise UsageError(f"nothing was published on {day}; {told}")
    return night


def _asked(home: Home, query: str, values: list[str]) -> bool:
    return bool(read_public(home, query, values).rows[0][0])
