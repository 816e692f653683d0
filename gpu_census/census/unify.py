"""Bring the listings of all providers into one language: region codes, countries, accelerator models.

What belongs here: what a row *means*. What does not: when it held (`intervals`, `history`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import polars as pl

from gpu_census.census.listing import ProviderListing
from gpu_census.census.vocabulary import STATUSES, UNKNOWN_MODEL
from gpu_census.reference.labels import NOT_AN_ACCELERATOR, resolve_labels
from gpu_census.reference.region_codes import current_codes, real_regions

# one thing over time: a model keeps its identity when its label changes; labels that map to no model stay apart
OFFERING = ("region_code", "instance_type", "service", "accelerator_model", "unknown_label")


@dataclass(frozen=True)
class Unified:
    """Listings in one language. Rows are keyed by provider, source, observed_on and region_code.

    `regions` adds `answered`; `offerings` has one row per instance type, service and accelerator, zones taken together;
    `set_aside` are quarantine rows about what is no region.
    """

    observations: pl.DataFrame
    regions: pl.DataFrame
    offerings: pl.DataFrame
    set_aside: pl.DataFrame


def unify(listing: ProviderListing) -> Unified:
    """Resolve every row of the listings; rows about what is no region are set aside."""
    regions, no_regions = _located(listing.regions)
    offerings, nowhere = _located(listing.offerings)
    resolved = resolve_labels(offerings).filter(pl.col("resolution") != NOT_AN_ACCELERATOR)
    observations = listing.observations.rename({"census_date": "observed_on"})
    return Unified(
        observations=_whole_if_it_names_any(observations, regions),
        regions=_named_once(regions),
        offerings=_zones_together(resolved),
        set_aside=pl.concat([_set_aside(no_regions), _set_aside(nowhere)]),
    )


def _whole_if_it_names_any(observations: pl.DataFrame, regions: pl.DataFrame) -> pl.DataFrame:
    """A list in which nothing is a region is no list of regions, so it leaves none out."""
    key = ["provider", "source", "observed_on"]
    named = observations.select(key).join(regions, on=key, how="semi").with_columns(names_any=pl.lit(True))
    joined = observations.join(named, on=key, how="left")
    return joined.with_columns(pl.col("whole_list") & pl.col("names_any").fill_null(False)).drop("names_any")


def _located(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    return real_regions(current_codes(rows.rename({"census_date": "observed_on"}), on="observed_on"))


def _named_once(regions: pl.DataFrame) -> pl.DataFrame:
    """A region that a list names by two of its codes is answered for if it is under either."""
    key = ["provider", "source", "observed_on", "region_code"]
    return regions.sort(*key, "answered", descending=[False] * len(key) + [True]).unique(
        key, keep="first", maintain_order=True
    )


def _zones_together(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per region, type, service and accelerator: best status, most accelerators, lowest price of its zones."""
    order = pl.Enum(list(STATUSES))
    unknown = pl.col("accelerator_model") == UNKNOWN_MODEL
    priced = pl.struct(pl.col("price"), pl.col("currency"))
    cheapest = priced.sort_by("price", "currency", nulls_last=True).first()
    return (
        rows.with_columns(
            pl.col("status").cast(order),
            pl.when(unknown).then("accelerator_label").otherwise(pl.lit("")).alias("unknown_label"),
        )
        .group_by("provider", "source", "observed_on", *OFFERING)
        .agg(
            pl.col("accelerator_label").min(),
            pl.col("resolution").first(),
            pl.col("accelerator_count").max(),
            pl.col("status").min(),
            cheapest.struct.field("price").alias("price_per_hour"),
            cheapest.struct.field("currency").alias("currency"),
        )
        .with_columns(pl.col("status").cast(pl.String))
    )


def _set_aside(rows: pl.DataFrame) -> pl.DataFrame:
    """One quarantine row per source, date and code that is no region, with the number of rows it stands for."""
    counted = rows.group_by("provider", "source", "observed_on", "region_code", "reason", maintain_order=True).len()
    texts = [json.dumps({"rows": count}) for count in counted["len"]]
    return counted.select(
        "provider",
        "source",
        pl.col("observed_on").alias("census_date"),
        "region_code",
        pl.format("no region: {}", "reason").alias("reason"),
        pl.lit("").alias("place"),
        pl.Series("row_text", texts, dtype=pl.String),
    )
