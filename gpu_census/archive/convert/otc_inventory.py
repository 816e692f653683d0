"""Open Telekom Cloud: which regions its price calculator had on one day.

What belongs here: the regions that a public project counted for every service. What does not: flavors, which it did not
keep.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing

DATE = "2026-05-06"
SOURCE = ArchivedSource(
    provider="otc",
    source="calculator_inventory",
    title="Open Telekom Cloud price calculator, regions of all services as a public project counted them",
    evidence="docs",
    url="https://github.com/seaser0/otc-pricing-mcp/tree/af693d7/probe_results",
    licence="facts only",
    retrieved="2026-11-24",
    settled=True,
    notes="Every region that any service has a price in. Flavors were counted and not kept: it says nothing of GPUs.",
)


def convert(data: Path, archive: Path) -> None:
    """One list of regions."""
    counted = json.loads((data / "otc" / f"price_api_catalog_inventory_{DATE}.json").read_text(encoding="utf-8"))
    codes = sorted({code for service in counted["services"] for code in service["regions"] if code})
    regions = pl.DataFrame({"region_code": codes}).with_columns(answered=pl.lit(False))
    empty = pl.DataFrame(schema={"region_code": pl.String, "instance_type": pl.String, "accelerator_label": pl.String})
    write_listing(archive, SOURCE, DATE, regions=regions, offerings=empty)
