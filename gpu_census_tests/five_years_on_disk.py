"""The made years of `five_years` on disk: as an archive, and as a home has them before one more night is taken in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl

from gpu_census.census.history import Histories, histories_of
from gpu_census.census.listing import ProviderListing
from gpu_census.census.listing_files import write_listing
from gpu_census.census.state_files import follow_listings, read_state, write_state
from gpu_census_tests.five_years import FIRST, SOURCE_NAME, MadeYears

STATE, LISTING = "state", "listing"


def write_archive(folder: Path, made: MadeYears) -> Path:
    """The nights as an archive (DESIGN 3.3), one file of regions and one of offerings a night and source."""
    for number in range(made.nights):
        night = made.night(number)
        day = (FIRST + timedelta(days=number)).isoformat()
        for provider in made.provider_names:
            path = folder / provider / SOURCE_NAME
            (path / day).mkdir(parents=True)
            card = 'title = "made"\nevidence = "offering"\nregions_complete = true\n'
            (path / "source.toml").write_text(card, encoding="utf-8")
            _of(night.regions, provider).write_csv(path / day / "regions.csv")
            _of(night.offerings, provider).drop("payload_sha256").write_csv(path / day / "offerings.csv")
    return folder


def _of(rows: pl.DataFrame, provider: str) -> pl.DataFrame:
    return rows.filter(pl.col("provider") == provider).drop("provider", "source", "census_date")


def keep_until_tonight(folder: Path, made: MadeYears, *, changed: int = 40) -> None:
    """Keep the state of all nights, and the listing files of one more; of the others only the index is there."""
    state = made.state()
    write_state(folder / STATE, state)
    tonight = made.night(made.nights, changed=changed)
    before = state.days.rename({"observed_on": "census_date"})
    for provider in made.provider_names:
        parts = {
            name: getattr(tonight, name).filter(pl.col("provider") == provider)
            for name in ("sources", "observations", "regions", "offerings", "quarantine")
        }
        index = before.filter(pl.col("provider") == provider)
        write_listing(folder / LISTING, provider, ProviderListing(**parts), keep=index)


def take_in_tonight(folder: Path, made: MadeYears) -> Histories:
    """What a refresh does with one more night: load, unify, advance, say all histories, save. That is measured."""
    state = follow_listings(folder / LISTING, made.provider_names, read_state(folder / STATE))
    found = histories_of(state)
    write_state(folder / "state of tonight", state)
    return found
