"""The regions of Azure: the public cloud from its management API, Azure China from its own page.

What belongs here: which regions exist. Neither list says anything about accelerators, so no region
of theirs counts as answered.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing

LOCATIONS_DATE = "2026-03-12"
LOCATIONS = ArchivedSource(
    provider="azure",
    source="locations",
    title="Azure Resource Manager, list of locations of the public cloud",
    evidence="docs",
    url=(
        "https://github.com/Azure/terraform-azurerm-avm-utl-regions/blob/e9d6240/modules/cached-data/locations.tf.json"
    ),
    licence="MIT",
    retrieved="2026-11-23",
    settled=True,
    regions_complete=True,
    notes=(
        "Every physical location that the management API of the public cloud names, restricted "
        "ones included; logical locations (geographies) are left out. Complete for the public "
        "partition only: it cannot name US Government or China regions. Internal canary and "
        "staging locations (*euap, *stg) are kept as listed and are not regions."
    ),
)
CHINA_DATE = "2026-11-23"
CHINA = ArchivedSource(
    provider="azure",
    source="china_regions_list",
    title="Azure China (21Vianet), documented list of regions",
    evidence="docs",
    url="https://docs.azure.cn/en-us/reliability/regions-list",
    licence="facts only",
    retrieved="2026-11-23",
    settled=True,
    notes=(
        "The page carries no date, so it stands under the day it was noted. chinaeast3 is a "
        "restricted region. No recorded listing of sizes or prices in Azure China is known."
    ),
)
CHINA_REGIONS = {
    "chinaeast": "China East",
    "chinaeast2": "China East 2",
    "chinaeast3": "China East 3",
    "chinanorth": "China North",
    "chinanorth2": "China North 2",
    "chinanorth3": "China North 3",
}
NO_OFFERINGS = pl.DataFrame(
    schema={"region_code": pl.String, "instance_type": pl.String, "accelerator_label": pl.String}
)


def convert(data: Path, archive: Path) -> None:
    """Two region lists: the public cloud and Azure China."""
    path = data / "azure" / "arm_locations.json"
    locations = json.loads(path.read_text(encoding="utf-8"))["value"]
    physical = {
        location["name"]: location["displayName"]
        for location in locations
        if location["metadata"]["regionType"] == "Physical"
    }
    write_listing(archive, LOCATIONS, LOCATIONS_DATE, regions=_regions(physical), offerings=NO_OFFERINGS)
    china = _regions(CHINA_REGIONS).with_columns(cloud_partition=pl.lit("china"))
    write_listing(archive, CHINA, CHINA_DATE, regions=china, offerings=NO_OFFERINGS)


def _regions(names: dict[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "region_code": list(names),
            "region_name": list(names.values()),
            "answered": [False] * len(names),
        }
    )
