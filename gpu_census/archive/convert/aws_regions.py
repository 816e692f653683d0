"""The regions of AWS, from the partition list that its SDK for Python carries.

What belongs here: which regions exist and in which partition. The list says nothing about
accelerators, so no region of it counts as answered.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing

CENSUS_DATE = "2026-08-07"
SOURCE = ArchivedSource(
    provider="aws",
    source="botocore_partitions",
    title="Regions by partition in botocore",
    evidence="docs",
    url="https://github.com/boto/botocore/blob/0e6e2404b/botocore/data/partitions.json",
    licence="Apache-2.0",
    retrieved="2026-11-23",
    settled=True,
    regions_complete=False,
    notes=(
        "Partitions aws, aws-cn, aws-us-gov and aws-eusc; the isolated partitions of intelligence "
        "services are left out. Not taken as complete: each partition also carries a pattern of "
        "region codes, because the SDK expects regions that the list does not name yet, so being "
        "left out is no statement that a region is gone."
    ),
)
PARTITIONS = {
    "aws": None,
    "aws-cn": "china",
    "aws-us-gov": "government",
    "aws-eusc": "sovereign",
}
NO_OFFERINGS = pl.DataFrame(
    schema={"region_code": pl.String, "instance_type": pl.String, "accelerator_label": pl.String}
)


def convert(data: Path, archive: Path) -> None:
    """One region list; isolated partitions and `*-global` entries left out."""
    path = data / "aws" / "botocore_partitions.json"
    partitions = json.loads(path.read_text(encoding="utf-8"))["partitions"]
    rows = [
        (code, region["description"], PARTITIONS[partition["id"]], False)
        for partition in partitions
        if partition["id"] in PARTITIONS
        for code, region in partition["regions"].items()
        if not code.endswith("-global")
    ]
    schema = {
        "region_code": pl.String,
        "region_name": pl.String,
        "cloud_partition": pl.String,
        "answered": pl.Boolean,
    }
    regions = pl.DataFrame(rows, schema=schema, orient="row")
    write_listing(archive, SOURCE, CENSUS_DATE, regions=regions, offerings=NO_OFFERINGS)
