"""Bring a provider's listing files up to date with its archives and with what landed, in blocks of days.

An archived listing whose files are as they were is not read again. The others are read some days at a time, so that an
archive of many years needs no more memory than one of a few weeks. After each block the index names what is there:
listings of later blocks stay as they were until it is their turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from gpu_census.archive.reading import (
    ARCHIVE,
    AS_WRITTEN,
    LISTING_SCHEMA,
    ArchivedListings,
    archived_days,
    empty_listings,
    has_provider,
    read_days,
)
from gpu_census.census.fingerprint import fingerprint
from gpu_census.census.landed_listing import landed_listings
from gpu_census.census.listing import LISTING_KEY, ProviderListing, added_up, put_together
from gpu_census.census.listing_files import read_index, read_kept, with_files, write_listing
from gpu_census.collect.landing import Landing

MADE_WITH = "made_with"
BLOCK_BYTES = 8 * 2**20


@dataclass(frozen=True)
class Brought:
    """`kept` is all that is kept of the provider now but the rows of its listings; `files` are those that changed."""

    kept: ProviderListing
    files: list[Path]


def bring_up_to_date(
    folder: Path,
    provider: str,
    archives: Sequence[Path],
    landing: Landing,
    *,
    anew: bool = False,
    block_bytes: int = BLOCK_BYTES,
) -> Brought:
    """Make what `folder` holds of a provider what its archives and what landed say; all is read if `anew`."""
    archived = [archived_days(archive, provider) for archive in archives if has_provider(archive, provider)]
    index = read_index(folder, provider)
    days = pl.concat([no_days(), *(one.days for one in archived)])
    beside = set(days.select("source", "census_date").iter_rows())
    landed = landed_listings(provider, landing, index, anew=anew, beside=beside)
    same = _unchanged(folder, provider, days, None if anew else index).join(
        landed.read.listings, on=LISTING_KEY, how="anti"
    )
    unread = days.join(same, on=LISTING_KEY, how="anti")
    stay = [] if index is None else [index.join(same, on=LISTING_KEY, how="semi")]
    stay += [] if landed.keep is None else [landed.keep.join(unread, on=LISTING_KEY, how="anti")]
    files: set[Path] = set()
    for block, later in _blocks(unread, landed.read, block_bytes):
        parts = [read_days(replace(one, days=one.days.join(block, on=LISTING_KEY, how="semi"))) for one in archived]
        found = put_together(provider, [*parts, _of_days(landed.read, block)])
        waiting = [] if index is None else [index.join(later, on=LISTING_KEY, how="semi")]
        keep = [*stay, *waiting]
        files |= set(write_listing(folder, provider, found, keep=pl.concat(keep) if keep else None))
        stay.append(found.observations)
    (folder / provider / MADE_WITH).write_text(fingerprint(), encoding="utf-8")
    return Brought(read_kept(folder, [provider]), sorted(files))


def no_days() -> pl.DataFrame:
    """No archived day at all, with every column and type."""
    days = empty_listings().listings.select(*LISTING_SCHEMA)
    return days.with_columns(folder=pl.lit(""), size=pl.lit(0, pl.Int64))


def _unchanged(folder: Path, provider: str, days: pl.DataFrame, index: pl.DataFrame | None) -> pl.DataFrame:
    """LISTING_KEY of the archived listings that are kept as they would be read today.

    One of which a row was set aside is read again: the place of that row is told every night.
    """
    try:
        made_with = (folder / provider / MADE_WITH).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        made_with = ""
    if index is None or made_with != fingerprint():
        return days.select(LISTING_KEY).clear()
    listed = days.select(*LISTING_KEY, "settled", "payload_sha256").with_columns(
        listed=pl.lit(0, pl.Int64), **AS_WRITTEN
    )
    now = added_up([listed])
    there = with_files(folder, index.filter(pl.col("made_from") == ARCHIVE))
    same = now.join(there, on=[*LISTING_KEY, "settled", "payload_sha256"], how="semi")
    set_aside = read_kept(folder, [provider]).quarantine
    return same.join(set_aside, on=LISTING_KEY, how="anti").select(LISTING_KEY)


def _blocks(
    unread: pl.DataFrame, landed: ArchivedListings, block_bytes: int
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """The days to read, some at a time, each with the days that are left for later; at least one block."""
    sizes = pl.concat(
        [unread.select(*LISTING_KEY, "size"), landed.listings.select(*LISTING_KEY, size=pl.lit(0, pl.Int64))]
    )
    days = sizes.group_by(LISTING_KEY).agg(pl.col("size").sum()).sort(LISTING_KEY)
    cut = days.with_columns(block=pl.col("size").cum_sum() // block_bytes)
    numbers = cut["block"].unique().sort().to_list() or [0]
    for number in numbers:
        yield cut.filter(pl.col("block") == number), cut.filter(pl.col("block") > number)


def _of_days(landed: ArchivedListings, days: pl.DataFrame) -> ArchivedListings:
    parts = {
        name: getattr(landed, name).join(days, on=LISTING_KEY, how="semi")
        for name in ("listings", "regions", "offerings")
    }
    return replace(landed, **parts)
