"""IBM Cloud's documentation of GPU profiles and of regions, as it stood in the public repository in August 2026.

What belongs here: the two pages, read as the live source reads them. What does not: cards that the page names without a
place.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing
from gpu_census.providers.ibm.gpu_profiles_page import (
    cards_of_profiles,
    named_regions,
    placed_profiles,
    profiles_ending,
)

DATE = "2026-08-21"
SOURCE = ArchivedSource(
    provider="ibm",
    source="documented_profiles",
    title="IBM Cloud documentation, GPU profiles and where they are available",
    evidence="docs",
    url="https://github.com/ibm-cloud-docs/vpc/blob/3fdff6f/vsi_is_profiles.md",
    licence="none stated; facts only",
    retrieved="2026-11-24",
    positive_only=True,
    notes=(
        "Commit 3fdff6f of 2026-08-21; the list of regions is of 2026-08-06. Places are named for H100, H200, B300 and "
        "Gaudi 3 only, so silence means nothing. What the page marks as a select availability is by request. For V100, "
        "L4, L40S and A100 it names no place."
    ),
)


def convert(data: Path, archive: Path) -> None:
    """One listing."""
    regions = named_regions((data / "ibm" / "doc_vpc_regions_2026-08-06.md").read_text(encoding="utf-8"))
    text = (data / "ibm" / "doc_vsi_profiles_gpu_section_2026-08-21.md").read_text(encoding="utf-8")
    profiles = cards_of_profiles(text)
    rows = [
        (region, zone, name, label, count, status)
        for region, zone, suffix, status in placed_profiles(text, regions)
        for name, (label, count) in profiles_ending(profiles, suffix).items()
    ]
    columns = ["region_code", "zone", "instance_type", "accelerator_label", "accelerator_count", "status"]
    offerings = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        zone=pl.col("zone").replace("", None), accelerator_count=pl.col("accelerator_count").cast(pl.Int64)
    )
    listed = pl.DataFrame({"region_code": list(regions), "region_name": list(regions.values())})
    answered = pl.col("region_code").is_in(offerings["region_code"].unique().to_list())
    write_listing(archive, SOURCE, DATE, regions=listed.with_columns(answered=answered), offerings=offerings)
