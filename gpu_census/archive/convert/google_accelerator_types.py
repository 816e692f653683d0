"""Google Cloud accelerator types by region, as the Cyclenerd price calculator keeps them.

What belongs here: the accelerator types of Compute Engine (`gcloud compute accelerator-types list`)
and the region list of the same day. What does not: accelerators that exist only as a machine type
(`google_machine_types`).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing

DATES = ("2023-11-10", "2024-02-16", "2024-11-10", "2026-08-10")
SOURCE = ArchivedSource(
    provider="google",
    source="accelerator_types",
    title="Compute Engine accelerator types by region, from the Cyclenerd price calculator",
    evidence="offering",
    scope=["all", "-GB300", "-TPU v2", "-TPU v3"],
    url=(
        "https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator/blob/1c13e28/tools/acceleratortyperegion.csv"
    ),
    licence="Apache-2.0",
    retrieved="2026-11-23",
    settled=True,
    regions_complete=True,
    notes=(
        "Commits 8d3624b (2023-11-10), faaeb4e (2024-02-16), c91ad2b (2024-11-10) and 1c13e28 "
        "(2026-08-10), dated by their commit. The list is that of one project: the H100 of A3, "
        "then in preview, is missing on 2023-11-10. An accelerator type stands in for the "
        "instance type, since N1 machines take any of them; -vws is the same card with a "
        "graphics licence. Silence covers what has an accelerator type: not GB300, which exists "
        "as a machine type only, and not TPU v2 and v3, which the first two lists lack although "
        "the Cloud TPU service sold them. The region list is complete: Google has no regions to "
        "opt in to, and every public region is visible to every project. us-central2 and us-east7 "
        "are internal, so they stand in the listing but not in the region list."
    ),
)


def convert(data: Path, archive: Path) -> None:
    """Four listings, each with the region list of its day."""
    for date in DATES:
        listed = accelerator_types(data, date)
        offerings = listed.with_columns(accelerator_label="instance_type")
        regions = pl.concat([region_list(data, date), listed.select("region_code")]).unique()
        write_listing(
            archive,
            SOURCE,
            date,
            regions=regions.with_columns(answered=pl.lit(True)),
            offerings=offerings,
        )


def accelerator_types(data: Path, date: str) -> pl.DataFrame:
    """Region and accelerator type; the origin's column headed ZONE holds the region."""
    listed = _read(data, f"acceleratortyperegion_{date}.csv")
    return listed.select(region_code="ZONE", instance_type="NAME")


def region_list(data: Path, date: str) -> pl.DataFrame:
    """The regions of `gcloud compute regions list` on that day, all of which are UP."""
    regions = _read(data, f"regions_{date}.csv")
    down = regions.filter(pl.col("STATUS") != "UP")
    if down.height:
        raise ValueError(f"regions_{date}.csv: not every region is up: {down['NAME'].to_list()}")
    return regions.select(region_code="NAME")


def _read(data: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(data / "gcp" / name, separator=";", infer_schema=False)
