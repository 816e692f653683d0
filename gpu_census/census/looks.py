"""On which days each source looked at each region: runs of days, and the looks numbered within each region.

A look is a complete answer for the region, or a complete list of regions that leaves the region out. Looks are
numbered 0, 1, 2 … in order of time, so that two looks in a row are two numbers in a row, however many days apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from gpu_census.census.state import REGION

# one number for a region and a place within it: more days than a calendar of four digits has would not fit
PLACES = 2**22
ONE_DAY = pl.duration(days=1)


def changes(columns: Sequence[str]) -> pl.Expr:
    """Whether a row differs from the one before it in any of the columns; true for the first row."""
    differs = [pl.col(column).ne_missing(pl.col(column).shift()) for column in columns]
    return pl.any_horizontal(pl.int_range(pl.len()) == 0, *differs)


def joined_days(runs: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Runs of days (`first_on`, `last_on`) with those that touch or overlap made one, in order of key and time."""
    ordered = runs.select(*key, "first_on", "last_on").sort(*key, "first_on")
    begins = changes(key)
    reached = pl.col("last_on").cum_max().over(begins.cum_sum())
    apart = (pl.col("first_on") > reached.shift() + ONE_DAY).fill_null(True)
    return (
        ordered.group_by((begins | apart).cum_sum().alias("run"), maintain_order=True)
        .agg(pl.col(*key, "first_on").first(), pl.col("last_on").max())
        .drop("run")
    )


@dataclass(frozen=True)
class Looks:
    """`regions`: REGION, its number `region`, how many `looks` it had. `runs`: looks on consecutive days."""

    regions: pl.DataFrame
    runs: pl.DataFrame

    def number(self, rows: pl.DataFrame, on: str, *, name: str) -> pl.DataFrame:
        """Add the number of the look on the day in column `on` of rows that have `region`."""
        day = pl.col(on).dt.epoch("d").cast(pl.Int64)
        found = self._run_of(rows, day, "first_on")
        return found.with_columns((pl.col("_base") + (day - pl.col("_first"))).alias(name)).drop("_base", "_first")

    def day(self, rows: pl.DataFrame, number: str, *, name: str) -> pl.DataFrame:
        """Add the day of the look that has the number in column `number`; null where there is no such look."""
        found = self._run_of(rows, pl.col(number), "base")
        day = (pl.col("_first") + pl.col(number) - pl.col("_base")).cast(pl.Int32).cast(pl.Date)
        there = (pl.col(number) >= 0) & (pl.col(number) < pl.col("looks"))
        return found.with_columns(pl.when(there).then(day).alias(name)).drop("_base", "_first")

    def _run_of(self, rows: pl.DataFrame, place: pl.Expr, by: str) -> pl.DataFrame:
        """Rows, in order of region and place, with the run that each falls into."""
        begin = pl.col("base") if by == "base" else pl.col("first_on").dt.epoch("d").cast(pl.Int64)
        runs = self.runs.select(
            (pl.col("region").cast(pl.Int64) * PLACES + begin).alias("_at"),
            pl.col("base").alias("_base"),
            pl.col("first_on").dt.epoch("d").cast(pl.Int64).alias("_first"),
        )
        placed = rows.with_columns((pl.col("region").cast(pl.Int64) * PLACES + place).alias("_at")).sort("_at")
        return placed.join_asof(runs, on="_at", strategy="backward").drop("_at")


def number_looks(coverage: pl.DataFrame) -> Looks:
    """Number the looks of each region; `coverage` are the runs of days that count as looks."""
    length = (pl.col("last_on") - pl.col("first_on")).dt.total_days() + 1
    ordered = coverage.sort(*REGION, "first_on").with_columns(
        region=(changes(REGION).cum_sum() - 1).cast(pl.UInt32), length=length
    )
    runs = ordered.with_columns(base=pl.col("length").cum_sum().over("region") - pl.col("length"))
    regions = runs.group_by("region", maintain_order=True).agg(
        pl.col(REGION).first(), pl.col("length").sum().alias("looks")
    )
    return Looks(regions, runs)
