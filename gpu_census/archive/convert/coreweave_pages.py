"""CoreWeave's pages of super regions: which instances stand in a zone.

What belongs here: the zones whose lists of instances could be read in public copies of the pages. What does not: the
matrix of all zones, of which only the head could be read; it is asked live.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing

DATE = "2026-11-23"
PAGES = ArchivedSource(
    provider="coreweave",
    source="super_region_pages",
    title="CoreWeave documentation, GPU instances of four availability zones",
    evidence="docs",
    url="https://docs.coreweave.com/platform/regions/us-east",
    licence="facts only",
    retrieved="2026-11-24",
    settled=True,
    positive_only=True,
    notes=(
        "Noted by hand from public copies of the pages us-east, us-west, us-central and eu-south, which carry no date "
        "and were read in part: only what is listed here is evidence. The instance type is the page's own name."
    ),
)
INSTANCES = {
    "EU-SOUTH-03B": ("H200 (InfiniBand)",),
    "RNO2A": ("H100 (InfiniBand)", "L40", "GH200", "A100"),
    "US-CENTRAL-06A": ("B300 (InfiniBand)", "B200 (InfiniBand)", "RTX Pro 6000 Blackwell Server Edition"),
    "US-EAST-01A": (
        "GB200 NVL72-powered instances",
        "H200 (InfiniBand)",
        "H100 (InfiniBand)",
        "RTX Pro 6000 Blackwell Server Edition",
    ),
}


def convert(data: Path, archive: Path) -> None:
    """One listing; it is noted here, since no recorded copy may ship."""
    rows = [
        {"region_code": zone[:-1], "zone": zone, "instance_type": name, "accelerator_label": name}
        for zone, names in INSTANCES.items()
        for name in names
    ]
    offerings = pl.DataFrame(rows)
    regions = offerings.select("region_code", answered=pl.lit(True)).unique()
    write_listing(archive, PAGES, DATE, regions=regions, offerings=offerings)
