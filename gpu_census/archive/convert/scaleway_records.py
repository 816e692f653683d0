"""Scaleway: the product availability guide, and the stock of one zone as its own CLI recorded it.

What belongs here: the GPU rows of both. What does not: types that the recording lists with a shortage where the guide
does not place them (L4 in fr-par-1): listed is not offered.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing

GUIDE_DATE = "2025-12-04"
GUIDE = ArchivedSource(
    provider="scaleway",
    source="availability_guide",
    title="Scaleway product availability guide, GPU Instances by zone",
    evidence="docs",
    url="https://www.scaleway.com/en/docs/account/reference-content/products-availability/",
    licence="facts only",
    retrieved="2026-11-24",
    settled=True,
    notes=(
        "The guide's zones are those of Paris, Amsterdam and Warsaw; it does not know Milan. A product stands for all "
        "sizes of its family."
    ),
)
ZONES = {"PAR1": "fr-par-1", "PAR2": "fr-par-2", "WAW2": "pl-waw-2"}
GUIDE_REGIONS = ("fr-par", "nl-ams", "pl-waw")
RECORDED_DATE = "2026-07-01"
RECORDED = ArchivedSource(
    provider="scaleway",
    source="recorded_availability",
    title="Scaleway Instance API, availability in fr-par-1 as recorded by scaleway-cli",
    evidence="stock",
    url=(
        "https://github.com/scaleway/scaleway-cli/blob/c2d470d/internal/namespaces/instance/v1/testdata/"
        "test-server-type-list-on-fr-par1.cassette.yaml"
    ),
    licence="Apache-2.0",
    retrieved="2026-11-24",
    settled=True,
    positive_only=True,
    notes=(
        "One of the three zones of fr-par, so that only what it lists is evidence. Four L4 types were listed with a "
        "shortage; the guide does not place them in this zone, and they are left out."
    ),
)
STATUS = {"available": "available", "scarce": "limited"}


def convert(data: Path, archive: Path) -> None:
    """The guide of December 2025 and the recording of July 2026."""
    folder = data / "scaleway"
    guide = pl.read_csv(folder / f"doc_gpu_availability_{GUIDE_DATE}.csv", infer_schema=False)
    placed = guide.select(
        region_code=pl.col("zone").replace_strict(ZONES).str.replace(r"-\d$", ""),
        zone=pl.col("zone").replace_strict(ZONES),
        instance_type=pl.col("product").str.strip_prefix("GPU "),
        accelerator_label="product",
    )
    regions = pl.DataFrame({"region_code": GUIDE_REGIONS, "answered": True})
    write_listing(archive, GUIDE, GUIDE_DATE, regions=regions, offerings=placed)
    fr_par = pl.DataFrame({"region_code": ["fr-par"], "answered": True})
    write_listing(archive, RECORDED, RECORDED_DATE, regions=fr_par, offerings=_in_stock(folder))


def _in_stock(folder: Path) -> pl.DataFrame:
    types = _pages(folder, "servers")
    stock = _pages(folder, "availability")
    rows = [
        {
            "region_code": "fr-par",
            "zone": "fr-par-1",
            "instance_type": name,
            "accelerator_label": of_type["gpu_info"]["gpu_name"],
            "accelerator_count": str(of_type["gpu"]),
            "status": STATUS[stock[name]["availability"]],
            "price": str(of_type["hourly_price"]),
            "currency": "EUR",
        }
        for name, of_type in types.items()
        if of_type["gpu"] and stock[name]["availability"] in STATUS
    ]
    return pl.DataFrame(rows)


def _pages(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    pages = sorted(folder.glob(f"{name}_fr-par-1_page*_{RECORDED_DATE}.json"))
    return {key: row for page in pages for key, row in json.loads(page.read_bytes())["servers"].items()}
