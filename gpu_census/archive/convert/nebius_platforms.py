"""Nebius: which GPU platforms three of its regions had in 2025.

What belongs here: the platforms that the compute API listed for a project in each region, as a public catalogue keeps
them. What does not: regions that opened later.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing

DATE = "2025-09-01"
SOURCE = ArchivedSource(
    provider="nebius",
    source="skypilot_catalog",
    title="Nebius GPU platforms by region in the SkyPilot catalog",
    evidence="offering",
    url="https://github.com/skypilot-org/skypilot-catalog/blob/0082b04/catalogs/v8/nebius/vms.csv",
    licence="Apache-2.0",
    retrieved="2026-11-24",
    positive_only=True,
    notes=(
        "Read from the compute API for one account, a project in each region. The file carries no date: with B200 in "
        "us-central1, and without the regions opened in the last months of 2025, it fits mid 2025, and the day is "
        "approximate. Platform and number of cards stand as the instance type."
    ),
)


def convert(data: Path, archive: Path) -> None:
    """One listing of three regions."""
    rows = pl.read_csv(data / "nebius" / "skypilot_v8_gpu_platforms_by_region.csv", infer_schema=False)
    offerings = rows.select(
        region_code="region",
        instance_type=pl.format("{}_{}gpu", "platform", "count"),
        accelerator_label="accelerator",
        accelerator_count="count",
    )
    regions = offerings.select("region_code", answered=pl.lit(True)).unique()
    write_listing(archive, SOURCE, DATE, regions=regions, offerings=offerings)
