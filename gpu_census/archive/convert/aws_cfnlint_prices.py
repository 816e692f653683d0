"""EC2 types with a public price in China and GovCloud, as kept by cfn-lint from the Pricing API.

What belongs here: the two sound vintages. In every version between them each region carries the
same merged list, so nothing of that time may enter the archive.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing
from gpu_census.reference.instance_types import resolve

FIRST_BROKEN, LAST_BROKEN = "2024-01-16", "2026-07-06"
SOURCE = ArchivedSource(
    provider="aws",
    source="cfnlint_pricing_api",
    title="EC2 types with a price in China and GovCloud, kept by cfn-lint from the Pricing API",
    evidence="price",
    url="https://github.com/aws-cloudformation/cfn-lint/tree/249ff3dcf",
    licence="MIT-0",
    retrieved="2026-11-23",
    settled=True,
    notes=(
        "Commits ede46a947 (2023-12-14) and 249ff3dcf (2026-08-11). Versions from 2024-01-16 to "
        "2026-07-06 give every region the same merged list and are not used. Presence of a price "
        "only; the amounts are not kept."
    ),
)
PARTITIONS = {
    "cn-north-1": "china",
    "cn-northwest-1": "china",
    "us-gov-east-1": "government",
    "us-gov-west-1": "government",
}


def convert(data: Path, archive: Path) -> None:
    """One listing for each sound vintage: the types that have a price."""
    types = pl.read_csv(data / "aws" / "cfnlint_pricing_api_gov_cn.csv", infer_schema=False)
    broken = pl.col("as_of").is_between(pl.lit(FIRST_BROKEN), pl.lit(LAST_BROKEN))
    sound = types.filter(~broken)
    for (day,), rows in sorted(sound.partition_by("as_of", as_dict=True).items()):
        listed = rows.select("instance_type", region_code="region")
        regions = (
            listed.select("region_code")
            .unique()
            .with_columns(
                cloud_partition=pl.col("region_code").replace_strict(PARTITIONS),
                answered=pl.lit(True),
            )
        )
        offerings = resolve(listed, provider="aws")
        write_listing(archive, SOURCE, day, regions=regions, offerings=offerings)
