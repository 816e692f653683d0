"""Keep the state between nights, and bring it up to date with the listing files.

One Parquet file per table, in a folder that is only ever replaced whole. Everything here can be deleted: a state that
is missing, damaged, or made with other code or other reference tables is made again from the listing files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from gpu_census.census.advance import advance
from gpu_census.census.fingerprint import fingerprint
from gpu_census.census.listing_files import read_days, read_kept
from gpu_census.census.state import LISTING, SCHEMAS, SOURCE, TABLES, State, nothing_told, without_sources
from gpu_census.leftovers import remove_leftovers

FINGERPRINT = "made_with"
BLOCK_ROWS = 250_000
# a listing of few rows is work all the same
ROWS_OF_A_LISTING = 200
# what a listing was made from, and what its source states that decides how it is followed
STATED = ("settled", "listed", "payload_sha256", "fault", "made_from", "parser")
RULES = ("regions_complete", "positive_only", "gone_regions", "gone_pairs", "gone_share")


def follow_listings(folder: Path, providers: Sequence[str], state: State) -> State:
    """Bring a state up to date with the listing files of `folder`.

    A source of which a listing has changed, vanished or come in late is read anew from its files, the others go on.
    """
    kept = read_kept(folder, providers)
    index = kept.observations.rename({"census_date": "observed_on"})
    state = without_sources(state, _outdated(state, index, kept.sources))
    new = index.join(state.days, on=LISTING, how="anti").sort(LISTING).rename({"observed_on": "census_date"})
    state = replace(state, sources=kept.sources, quarantine=kept.quarantine)
    for block in blocks_of(new):
        state = advance(state, read_days(folder, kept, block))
    return state


def blocks_of(index: pl.DataFrame, *, rows: int = BLOCK_ROWS) -> Iterator[pl.DataFrame]:
    """Rows of an index, in order of source and time, cut where the listings of a block would be too many rows."""
    size = (pl.col("listed") + ROWS_OF_A_LISTING).cum_sum()
    cut = index.with_columns(block=(size - 1) // rows)
    for _, block in cut.group_by("block", maintain_order=True):
        yield block.drop("block")


def _outdated(state: State, index: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """The sources that cannot simply go on."""
    changed = state.days.join(index, on=[*LISTING, *STATED], how="anti").select(SOURCE)
    ruled = state.sources.join(sources, on=[*SOURCE, *RULES], how="anti", nulls_equal=True).select(SOURCE)
    newest = state.days.group_by(SOURCE).agg(pl.col("observed_on").max().alias("newest"))
    late = index.join(state.days, on=LISTING, how="anti").join(newest, on=SOURCE)
    late = late.filter(pl.col("observed_on") < pl.col("newest")).select(SOURCE)
    return pl.concat([changed, ruled, late]).unique()


def read_state(folder: Path) -> State:
    """The state that is kept in a folder; an empty one where there is none that can be gone on with."""
    try:
        if (folder / FINGERPRINT).read_text(encoding="utf-8") != fingerprint():
            return nothing_told()
        found = {name: pl.read_parquet(folder / f"{name}.parquet", glob=False) for name in TABLES}
    except (OSError, UnicodeDecodeError, pl.exceptions.PolarsError):
        return nothing_told()
    if any(dict(rows.schema) != SCHEMAS[name] for name, rows in found.items()):
        return nothing_told()
    return State(**found)


def write_state(folder: Path, state: State) -> None:
    """Replace what is kept in a folder by a state."""
    remove_leftovers(folder.parent)
    fresh, old = (folder.with_name(f".{folder.name}.{os.getpid()}.{end}") for end in ("tmp", "old"))
    fresh.mkdir(parents=True)
    for name in TABLES:
        getattr(state, name).write_parquet(fresh / f"{name}.parquet", compression="lz4", statistics=False)
    (fresh / FINGERPRINT).write_text(fingerprint(), encoding="utf-8")
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
