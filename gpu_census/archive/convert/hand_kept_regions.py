"""The regions of Alibaba and Tencent as the CB-Tumblebug project keeps them by hand.

What belongs here: which regions a multi-cloud project knew on two days of 2024. It says nothing of
accelerators, so no region counts as answered.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing

DATES = ("2024-03-22", "2024-09-09")
# Listed without a zone although every other region of the list has some: nothing can be had there.
EMPTY = {"2024-09-09": ["eu-moscow"]}
PARTNER_REGIONS = ["me-central-1"]
PROVIDERS = {"alibaba": "Alibaba Cloud", "tencent": "Tencent Cloud"}
NOTES = (
    "Commits 2cda8363 (2024-03-22) and 7dfe0342 (2024-09-09). Kept by hand for provisioning: "
    "special regions are left out, so the list is not complete, and a region may stay on it "
    "after it closed (ap-south-1 in 2024). Only the codes are taken: some of its names are wrong. "
    "eu-moscow has no zones on 2024-09-09 and is left out then."
)
NO_OFFERINGS = pl.DataFrame(
    schema={"region_code": pl.String, "instance_type": pl.String, "accelerator_label": pl.String}
)


def convert(data: Path, archive: Path) -> None:
    """Two lists for each of the two providers."""
    for date in DATES:
        path = data / "multicloud" / f"tumblebug_regions_{date}.csv"
        kept = pl.read_csv(path, infer_schema=False)
        for provider, name in PROVIDERS.items():
            codes = kept.filter(pl.col("provider") == provider)["region_code"]
            regions = _regions(codes.filter(~codes.is_in(EMPTY.get(date, []))))
            write_listing(archive, _source(provider, name), date, regions=regions, offerings=NO_OFFERINGS)


def _regions(codes: pl.Series) -> pl.DataFrame:
    partner = pl.col("region_code").is_in(PARTNER_REGIONS)
    return codes.to_frame("region_code").with_columns(
        cloud_partition=pl.when(partner).then(pl.lit("partner")), answered=pl.lit(False)
    )


def _source(provider: str, name: str) -> ArchivedSource:
    return ArchivedSource(
        provider=provider,
        source="tumblebug_regions",
        title=f"{name} regions in the CB-Tumblebug project's list",
        evidence="docs",
        url="https://github.com/cloud-barista/cb-tumblebug/blob/7dfe0342/assets/cloudinfo.yaml",
        licence="Apache-2.0",
        retrieved="2026-11-23",
        settled=True,
        notes=NOTES,
    )
