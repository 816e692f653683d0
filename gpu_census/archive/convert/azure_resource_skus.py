"""Azure Resource SKUs by region: the sizes one subscription could see.

What belongs here: the N-series names of `az vm list-skus --all` for the regions that answered.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing
from gpu_census.reference.instance_types import resolve

CENSUS_DATE = "2026-05-02"
SOURCE = ArchivedSource(
    provider="azure",
    source="resource_skus",
    title="Azure Resource SKUs by region (az vm list-skus --all), N-series",
    evidence="offering",
    url="https://github.com/DarrenJohns/djtools-azure-vm-sku-locator/tree/f31f817",
    licence="none stated; facts only",
    retrieved="2026-11-23",
    settled=True,
    notes=(
        "45 regions answered, seven of them with no N-series size. One subscription's view: --all "
        "also lists what that subscription may not deploy, and the restriction is not kept. "
        "Restricted regions that it could not query are not observed."
    ),
)


def convert(data: Path, archive: Path) -> None:
    """One listing: the N-series sizes of every region that answered."""
    listed = pl.read_csv(data / "azure" / f"resource_skus_gpu_{CENSUS_DATE}.csv", infer_schema=False).select(
        region_code="region", instance_type="sku_name"
    )
    regions = pl.read_csv(data / "azure" / f"resource_skus_regions_{CENSUS_DATE}.csv", infer_schema=False).select(
        region_code="region", answered=pl.lit(True)
    )
    offerings = resolve(listed, provider="azure", all_accelerated=True)
    write_listing(archive, SOURCE, CENSUS_DATE, regions=regions, offerings=offerings)
