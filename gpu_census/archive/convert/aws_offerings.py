"""EC2 instance type offerings by region, as the moto project records them from the live API.

What belongs here: DescribeInstanceTypeOfferings answers per region. The recording account sees only
the regions it is opted in to, so a region without a file was not asked; it does not appear.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing
from gpu_census.reference.instance_types import resolve

SOURCE = ArchivedSource(
    provider="aws",
    source="instance_type_offerings",
    title="EC2 DescribeInstanceTypeOfferings by region, recorded by the moto project",
    evidence="offering",
    url="https://github.com/getmoto/moto/tree/5.2.5/moto/ec2/resources/instance_type_offerings/region",
    licence="Apache-2.0",
    retrieved="2026-11-23",
    settled=True,
    notes=(
        "Commits: a5debd713 (2023-11-19), 4b8b3e2e7 (2024-02-04), a0eb7f864 (2024-11-17); the last "
        "listing is from the package moto 5.2.5, whose files are dated 2026-10-27, so its day is "
        "approximate. Only regions the recording account is opted in to: never ap-east-2, "
        "ap-southeast-6, ap-southeast-7, mx-central-1, the European Sovereign Cloud, China or "
        "GovCloud; the first two dates also lack ap-southeast-4 and il-central-1, both open then, "
        "and 2024-02-04 lacks ca-west-1. Those regions were not observed, which is not 'no GPU'."
    ),
)


def convert(data: Path, archive: Path) -> None:
    """One listing for each recorded date: the types each region offers."""
    for folder in sorted((data / "aws" / "instance_type_offerings").iterdir()):
        listed = pl.concat(_region(path) for path in sorted(folder.glob("*.json")))
        regions = listed.select("region_code", answered=pl.lit(True)).unique()
        offerings = resolve(listed, provider="aws")
        write_listing(archive, SOURCE, folder.name, regions=regions, offerings=offerings)


def _region(path: Path) -> pl.DataFrame:
    types = [row["InstanceType"] for row in json.loads(path.read_text(encoding="utf-8"))]
    return pl.DataFrame({"region_code": path.stem, "instance_type": types})
