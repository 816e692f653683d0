"""Smaller clouds of which one short dated listing is known: CoreWeave, Exoscale, Lambda, RunPod, Vultr.

What belongs here: what these listings say, each under the day it describes. What does not: catalogues that put every
type in every region, which are no evidence, and examples of documentation, which tell a form and no fact.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from gpu_census.archive.convert.write import ArchivedSource, write_listing
from gpu_census.reference.instance_types import resolve

RETRIEVED = "2026-11-24"
COREWEAVE = ArchivedSource(
    provider="coreweave",
    source="documented_regions",
    title="CoreWeave documentation, regions and availability zones with their places",
    evidence="docs",
    url="https://docs.coreweave.com/platform/regions/all-availability-zones",
    licence="facts only",
    retrieved=RETRIEVED,
    settled=True,
    notes=(
        "The pages carry no date, so they stand under the day they were noted. Not complete for Dedicated Access, and "
        "nothing is said of accelerators."
    ),
)
EXOSCALE = ArchivedSource(
    provider="exoscale",
    source="families_by_zone",
    title="Exoscale API, GPU families by zone as a public deployment guide read them",
    evidence="offering",
    url="https://github.com/e-minguez/suse-ai-factory-cloud-providers/blob/afe9661/docs/plans/exoscale.md",
    licence="facts only",
    retrieved=RETRIEVED,
    settled=True,
    notes=(
        "A transcription of the answer of October 2026, of which only the month is known. The instance type is the "
        "family. Zones without a GPU family are not in it, and so were not asked."
    ),
)
LAMBDA = ArchivedSource(
    provider="lambda",
    source="recorded_types",
    title="Lambda Cloud API, three instance types with capacity as kept in a public test",
    evidence="stock",
    url="https://docs.lambda.ai/api/cloud",
    licence="facts only",
    retrieved=RETRIEVED,
    settled=True,
    positive_only=True,
    notes="Trimmed to three types, and a type without capacity is placed nowhere: only what it lists is evidence.",
)
RUNPOD = ArchivedSource(
    provider="runpod",
    source="documented_data_centres",
    title="RunPod documentation, ids of data centres in the REST API",
    evidence="docs",
    url="https://github.com/runpod/docs/blob/a900806/api-reference/openapi.json",
    licence="facts only",
    retrieved=RETRIEVED,
    settled=True,
    notes="26 ids. Not complete, and nothing is said of accelerators.",
)
VULTR = ArchivedSource(
    provider="vultr",
    source="recorded_regions",
    title="Vultr API, list of locations as kept by Apache Libcloud",
    evidence="docs",
    url="https://github.com/apache/libcloud/blob/6e39117/libcloud/test/compute/fixtures/vultr_v2/list_locations.json",
    licence="Apache-2.0",
    retrieved=RETRIEVED,
    settled=True,
    notes="17 locations. Nothing is said of accelerators.",
)
NO_OFFERINGS = pl.DataFrame(
    schema={"region_code": pl.String, "instance_type": pl.String, "accelerator_label": pl.String}
)


def convert(data: Path, archive: Path) -> None:
    """One listing for each of them."""
    places = pl.read_csv(data / "coreweave" / "doc_locations.csv", infer_schema=False)
    _write(
        archive,
        COREWEAVE,
        "2026-11-23",
        places.select(
            # a zone is the code of its region and a letter
            region_code=pl.col("region_or_zone").str.replace(r"(\d)[A-Z]$", "${1}"),
            region_name="location",
        ),
    )
    families = pl.read_csv(data / "exoscale" / "gpu_families_by_zone_2026-10.csv", infer_schema=False)
    offerings = families.select(region_code="zone", instance_type="family", accelerator_label="card")
    _write(archive, EXOSCALE, "2026-10-01", offerings.select("region_code").unique(), offerings)
    offerings = _lambda(data / "lambda" / "instance_types_trimmed_2026-08-15.json")
    _write(archive, LAMBDA, "2026-08-15", offerings.select("region_code").unique(), offerings)
    ids = json.loads((data / "runpod" / "doc_datacenter_ids_2026-08-20.json").read_bytes())
    _write(archive, RUNPOD, "2026-08-20", pl.DataFrame({"region_code": ids}))
    locations = json.loads((data / "vultr" / "regions_2021-10.json").read_bytes())["regions"]
    named = pl.DataFrame(locations).select(region_code="id", region_name="city", country_iso2="country")
    _write(archive, VULTR, "2021-10-05", named)


def _write(
    archive: Path, source: ArchivedSource, date: str, regions: pl.DataFrame, offerings: pl.DataFrame = NO_OFFERINGS
) -> None:
    """A list without offerings says nothing of accelerators, and answers for no region."""
    answered = pl.lit(offerings.height > 0)
    write_listing(archive, source, date, regions=regions.with_columns(answered=answered), offerings=offerings)


def _lambda(path: Path) -> pl.DataFrame:
    rows = [
        {
            "region_code": place["name"],
            "instance_type": name,
            "status": "available",
            "price": str(listed["instance_type"]["price_cents_per_hour"] / 100),
            "currency": "USD",
        }
        for name, listed in json.loads(path.read_bytes())["data"].items()
        for place in listed["regions_with_capacity_available"]
    ]
    counted = {name: name.removeprefix("gpu_").partition("x_")[0] for name in {row["instance_type"] for row in rows}}
    labelled = resolve(pl.DataFrame(rows), provider="lambda", all_accelerated=True)
    return labelled.with_columns(accelerator_count=pl.col("instance_type").replace_strict(counted))
