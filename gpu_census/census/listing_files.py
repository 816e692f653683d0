"""Keep a provider's listings on disk: `listing/<provider>/<source>/<census_date>.parquet` and `.regions.parquet`.

Beside them `observations.parquet` names every listing and what it was made from; it is written last, so that what it
names is there. A file that would not change is not written. Everything here can be deleted: it is made again from
the archives and the landed answers.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from gpu_census.census.listing import LISTING_KEY, ProviderListing, empty
from gpu_census.census.schemas import ListedRegion, Listing
from gpu_census.leftovers import remove_leftovers

INDEX = "observations.parquet"
OF_DAY = ["source", "census_date"]


def read_index(folder: Path, provider: str) -> pl.DataFrame | None:
    """The observations that are kept of a provider, None where there are none that this version can read."""
    path = folder / provider / INDEX
    try:
        index = pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError):
        return None
    return index if "made_from" in index.columns else None


def write_listing(
    folder: Path, provider: str, listing: ProviderListing, *, keep: pl.DataFrame | None = None
) -> list[Path]:
    """Make what `folder` holds of a provider these listings and those of `keep`; returns the files that changed.

    `keep` are rows of the index whose files are left as they are.
    """
    remove_leftovers(folder)
    target = folder / provider
    target.mkdir(parents=True, exist_ok=True)
    keep = listing.observations.clear() if keep is None else keep.select(listing.observations.columns)
    files = _files_of_days(target, listing)
    kept = keep.select(LISTING_KEY)
    sources = _with_kept(listing.sources, target / "sources.parquet", keep.select("provider", "source"))
    quarantine = _with_kept(listing.quarantine, target / "quarantine.parquet", kept)
    observations = pl.concat([listing.observations, keep]).sort(LISTING_KEY)
    files |= {target / "sources.parquet": sources, target / "quarantine.parquet": quarantine}
    files[target / INDEX] = observations  # the last
    changed = [path for path, content in _as_parquet(files).items() if _write_if_new(path, content)]
    _remove_strangers(target, observations)
    return sorted(changed)


def read_listings(folder: Path, providers: Sequence[str]) -> ProviderListing:
    """The listings of several providers as one; a provider without any is left out."""
    kept = read_kept(folder, providers)
    return read_days(folder, kept, kept.observations)


def read_kept(folder: Path, providers: Sequence[str]) -> ProviderListing:
    """All that is kept of several providers but the rows of their listings, which `read_days` reads."""
    indexes = {name: index for name in providers if (index := read_index(folder, name)) is not None}
    if not indexes:
        raise FileNotFoundError(f"{folder}: no listing of any of {', '.join(providers)}; materialize them first")
    return ProviderListing(
        sources=_read([folder / name / "sources.parquet" for name in indexes]),
        observations=pl.concat(list(indexes.values())),
        regions=empty(ListedRegion),
        offerings=empty(Listing),
        quarantine=_read([folder / name / "quarantine.parquet" for name in indexes]),
    )


def read_days(folder: Path, kept: ProviderListing, observations: pl.DataFrame) -> ProviderListing:
    """The listings of some of the rows of the index."""
    days = [_pair(folder / name, *day) for name, *day in observations.select(LISTING_KEY).iter_rows()]
    return replace(
        kept,
        observations=observations,
        regions=_read([regions for _, regions in days]) if days else empty(ListedRegion),
        offerings=_read([offerings for offerings, _ in days]) if days else empty(Listing),
    )


def with_files(folder: Path, observations: pl.DataFrame) -> pl.DataFrame:
    """The rows of the index whose files are there."""
    keys = observations.select(LISTING_KEY).iter_rows()
    there = [all(path.exists() for path in _pair(folder / name, *day)) for name, *day in keys]
    return observations.filter(pl.Series(there, dtype=pl.Boolean))


def _pair(target: Path, source: str, census_date: object) -> tuple[Path, Path]:
    return target / source / f"{census_date}.parquet", target / source / f"{census_date}.regions.parquet"


def _files_of_days(target: Path, listing: ProviderListing) -> dict[Path, pl.DataFrame]:
    offerings = listing.offerings.partition_by(OF_DAY, as_dict=True)
    regions = listing.regions.partition_by(OF_DAY, as_dict=True)
    files: dict[Path, pl.DataFrame] = {}
    for day in listing.observations.select(OF_DAY).iter_rows():
        offered, named = _pair(target, *day)
        files[offered] = offerings.get(day, listing.offerings.clear())
        files[named] = regions.get(day, listing.regions.clear())
    return files


def _with_kept(rows: pl.DataFrame, path: Path, keep: pl.DataFrame) -> pl.DataFrame:
    """The rows, and those of the file on disk that belong to what is kept and are not replaced."""
    if keep.is_empty() or not path.exists():
        return rows
    key = keep.columns
    old = pl.read_parquet(path, glob=False).join(keep.unique(), on=key, how="semi").select(rows.columns)
    return pl.concat([rows, old.join(rows, on=key, how="anti")]).sort(key, maintain_order=True)


def _as_parquet(files: dict[Path, pl.DataFrame]) -> dict[Path, bytes]:
    """What each file has to hold, all made at once: there are hundreds of small ones."""
    buffers = {path: io.BytesIO() for path in files}
    pl.collect_all([rows.lazy().sink_parquet(buffers[path], lazy=True) for path, rows in files.items()])
    return {path: buffer.getvalue() for path, buffer in buffers.items()}


def _write_if_new(path: Path, content: bytes) -> bool:
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.parents[1] / f".{path.name}.{os.getpid()}.tmp"
    fresh.write_bytes(content)
    fresh.rename(path)
    return True


def _remove_strangers(target: Path, observations: pl.DataFrame) -> None:
    """Files of listings that are no more."""
    named = {path for day in observations.select(OF_DAY).iter_rows() for path in _pair(target, *day)}
    for path in target.glob("*/*.parquet"):
        if path not in named:
            path.unlink()
    for folder in target.iterdir():
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _read(paths: Sequence[Path]) -> pl.DataFrame:
    """Files as one frame; a name with brackets or stars is a name."""
    return pl.read_parquet(list(paths), glob=False)
