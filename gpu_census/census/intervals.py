"""The rules of time (METHOD 4): which sightings of one thing by one source make an interval.

Pure: runs of looks in, intervals out, all things at once. A thing is a region, or an accelerator of an instance type
in a region; its source has looked at it a number of times, each time completely. One sighting is not an arrival, one
miss not a withdrawal.
"""

from __future__ import annotations

import polars as pl

MISSES_TO_WITHDRAW = 3


def intervals_of(runs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Intervals and unconfirmed sightings.

    `runs` are the maximal runs of looks in a row that saw a thing, in order of thing and time: `thing`, the numbers
    `first_look` and `last_look`, the days of these `first_on` and `last_on`, how many `looks` there were in all, and
    whether the source is `settled`. Intervals have the same columns, and `sightings`, `confirmed` and `gone`: whether
    the stay has ended, which it then did with the look after the last. Other columns are kept from the first run.
    """
    misses = pl.col("first_look") - pl.col("last_look").shift() - 1
    same = (pl.col("thing") == pl.col("thing").shift()).fill_null(False)
    followed = runs.with_columns(
        parted=(~same | _withdrawn(misses)).fill_null(True),
        sure=(pl.col("first_look") == 0) | (pl.col("last_look") > pl.col("first_look")) | pl.col("settled"),
    )
    # how many were sure so far, and before this stay could begin
    so_far = pl.col("sure").cast(pl.UInt32).cum_sum()
    before = pl.when("parted").then(so_far - pl.col("sure").cast(pl.UInt32)).forward_fill()
    newest = pl.col("last_look") + 1 == pl.col("looks")
    followed = followed.with_columns(stay=pl.col("parted").cum_sum(), held=(so_far > before) | newest)
    others = [name for name in runs.columns if name not in ("last_look", "last_on")]
    stays = (
        followed.filter("held")
        .group_by("stay", maintain_order=True)
        .agg(
            pl.col(others).first(),
            pl.col("last_look", "last_on").last(),
            (pl.col("last_look") - pl.col("first_look") + 1).sum().cast(pl.Int64).alias("sightings"),
            pl.col("sure").any().alias("confirmed"),
        )
        .with_columns(gone=_withdrawn(pl.col("looks") - pl.col("last_look") - 1))
    )
    return stays.drop("stay"), followed.filter(~pl.col("held")).select(runs.columns)


def intervals_of_positive(runs: pl.DataFrame) -> pl.DataFrame:
    """What a source that proves only what it lists has said of things: true from the first day on.

    `runs` have `thing`, `first_on`, `last_on` and `sightings`.
    """
    return runs.group_by("thing", maintain_order=True).agg(
        pl.col("first_on").min(),
        pl.col("last_on").max(),
        pl.col("sightings").sum().cast(pl.Int64),
        pl.lit(True).first().alias("confirmed"),
    )


def _withdrawn(misses: pl.Expr) -> pl.Expr:
    """Whether so many misses in a row end a stay."""
    return (misses >= MISSES_TO_WITHDRAW) | (pl.col("settled") & (misses > 0))
