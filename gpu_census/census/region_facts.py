"""What is known of every region that any listing names: the reference table first, then the listings themselves."""

from __future__ import annotations

import polars as pl

from gpu_census.census.vocabulary import REFERENCE_SOURCE
from gpu_census.reference.tables import reference_table

KEY = ("provider", "region_code")


def region_facts(told: pl.DataFrame) -> pl.DataFrame:
    """One row per region that was ever listed (`schemas.RegionFact`). `told` is what was said of each (`state`).

    Where listings put a region that the reference table does not know in two countries it gets a row for each,
    which the blocking check on `region` then finds.
    """
    partition = pl.col("cloud_partition")
    newest = (
        told.sort("last_on", "source")
        .group_by(KEY, maintain_order=True)
        .agg(
            pl.col("region_name").drop_nulls().last().alias("told_name"),
            pl.col("country_iso2").drop_nulls().unique().sort().alias("told_country"),
            partition.filter(partition != "public").last().alias("told_partition"),
        )
    )
    joined = newest.join(reference_table("region"), on=KEY, how="left")
    countries = pl.when(pl.col("country_iso2").is_null()).then("told_country").otherwise(pl.concat_list("country_iso2"))
    return joined.with_columns(
        region_name=pl.coalesce("region_name", "told_name"),
        country_iso2=countries,
        cloud_partition=pl.coalesce("cloud_partition", "told_partition", pl.lit("public")),
        access=pl.col("access").fill_null("open"),
        region_status=pl.col("region_status").fill_null("open"),
        operator_country_iso2=pl.coalesce("operator_country_iso2", _headquarters()),
    ).explode("country_iso2", empty_as_null=True)


def _headquarters() -> pl.Expr:
    homes = reference_table("provider").select("provider", "headquarters_country_iso2").iter_rows()
    return pl.col("provider").replace_strict(dict(homes), default=None, return_dtype=pl.String)


def disagreements(told: pl.DataFrame) -> pl.DataFrame:
    """Regions whose listing and reference table name different places: the table wins, and a warning says so."""
    known = reference_table("region").select(*KEY, "country_iso2", "cloud_partition")
    both = told.join(known, on=KEY, suffix="_known")
    partition = pl.col("cloud_partition")
    moved = (pl.col("country_iso2") != pl.col("country_iso2_known")).fill_null(False)
    parted = (partition != "public") & (partition != pl.col("cloud_partition_known"))
    columns = [
        *KEY,
        "source",
        "country_iso2",
        "country_iso2_known",
        "cloud_partition",
        "cloud_partition_known",
    ]
    return both.filter(moved | parted).select(columns).unique().sort(columns)


def waiting_regions(intervals: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """A region exists from its known opening on, even before anything listed it: rows of source `reference`.

    `intervals` are those of all sources; a sighting that was never confirmed is none.
    """
    first = intervals.group_by(KEY).agg(pl.col("valid_from").min().alias("valid_to"))
    opened = facts.select(*KEY, pl.col("opened_on").alias("valid_from")).unique(KEY)
    early = first.join(opened, on=KEY).filter(pl.col("valid_from") < pl.col("valid_to"))
    return early.select(
        "provider",
        pl.lit(REFERENCE_SOURCE).alias("source"),
        "region_code",
        pl.lit(None, pl.Date).alias("not_before_on"),
        "valid_from",
        "valid_to",
        pl.col("valid_from").alias("last_seen_on"),
        pl.lit(True).alias("confirmed"),
        pl.lit(0, pl.Int64).alias("sightings"),
    )
