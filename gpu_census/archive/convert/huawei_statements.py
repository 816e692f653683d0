"""Accelerators in Huawei Cloud regions, from dated public statements.

What belongs here: statements that something can be had in a region now. What does not: what was
only announced, listed without a card or merely suggested, and any conclusion from silence.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing
from gpu_census.reference.instance_types import accelerators_of

# A prepaid-only offer is an offer; a card in use was sold; by allow-list or ticket is by request.
STATUS = {
    "offered": "offered",
    "offered_prepaid_only": "offered",
    "in_use": "offered",
    "not_self_service": "by_request",
}
# Empty: a VM. A CCE node is an ECS instance.
SERVICE = {"ECS": None, "CCE node": None, "CCI": "CCI", "ModelArts DevServer": "ModelArts"}
SOURCE = ArchivedSource(
    provider="huawei",
    source="public_statements",
    title="Dated public statements about accelerators in Huawei Cloud regions, collected by hand",
    evidence="docs",
    url="",
    licence="facts only, no text taken over",
    retrieved="2026-11-23",
    positive_only=True,
    notes=(
        "No table of Huawei's accelerators by region was found; a missing row means nothing. "
        "2024-11-06: CCI API page 'Create Pod' (cn-north-4, cn-east-3, container service). "
        "2025-01-24: ModelArts inference guide (Ascend 910B in cn-southwest-2). 2026-04-02: "
        "design note of a public project on CCE; its region is inferred from the image registry. "
        "2026-07-01: ringochen06/deepjump, whose author read the purchase pages; the month only is "
        "known. 2026-08-23: huaweicloud/huaweicloud-skills at c54c1bc. 2026-09-05: "
        "araujoviana/qecs at 236d9ec. Statements that name a family but no size keep the family "
        "name; those that name only a card keep the card's name as the instance type. Left out: "
        "announcements, the MaaS region list (no card), and two hints of absence."
    ),
)


def convert(data: Path, archive: Path) -> None:
    """One listing for each day on which something was stated."""
    statements = pl.read_csv(data / "huawei" / "gpu_region_evidence.csv", infer_schema=False)
    present = statements.filter(pl.col("status").is_in(list(STATUS)))
    family_or_card = pl.coalesce("instance_type", "accelerator_model").str.strip_suffix(".*")
    offerings = present.select(
        "region_code",
        pl.col("as_of_date").alias("census_date"),
        instance_type=family_or_card,
        service=pl.col("service").replace_strict(SERVICE, return_dtype=pl.String),
        accelerator_label="accelerator_model",
        status=pl.col("status").replace_strict(STATUS),
    ).join(_counts(), on=["instance_type", "accelerator_label"], how="left")
    for (date,), rows in offerings.group_by("census_date"):
        regions = rows.select("region_code", answered=pl.lit(True)).unique()
        write_listing(archive, SOURCE, str(date), regions=regions, offerings=rows.drop("census_date"))


def _counts() -> pl.DataFrame:
    return accelerators_of("huawei").select("instance_type", "accelerator_label", "accelerator_count")
