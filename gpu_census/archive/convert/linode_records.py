"""Linode: availability of GPU plans and the regions' capabilities, as its own client library recorded them.

What belongs here: GPU plans that were available, and regions able to hold some. What does not: plans listed as not
available, video cards.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing
from gpu_census.reference.instance_types import resolve

ORIGIN = "https://github.com/linode/linodego/blob/676b9db/test/integration/fixtures"
STOCK_DATE = "2025-11-06"
STOCK = ArchivedSource(
    provider="linode",
    source="recorded_availability",
    title="Linode API, availability of plans by region as recorded by linodego",
    evidence="stock",
    url=f"{ORIGIN}/TestRegionsAvailability_List.yaml",
    licence="MIT",
    retrieved="2026-11-24",
    settled=True,
    notes=(
        "Dated by the last change of the fixture. 486 rows in 27 regions, 243 of them GPU plans, 31 of these available "
        "in 7 regions. A region without any row was not asked."
    ),
)
CAPABLE_DATE = "2026-07-01"
CAPABLE = ArchivedSource(
    provider="linode",
    source="recorded_regions",
    title="Linode API, regions with the capability to hold GPU plans as recorded by linodego",
    evidence="offering",
    url=f"{ORIGIN}/TestRegions_List.yaml",
    licence="MIT",
    retrieved="2026-11-24",
    settled=True,
    positive_only=True,
    notes=(
        "Dated by the last change of the fixture. 34 regions, 24 with the capability GPU Linodes. Which card, and "
        "whether any can be had, the capability does not tell: the label stays unknown, and only presence is evidence."
    ),
)
CAPABILITY = "GPU Linodes"


def convert(data: Path, archive: Path) -> None:
    """The availability of November 2025, and the regions of July 2026."""
    folder = data / "linode"
    stock = [row for page in sorted(folder.glob("regions_availability_page*.json")) for row in _rows(page)]
    available = pl.DataFrame(
        [
            {"region_code": row["region"], "instance_type": row["plan"], "status": "available"}
            for row in stock
            if "-gpu-" in row["plan"] and row["available"]
        ]
    )
    asked = pl.DataFrame({"region_code": sorted({row["region"] for row in stock})}).with_columns(answered=True)
    write_listing(archive, STOCK, STOCK_DATE, regions=asked, offerings=resolve(available, provider="linode"))
    places = _rows(folder / "regions_page1.json")
    regions = pl.DataFrame([_region(row) for row in places])
    capable = [row["id"] for row in places if CAPABILITY in row["capabilities"]]
    offerings = pl.DataFrame({"region_code": capable}).with_columns(
        instance_type=pl.lit(CAPABILITY), accelerator_label=pl.lit(CAPABILITY)
    )
    write_listing(archive, CAPABLE, CAPABLE_DATE, regions=regions, offerings=offerings)


def _region(row: dict[str, Any]) -> dict[str, Any]:
    named = {"region_name": row["label"], "country_iso2": row["country"].upper()}
    return {"region_code": row["id"], **named, "answered": True}


def _rows(page: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(page.read_bytes())["data"]
    return rows
