"""Alibaba Cloud instance types on offer by region, as CloudPilot's Karpenter provider ships them.

What belongs here: the pairs of region and accelerator type, with their price. What does not:
which card a family holds (`reference/instance_accelerator` and `reference/instance_family`).
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl

from gpu_census.archive.convert.prices import hourly_price
from gpu_census.archive.convert.write import ArchivedSource, write_listing
from gpu_census.reference.instance_types import resolve

DATE = "2024-12-30"
SOURCE = ArchivedSource(
    provider="alibaba",
    source="available_resource",
    title="ECS DescribeAvailableResource by region, from CloudPilot's Karpenter provider",
    evidence="offering",
    scope=["all", "-A30", "-A800", "-H20", "-H800", "-L20", "-MI308X", "-Zhenwu 810E"],
    url=(
        "https://github.com/cloudpilot-ai/karpenter-provider-alibabacloud/blob/5d2e077/"
        "pkg/providers/pricing/initial-on-demand-prices.json"
    ),
    licence="Apache-2.0",
    retrieved="2026-11-23",
    settled=True,
    notes=(
        "Commit 5d2e077 of 2024-12-30, which dates the listing; the file stood unchanged until "
        "cb536af (2025-09-25). Which types a region has comes from DescribeAvailableResource "
        "(pay as you go, all zones), the price in CNY from the price list; a price of 0 means on "
        "offer without a list price and is left empty. What is sold by invitation or "
        "subscription only (gn7s, gn8v, gn8is, ebmgn7v, ebmgn7vx, gp7 and the like) was not "
        "visible to this account, so silence does not cover the cards of such families. 27 "
        "regions of a China site account: no finance regions, no me-central-1, so the list of "
        "regions is not complete. cn-nanjing, cn-fuzhou and cn-wuhan-lr are local regions, kept "
        "as listed. video-trans holds video cards and no accelerator, and is left out."
    ),
)
# Families of these prefixes hold an accelerator: one that no table knows must not pass silently.
ACCELERATED = re.compile(r"ecs\.(ebm|scc)?(gn|vgn|sgn|gp|ga)\d.*")


def convert(data: Path, archive: Path) -> None:
    """The listing of 2024-12-30: the accelerator types of 27 regions."""
    path = data / "alibaba" / f"karpenter_on_demand_prices_{DATE}.json"
    types_by_region = json.loads(path.read_text(encoding="utf-8"))
    listed = pl.DataFrame(
        [(region, name, price) for region, types in types_by_region.items() for name, price in types.items()],
        schema={"region_code": pl.String, "instance_type": pl.String, "amount": pl.Float64},
        orient="row",
    )
    offerings = _priced(resolve(listed, provider="alibaba"))
    _refuse_unknown_families(listed, offerings)
    regions = pl.DataFrame({"region_code": list(types_by_region)})
    regions = regions.with_columns(answered=pl.lit(True))
    write_listing(archive, SOURCE, DATE, regions=regions, offerings=offerings)


def _priced(rows: pl.DataFrame) -> pl.DataFrame:
    priced = rows.with_columns(price=hourly_price("amount")).drop("amount")
    return priced.with_columns(currency=pl.when(pl.col("price").is_not_null()).then(pl.lit("CNY")))


def _refuse_unknown_families(listed: pl.DataFrame, offerings: pl.DataFrame) -> None:
    names = set(listed["instance_type"]) - set(offerings["instance_type"])
    unknown = sorted(name for name in names if ACCELERATED.fullmatch(name))
    if unknown:
        raise ValueError(f"accelerator families that no reference table knows: {unknown}")
