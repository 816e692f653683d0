"""On which days each source looked at each region, and in which of those looks it saw what.

A look is a complete answer for the region, or a complete list of regions that leaves the region out.
"""

from __future__ import annotations

import polars as pl

from gpu_census.census.unify import OFFERING, Unified

REGION = ("provider", "source", "region_code")
OFFERING_KEY = ("provider", "source", *OFFERING)


def region_looks(unified: Unified, sources: pl.DataFrame) -> pl.DataFrame:
    """REGION, observed_on, settled, left_out (the list was complete and did not name it), look (0, 1, 2 …)."""
    answered = unified.regions.filter("answered").select(*REGION, "observed_on", pl.lit(False).alias("left_out"))
    settled = unified.observations.select("provider", "source", "observed_on", "settled")
    looks = pl.concat([answered, _left_out(unified, sources)]).join(
        settled, on=["provider", "source", "observed_on"], how="left"
    )
    return looks.sort(*REGION, "observed_on").with_columns(pl.int_range(pl.len()).over(*REGION).alias("look"))


def _left_out(unified: Unified, sources: pl.DataFrame) -> pl.DataFrame:
    """The days on which a complete list did not name a region that it names on some other day.

    A source that proves only what it lists proves nothing by leaving a region out, whatever else it states.
    """
    complete = sources.filter(pl.col("regions_complete") & ~pl.col("positive_only")).select("provider", "source")
    listed = unified.regions.join(complete, on=["provider", "source"], how="semi")
    days = unified.observations.filter("whole_list").select("provider", "source", "observed_on")
    every = listed.select(*REGION).unique().join(days, on=["provider", "source"])
    gone = every.join(listed, on=[*REGION, "observed_on"], how="anti")
    return gone.select(*REGION, "observed_on", pl.lit(True).alias("left_out"))


def list_looks(unified: Unified, sources: pl.DataFrame) -> pl.DataFrame:
    """REGION, observed_on, settled, look, seen: whether a list that could name the region did.

    A source whose lists are not complete looked only when it named the region.
    """
    named = unified.regions.select(*REGION, "observed_on", pl.lit(True).alias("seen"))
    gone = _left_out(unified, sources).select(*REGION, "observed_on", pl.lit(False).alias("seen"))
    settled = unified.observations.select("provider", "source", "observed_on", "settled")
    looks = pl.concat([named, gone]).join(settled, on=["provider", "source", "observed_on"], how="left")
    return looks.sort(*REGION, "observed_on").with_columns(pl.int_range(pl.len()).over(*REGION).alias("look"))


def runs(sightings: pl.DataFrame, key: tuple[str, ...], *, same: tuple[str, ...] = ()) -> pl.DataFrame:
    """Maximal runs of looks in a row: `key`, `same`, first and last look and day, number of sightings.

    A run also ends where one of the columns `same` changes.
    """
    changed = [~pl.col(column).eq_missing(pl.col(column).shift().over(*key)) for column in same]
    begins = pl.any_horizontal((pl.col("look") != pl.col("look").shift().over(*key) + 1).fill_null(True), *changed)
    return (
        sightings.sort(*key, "look")
        .with_columns(begins.cum_sum().over(*key).alias("run"))
        .group_by(*key, "run", maintain_order=True)
        .agg(
            *(pl.col(column).first() for column in same),
            pl.col("look").first().alias("first_look"),
            pl.col("look").last().alias("last_look"),
            pl.col("observed_on").first().alias("first_on"),
            pl.col("observed_on").last().alias("last_seen_on"),
            pl.len().alias("sightings"),
        )
    )
