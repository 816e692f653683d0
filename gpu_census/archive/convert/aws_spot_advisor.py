"""The EC2 spot advisor: what could be bought on the spot market of each region.

What belongs here: presence only. A type that the advisor does not list may well be sold on demand,
so the listing is a lower bound and its silence says nothing.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing
from gpu_census.reference.instance_types import resolve

CENSUS_DATE = "2025-06-28"
SOURCE = ArchivedSource(
    provider="aws",
    source="spot_advisor",
    title="EC2 spot advisor data, kept by the spotinfo project",
    evidence="docs",
    url="https://github.com/alexei-led/spotinfo/tree/05e933139/internal/spot/data",
    licence="Apache-2.0",
    retrieved="2026-11-23",
    positive_only=True,
    notes=(
        "33 commercial regions, among them ap-east-2, ap-southeast-7 and mx-central-1, which no "
        "offering listing of the archive covers. A lower bound: types without a spot market are "
        "missing. Linux and Windows are merged. Interruption rates and savings are not kept."
    ),
)


def convert(data: Path, archive: Path) -> None:
    """One listing: the types that any operating system can bid for."""
    path = data / "aws" / f"spot-advisor-data_{CENSUS_DATE}.json"
    advisor = json.loads(path.read_text(encoding="utf-8"))["spot_advisor"]
    pairs = {
        (region, instance_type)
        for region, systems in advisor.items()
        for types in systems.values()
        for instance_type in types
    }
    listed = pl.DataFrame(sorted(pairs), schema=["region_code", "instance_type"], orient="row")
    regions = pl.DataFrame({"region_code": sorted(advisor), "answered": True})
    offerings = resolve(listed, provider="aws")
    write_listing(archive, SOURCE, CENSUS_DATE, regions=regions, offerings=offerings)
