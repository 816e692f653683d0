"""Bring the listings of all providers into one language: region codes, countries, accelerator models.

What belongs here: what a row *means*. What does not: when it held (`intervals`, `history`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import polars as pl

from gpu_census.census.listing import ProviderListing
from gpu_census.census.vocabulary import STATUSES, UNKNOWN_MODEL
from gpu_census.reference.labels import NOT_AN_ACCELERATOR, resolve_labels
from gpu_census.reference.tables import reference_table

# one thing over time: a model keeps its identity when its label changes; labels that map to no model stay apart
OFFERING = ("region_code", "instance_type", "service", "accelerator_model", "unknown_label")


@dataclass(frozen=True)
class Unified:
    """Listings in one language. Rows are keyed by provider, source, observed_on and region_code.

    `regions` adds `answered`; `offerings` has one row per instance type, service and accelerator, zones taken together.
    """

    observations: pl.DataFrame
    regions: pl.DataFrame
    offerings: pl.DataFrame
    quarantine: pl.DataFrame


def unify(listing: ProviderListing) -> Unified:
    """Resolve every row of the listings; rows about what is no region go to the quarantine."""
    regions, no_regions = _real_regions(_current_codes(listing.regions.rename({"census_date": "observed_on"})))
    offerings, nowhere = _real_regions(_current_codes(listing.offerings.rename({"census_date": "observed_on"})))
    resolved = resolve_labels(offerings).filter(pl.col("resolution") != NOT_AN_ACCELERATOR)
    observations = listing.observations.rename({"census_date": "observed_on"})
    return Unified(
        observations=observations,
        regions=regions.unique(["provider", "source", "observed_on", "region_code"], keep="first"),
        offerings=_zones_together(resolved),
        quarantine=pl.concat([listing.quarantine, _set_aside(no_regions), _set_aside(nowhere)]).sort(pl.all()),
    )


def _current_codes(rows: pl.DataFrame) -> pl.DataFrame:
    """Replace codes that a region no longer goes by, or did not yet, on the day of the listing."""
    alias = reference_table("region_alias").select(
        "provider", "valid_from", "valid_to", region_code="alias", current="region_code"
    )
    joined = rows.with_row_index("row").join(alias, on=["provider", "region_code"], how="left")
    in_use = (pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("observed_on"))) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("observed_on"))
    )
    code = pl.when(in_use).then(pl.coalesce("current", "region_code")).otherwise("region_code")
    renamed = joined.with_columns(region_code=code).sort("row", in_use, descending=[False, True])
    return renamed.unique("row", keep="first", maintain_order=True).select(rows.columns)


def _real_regions(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of real regions, and the others with the `reason`."""
    patterns = [
        (row["provider"], re.compile(row["pattern"]), row["reason"])
        for row in reference_table("not_a_region").iter_rows(named=True)
    ]
    codes = rows.select("provider", "region_code").unique()
    known = reference_table("region").select("provider", "region_code")
    doubtful = codes.join(known, on=["provider", "region_code"], how="anti")
    reasons = [
        next(
            (reason for of, pattern, reason in patterns if of in ("", provider) and pattern.fullmatch(code)),
            None,
        )
        for provider, code in doubtful.iter_rows()
    ]
    doubtful = doubtful.with_columns(reason=pl.Series(reasons, dtype=pl.String))
    marked = rows.join(doubtful, on=["provider", "region_code"], how="left")
    real = marked.filter(pl.col("reason").is_null()).drop("reason")
    return real, marked.filter(pl.col("reason").is_not_null())


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
    counted = rows.group_by("provider", "source", "observed_on", "region_code", "reason").len()
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
