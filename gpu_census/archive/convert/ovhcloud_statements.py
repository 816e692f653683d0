"""OVHcloud: a hand-kept catalogue of flavors by region, and what its staff said of single cards.

What belongs here: flavors and cards that were said to be in a region. What does not: prices, and any conclusion from
silence: the catalogue knows A100 and V100 only.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing

CATALOGUE = ArchivedSource(
    provider="ovhcloud",
    source="skypilot_catalog",
    title="OVHcloud GPU flavors by region in the SkyPilot catalog",
    evidence="docs",
    url="https://github.com/skypilot-org/skypilot-catalog/blob/8a258f5/catalogs/v6/ovhcloud/vms.csv",
    licence="Apache-2.0",
    retrieved="2026-11-24",
    positive_only=True,
    notes=(
        "Kept by hand, undated; its schema was in use from January to May 2025, so the day is approximate. It lists "
        "flavors with A100 and V100 only, so a missing row means nothing. V100S is what it calls V100 with 32 GB."
    ),
)
STATEMENTS = ArchivedSource(
    provider="ovhcloud",
    source="roadmap_statements",
    title="Statements of OVHcloud's staff about single cards, in its public roadmap",
    evidence="docs",
    url="https://github.com/ovh/public-cloud-roadmap",
    licence="facts only, no text taken over",
    retrieved="2026-11-24",
    positive_only=True,
    notes=(
        "Issue 470 (2023-09-28): A100 in GRA11 only. Issues 1165 and 1166 (2026-06-22): A100, H100 and L4 in GRA11, "
        "not always to be had; H200 in Paris, all allocated. They name cards, so the card stands as instance type."
    ),
)
# the catalogue's own names of two sites
SITES = {"FRA": "DE", "LON": "UK"}
STATUS = {"offered": "offered", "offered_limited": "limited", "offered_sold_out": "sold_out"}


def convert(data: Path, archive: Path) -> None:
    """The catalogue under one day, the statements under the days they were made."""
    rows = pl.read_csv(data / "ovh" / "gpu_by_region_2025-02_and_roadmap.csv", infer_schema=False).with_columns(
        region_code=pl.col("region_code").replace(SITES),
        zone="availability_zone",
        accelerator_label="accelerator_model",
        said=pl.col("as_of_precision").str.extract(r"\): (\w+); "),
    )
    stated = pl.col("instance_type").is_null()
    rows = rows.with_columns(
        source_card=pl.when(stated).then(pl.lit("statements")).otherwise(pl.lit("catalogue")),
        instance_type=pl.coalesce("instance_type", "accelerator_model"),
        status=pl.when(stated).then(pl.col("said").replace_strict(STATUS, default=None)),
    )
    for (card, date), listing in rows.group_by("source_card", "as_of_date"):
        offerings = listing.select(
            "region_code",
            "zone",
            "instance_type",
            "accelerator_label",
            "accelerator_count",
            "status",
        )
        regions = offerings.select("region_code", answered=pl.lit(True)).unique()
        source = CATALOGUE if card == "catalogue" else STATEMENTS
        write_listing(archive, source, str(date), regions=regions, offerings=offerings)
