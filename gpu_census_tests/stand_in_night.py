"""A night against the stand-in, without Dagster: ask, land, read, and follow over time. For tests of what is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from gpu_census.census.history import Histories, histories
from gpu_census.census.landed_listing import landed_listings
from gpu_census.census.listing import ProviderListing, gather
from gpu_census.census.listing_files import read_index, read_listings, write_listing
from gpu_census.collect.landing import Landing
from gpu_census.collect.limits import Limits
from gpu_census.collect.network import Replay
from gpu_census.collect.night import Night, ask_clouds
from gpu_census.home import Home
from gpu_census.providers import live_sources
from gpu_census.providers.contract import Source
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import Recording, recording
from gpu_census_tests.stand_in.server import Gives, StandIn

# everything that waits in a real night, made short
SOON = Limits(
    connect_seconds=2.0,
    silence_seconds=0.5,
    first_wait_seconds=0.01,
    longest_wait_seconds=0.05,
    throttled_wait_seconds=0.01,
    budget_seconds=30.0,
)


def public_sources() -> list[Source]:
    """The sources that need no credentials."""
    return [source for source in live_sources() if not source.credentials]


@dataclass
class Nights:
    """A census without Dagster that lives through nights; each night has a stand-in of its own."""

    root: Path
    sources: Sequence[Source] = field(default_factory=public_sources)
    limits: Limits = SOON

    @property
    def home(self) -> Home:
        """Where it is kept."""
        return Home(self.root)

    @property
    def providers(self) -> list[str]:
        """The clouds that are asked."""
        return sorted({source.provider for source in self.sources})

    def recordings(self) -> list[Recording]:
        """What the clouds answer when nothing is wrong."""
        return [recording(source.provider, source.name) for source in self.sources]

    def night(
        self,
        day: date,
        *,
        faults: Sequence[Fault] = (),
        plays: Sequence[Recording | Gives] | None = None,
        etags: bool = False,
        seen: Callable[[StandIn], object] = lambda cloud: None,
    ) -> Night:
        """Ask every source on a day, and write the listings."""
        with StandIn(self.recordings() if plays is None else plays, faults=faults, etags=etags) as cloud:
            asked = ask_clouds(
                self.sources,
                landing=Landing(self.home.landing),
                census_date=day,
                limits=self.limits,
                replay=Replay(cloud.base),
            )
            seen(cloud)
        self.read()
        return asked

    def read(self, *, anew: bool = False) -> list[Path]:
        """Write the listings of what has landed; returns the files that changed."""
        changed = []
        for provider in self.providers:
            landing = Landing(self.home.landing)
            landed = landed_listings(provider, landing, read_index(self.home.listing, provider), anew=anew)
            found = gather(provider, [], landed.read)
            changed += write_listing(self.home.listing, provider, found, keep=landed.keep)
        return changed

    def listings(self) -> ProviderListing:
        """All listings on disk."""
        return read_listings(self.home.listing, self.providers)

    def histories(self) -> Histories:
        """What held when, by all listings on disk."""
        return histories(self.listings())


def offered(tables: Histories, day: date) -> set[tuple[str, str, str, str, str]]:
    """(provider, source, region, type, label) of what holds on a day."""
    valid = (pl.col("valid_from") <= day) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > day))
    columns = ["provider", "source", "region_code", "instance_type", "accelerator_label"]
    return set(tables.offering_history.filter(valid).select(columns).iter_rows())
