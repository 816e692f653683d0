"""Keep a provider's listings on disk: `listing/<provider>/<source>/<census_date>.parquet` and `.regions.parquet`.

Everything here can be deleted: it is made again from the archives and the landed answers.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from gpu_census.census.listing import ProviderListing, empty
from gpu_census.census.schemas import ListedRegion, Listing
from gpu_census.leftovers import remove_leftovers

WHOLE_PROVIDER = ("sources", "observations", "quarantine")


def write_listing(folder: Path, provider: str, listing: ProviderListing) -> list[Path]:
    """Replace what `folder` holds of a provider; returns the files, one pair per source and census date."""
    remove_leftovers(folder)
    target = folder / provider
    fresh = folder / f".{provider}.{os.getpid()}.tmp"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name in WHOLE_PROVIDER:
        getattr(listing, name).write_parquet(fresh / f"{name}.parquet")
    keys = ["source", "census_date"]
    offerings = listing.offerings.partition_by(keys, as_dict=True)
    regions = listing.regions.partition_by(keys, as_dict=True)
    for source, census_date in listing.observations.select(keys).iter_rows():
        (fresh / source).mkdir(exist_ok=True)
        of_day = (source, census_date)
        offerings.get(of_day, listing.offerings.clear()).write_parquet(fresh / source / f"{census_date}.parquet")
        regions.get(of_day, listing.regions.clear()).write_parquet(fresh / source / f"{census_date}.regions.parquet")
    _swap(fresh, target)
    return sorted(target.glob("*/*.parquet"))


def read_listings(folder: Path, providers: Sequence[str]) -> ProviderListing:
    """The listings of several providers as one; a provider without any is left out."""
    present = [folder / provider for provider in providers if (folder / provider / "sources.parquet").exists()]
    if not present:
        raise FileNotFoundError(f"{folder}: no listing of any of {', '.join(providers)}; materialize them first")
    whole = {name: _read([path / f"{name}.parquet" for path in present]) for name in WHOLE_PROVIDER}
    files = [path for provider in present for path in sorted(provider.glob("*/*.parquet"))]
    regions = [path for path in files if path.name.endswith(".regions.parquet")]
    offerings = [path for path in files if not path.name.endswith(".regions.parquet")]
    return ProviderListing(
        sources=whole["sources"],
        observations=whole["observations"],
        regions=_read(regions) if regions else empty(ListedRegion),
        offerings=_read(offerings) if offerings else empty(Listing),
        quarantine=whole["quarantine"],
    )


def _read(paths: Sequence[Path]) -> pl.DataFrame:
    """Files as one frame; a name with brackets or stars is a name."""
    return pl.concat([pl.read_parquet(path, glob=False) for path in paths])


def _swap(fresh: Path, target: Path) -> None:
    """Put `fresh` in `target`'s place; a reader that comes between finds nothing rather than half."""
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
