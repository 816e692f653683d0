"""Azure virtual machine prices by region, from the public Retail Prices API.

What belongs here: prices of N-series sizes, collected by two projects. A price is not an offering:
the list names sizes that were retired or never opened in a region. Dedicated hosts (`*_TypeN`) are
whole servers, not instance types, and are left out.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.prices import hourly_price
from gpu_census.archive.convert.write import ArchivedSource, write_listing
from gpu_census.reference.instance_types import resolve

PRICE_COLUMNS = {
    "2023-10-27": "retailPrice_usd_hour_linux_ondemand",
    "2024-12-13": "retailPrice_usd_hour_linux_ondemand",
    "2026-06-18": "retailPrice_usd_hour_linux_ondemand",
    "2026-08-22": "linux_payg_usd_hour",
}
SOURCE = ArchivedSource(
    provider="azure",
    source="retail_prices",
    title="Azure Retail Prices API, collected by Karpenter's Azure provider and by azure-hub",
    evidence="price",
    url="https://github.com/endgor/azure-hub/tree/eeeb25e/public/data/vm-pricing",
    licence="Apache-2.0 (2023-10-27, 2024-12-13, 2026-06-18); MIT (2026-08-22)",
    retrieved="2026-11-23",
    settled=True,
    notes=(
        "Two collectors of one API. 2023-10-27, 2024-12-13 and 2026-06-18: Azure/"
        "karpenter-provider-azure, pkg/providers/pricing/zz_generated.pricing.go at bee5a163, "
        "fe0ca6dd and 2b431da1, public regions only, Linux pay-as-you-go. 2026-08-22: "
        "endgor/azure-hub at eeeb25e, which also holds three US Government regions and five edge "
        "zones. All sizes were collected; the N-series is kept here, and a region without any is "
        "answered. Against the SKU list the prices name too much (retired K80 and V100, H200, "
        "GB200, MI300X where not open) and lack GB300."
    ),
)
PARTITIONS = {"government": "government"}
DEDICATED_HOST = r"_Type\d+$"


def convert(data: Path, archive: Path) -> None:
    """One listing for each collected date: the N-series sizes that have a price."""
    for day, column in PRICE_COLUMNS.items():
        regions = _regions(data / "azure" / f"retail_prices_regions_{day}.csv")
        prices = pl.read_csv(data / "azure" / f"retail_prices_gpu_{day}.csv", infer_schema=False).filter(
            ~pl.col("armSkuName").str.contains(DEDICATED_HOST)
        )
        listed = prices.select(
            region_code="armRegionName",
            instance_type="armSkuName",
            price=hourly_price(column),
        ).with_columns(currency=pl.when(pl.col("price").is_not_null()).then(pl.lit("USD")))
        offerings = resolve(listed, provider="azure", all_accelerated=True)
        write_listing(archive, SOURCE, day, regions=regions, offerings=offerings)


def _regions(path: Path) -> pl.DataFrame:
    listed = pl.read_csv(path, infer_schema=False)
    answered = listed.select(region_code="armRegionName", answered=pl.lit(True))
    if "cloud" not in listed.columns:
        return answered
    return answered.with_columns(
        region_name=listed["displayName"],
        cloud_partition=listed["cloud"].replace_strict(PARTITIONS, default=None),
    )
