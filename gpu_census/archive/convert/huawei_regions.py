"""The regions of Huawei Cloud, from its Python SDK and from its price calculator's menu.

What belongs here: which regions exist. Neither says anything of accelerators, so no region counts
as answered. What does not: what is sold in them (`huawei_statements`).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing

# The day each version was released, as the package index gives it.
SDK_RELEASED_ON = {
    "3.1.66": "2023-11-13",
    "3.1.80": "2024-02-01",
    "3.1.121": "2024-11-07",
    "3.1.219": "2026-10-22",
}
SDK = ArchivedSource(
    provider="huawei",
    source="sdk_regions",
    title="Regions of the ECS service in the Huawei Cloud Python SDK",
    evidence="docs",
    url="https://github.com/huaweicloud/huaweicloud-sdk-python-v3",
    licence="Apache-2.0",
    retrieved="2026-11-23",
    settled=True,
    notes=(
        "File huaweicloudsdkecs/v2/region/ecs_region.py of the package huaweicloudsdkecs 3.1.66, "
        "3.1.80, 3.1.121 and 3.1.219, dated by the release of the package. Includes partner-run "
        "and restricted regions. Not complete: the calculator's menu of 2026 names "
        "sa-argentina-1, sa-peru-1 and tr-central-201, which no version has."
    ),
)
MENU_DATE = "2026-04-01"
MENU = ArchivedSource(
    provider="huawei",
    source="calculator_menu",
    title="Regions of the ECS service in the menu of Huawei Cloud's price calculator",
    evidence="docs",
    url="https://github.com/j0taaa/grafo-huawei-cloud/blob/6e76e43/tmp/menuInfo.json",
    licence="none stated; facts only",
    retrieved="2026-11-23",
    settled=True,
    notes=(
        "Recorded answer of the international portal's menuInfo, dated by its commit 6e76e43. Not "
        "complete: it leaves out restricted and industry regions that the SDK of 2026 has "
        "(cn-north-2, cn-north-9, cn-north-11, cn-south-2, cn-south-4, cn-southwest-3, ae-ad-1, "
        "ru-moscow-1). Partners run the sites FLEXIBLEENGINE, TMOne and ANKARAPUR."
    ),
)
# Sites of other companies in the menu; ae-ad-1 and ru-moscow-1 stand in the SDK only. The site
# HWCEU (eu-west-101) is Huawei's own European company, not a partner.
PARTNER_REGIONS = (
    "ae-ad-1",
    "eu-west-0",
    "my-kualalumpur-1",
    "ru-moscow-1",
    "tr-central-201",
)
NO_OFFERINGS = pl.DataFrame(
    schema={"region_code": pl.String, "instance_type": pl.String, "accelerator_label": pl.String}
)


def convert(data: Path, archive: Path) -> None:
    """The SDK's list at four versions, and the menu of one day."""
    versions = _read(data, "sdk_ecs_regions_by_version.csv")
    for version, released_on in SDK_RELEASED_ON.items():
        regions = versions.filter(pl.col("sdk_version") == version).select(region_code="region_id")
        _write(archive, SDK, released_on, regions)
    menu = _read(data, f"ecs_regions_from_menuInfo_{MENU_DATE}.csv")
    regions = menu.select("region_name", "country_iso2", region_code="region_id")
    _write(archive, MENU, MENU_DATE, regions)


def _read(data: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(data / "huawei" / name, infer_schema=False)


def _write(archive: Path, source: ArchivedSource, date: str, regions: pl.DataFrame) -> None:
    partner = pl.col("region_code").is_in(PARTNER_REGIONS)
    regions = regions.with_columns(cloud_partition=pl.when(partner).then(pl.lit("partner")), answered=pl.lit(False))
    write_listing(archive, source, date, regions=regions, offerings=NO_OFFERINGS)
