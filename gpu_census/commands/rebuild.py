"""`gpu-census rebuild`: everything below the landed answers and the archives, made again."""

from __future__ import annotations

from datetime import date

from gpu_census.commands.options import day
from gpu_census.commands.refresh import CENSUS_DATE, Archives, Bundled, CensusDate, Json, run_refresh
from gpu_census.home import current_home


def rebuild(
    *,
    census_date: CensusDate = "",
    archive: Archives = None,
    bundled_archive: Bundled = True,
    json: Json = False,
) -> None:
    """Make everything again from the landed answers and the archives, with today's provider files. Asks nobody."""
    run_refresh(
        census_date=day(census_date, CENSUS_DATE) if census_date else _published_date(),
        archives=archive,
        bundled=bundled_archive,
        offline=True,
        as_json=json,
        anew=True,
    )


def _published_date() -> date | None:
    """The date of the published census; None where there is none."""
    from gpu_census.reading import read_public

    home = current_home()
    return read_public(home, "SELECT census_date FROM census").rows[0][0] if home.public_database.exists() else None
