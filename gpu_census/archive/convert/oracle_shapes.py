"""Oracle Cloud: which shapes one tenancy could launch in three regions, and a public list of regions.

What belongs here: what the API listed for that tenancy. What does not: later catalogues of the same project, which put
every shape into every region and are no evidence.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing

SHAPES = ArchivedSource(
    provider="oracle",
    source="listed_shapes",
    title="Oracle Compute API ListShapes for one tenancy, in the SkyPilot catalog",
    evidence="offering",
    url="https://github.com/skypilot-org/skypilot-catalog/blob/091ffa9/catalogs/v5/oci/vms.csv",
    licence="Apache-2.0",
    retrieved="2026-11-24",
    positive_only=True,
    notes=(
        "Three regions of one tenancy. The day is approximate: the schema was in use from May 2023 into 2024. The most "
        "wanted shapes are hidden from an account until its limit is raised, so silence means nothing."
    ),
)
REGIONS = ArchivedSource(
    provider="oracle",
    source="region_codes",
    title="Oracle Cloud regions in a public list of cloud regions",
    evidence="docs",
    url="https://github.com/agonza05/cloudregioncodes/blob/fc98afb/data/data/regions.cue",
    licence="none stated; facts only",
    retrieved="2026-11-24",
    settled=True,
    notes=(
        "Kept by hand, as of 2025-01-05; only the codes and countries of regions in service are taken. Government and "
        "sovereign regions are left out: several of their codes are not Oracle's. It says nothing of accelerators."
    ),
)
REGIONS_DATE = "2025-01-05"
SPECIAL = r"-gov-|-sov-|langley|luke"
NO_OFFERINGS = pl.DataFrame(
    schema={"region_code": pl.String, "instance_type": pl.String, "accelerator_label": pl.String}
)


def convert(data: Path, archive: Path) -> None:
    """The shapes of the three regions under one day, and the list of regions."""
    shapes = pl.read_csv(data / "oracle" / "gpu_by_region_skypilot_v5.csv", infer_schema=False)
    for (date,), rows in shapes.group_by("as_of_date"):
        offerings = rows.select(
            "region_code",
            "instance_type",
            "accelerator_count",
            zone="availability_domain",
            accelerator_label="accelerator_model",
        )
        regions = rows.select("region_code", answered=pl.lit(True)).unique()
        write_listing(archive, SHAPES, str(date), regions=regions, offerings=offerings)
    listed = pl.read_csv(data / "oracle" / f"cloudregioncodes_oci_regions_{REGIONS_DATE}.csv", infer_schema=False)
    code = pl.col("cloud_region")
    kept = listed.filter((code != "null") & (pl.col("in_service") == "true") & ~code.str.contains(SPECIAL))
    regions = kept.select(region_code="cloud_region", country_iso2="country_iso2", answered=pl.lit(False)).unique()
    write_listing(archive, REGIONS, REGIONS_DATE, regions=regions, offerings=NO_OFFERINGS)
