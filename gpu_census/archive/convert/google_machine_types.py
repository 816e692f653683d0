"""Google Cloud accelerators that exist only as a machine type, from the Cyclenerd calculator.

What belongs here: machine types whose accelerator has no accelerator type (in 2026: GB300). What
does not: every other accelerator machine type, which would only repeat `google_accelerator_types`.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gpu_census.archive.convert.google_accelerator_types import accelerator_types, region_list
from gpu_census.archive.convert.write import ArchivedSource, write_listing
from gpu_census.reference.instance_types import resolve

DATE = "2026-08-10"
SOURCE = ArchivedSource(
    provider="google",
    source="machine_types",
    title="Compute Engine machine types by region, from the Cyclenerd price calculator",
    evidence="offering",
    scope=["GB300"],
    url=("https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator/blob/1c13e28/tools/machinetyperegion.csv"),
    licence="Apache-2.0",
    retrieved="2026-11-23",
    settled=True,
    regions_complete=True,
    notes=(
        "Commit 1c13e28, 2026-08-10, output of `gcloud compute machine-types list`. Only machine "
        "types whose accelerator is no accelerator type are kept: a4x-maxgpu-4g-metal (GB300). "
        "Its silence says nothing of any other accelerator. All other accelerator machine types "
        "were compared with the accelerator types of the same day: no region has one that the "
        "accelerator types lack. Regions are those of the region list of that day."
    ),
)


def convert(data: Path, archive: Path) -> None:
    """The listing of 2026-08-10, cut down to what the accelerator types cannot show."""
    path = data / "gcp" / f"machinetyperegion_{DATE}.csv"
    machines = pl.read_csv(path, separator=";", infer_schema=False)
    listed = machines.select(region_code="ZONE", instance_type="NAME")
    accelerated = resolve(listed, provider="google")
    known = accelerator_types(data, DATE)["instance_type"].unique()
    offerings = accelerated.filter(~pl.col("accelerator_label").is_in(known.implode()))
    regions = region_list(data, DATE).with_columns(answered=pl.lit(True))
    write_listing(archive, SOURCE, DATE, regions=regions, offerings=offerings)
