"""Tencent Cloud GPU instances by zone, from three states of its documentation; and its regions.

What belongs here: which page describes which day, and which regions it answered for. What does not:
reading the pages themselves (`tencent_pages`).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import polars as pl

from gpu_census.archive.convert.tencent_pages import (
    Regions,
    plain_count,
    read_instance_types,
    read_regions,
)
from gpu_census.archive.convert.write import ArchivedSource, write_listing
from gpu_census.reference.instance_types import accelerators_of

CHINESE_DATES = ("2020-06-23", "2021-05-25")
ENGLISH_DATE = "2022-12-31"
REGIONS_DATE = "2021-06-02"
# Opened in April 2021, between the first page and the list of regions used for it.
NOT_YET_OPEN = {"2020-06-23": {"ap-jakarta"}}
GPU = ArchivedSource(
    provider="tencent",
    source="gpu_documentation",
    title="Tencent Cloud documentation of GPU instances (product 560): types by zone",
    evidence="docs",
    scope=["NVIDIA", "-A800", "-H800"],
    url="https://www.tencentcloud.com/document/product/560",
    licence="none stated; facts only",
    retrieved="2026-11-23",
    settled=True,
    notes=(
        "2020-06-23 and 2021-05-25: Chinese page on NVIDIA instances, from the forks "
        "cheriezhan/qcloud-documents and ZoeyYann/qcloud-documents, dated by their last change. "
        "2022-12-31: English page on computing instances, zone sentences typed off by hand; the "
        "page is undated and its contents fit any day from 2022-06 to 2023-06, so the date is "
        "approximate. That page leaves out the rendering types (GN7vw). A region the page does "
        "not name counts as answered, with nothing there: regions are those of the Chinese "
        "regions page of 2021-06-02 (without Jakarta, opened 2021-04, for 2020) and, for 2022, "
        "also those the GPU page adds. Silence covers Nvidia cards in CVM; HCC clusters, where "
        "A800 and H800 are sold, have pages of their own. GN7vw of 2021 was sold on application. "
        "The pages mark no type as sold out. Types without a zone (on test) are left out."
    ),
)
REGION_LIST = ArchivedSource(
    provider="tencent",
    source="cvm_regions",
    title="Regions of the CVM API in Tencent Cloud's international documentation",
    evidence="docs",
    url="https://www.tencentcloud.com/document/api/213/35072",
    licence="none stated; facts only",
    retrieved="2026-11-23",
    settled=True,
    notes=(
        "18 regions, 2 of them for finance, on 2025-11-19. The international site's list: not "
        "complete, and it says nothing of accelerators."
    ),
)
REGION_LIST_DATE = "2025-11-19"
NO_OFFERINGS = pl.DataFrame(
    schema={"region_code": pl.String, "instance_type": pl.String, "accelerator_label": pl.String}
)


def convert(data: Path, archive: Path) -> None:
    """Three states of the GPU page, and the region list of 2025."""
    folder = data / "tencent"
    regions = read_regions(_text(folder / f"doc_cvm_regions_zones_zh_{REGIONS_DATE}.md"))
    for date in CHINESE_DATES:
        page = _text(folder / f"doc_gpu_nvidia_instances_zh_{date}.md")
        offerings = _from_chinese_page(page, regions)
        answered = [code for code in regions.name if code not in NOT_YET_OPEN.get(date, ())]
        _write_answered(archive, date, answered, offerings)
    offerings = _from_english_page(folder / f"gpu_by_zone_doc_en_{ENGLISH_DATE}.csv")
    known = {*regions.name, *offerings["region_code"]}
    _write_answered(archive, ENGLISH_DATE, sorted(known), offerings)
    listed = _region_list(folder / f"cvm_regions_intl_doc_{REGION_LIST_DATE}.csv")
    write_listing(archive, REGION_LIST, REGION_LIST_DATE, regions=listed, offerings=NO_OFFERINGS)


def _from_chinese_page(page: str, regions: Regions) -> pl.DataFrame:
    types = read_instance_types(page, regions)
    rows = [{**asdict(item), "region_code": item.region_code} for item in types]
    return pl.DataFrame(rows, infer_schema_length=None)


def _from_english_page(path: Path) -> pl.DataFrame:
    typed = pl.read_csv(path, infer_schema=False)
    whole = accelerators_of("tencent").select("instance_type", "accelerator_count")
    part = pl.col("vgpu_fraction").map_elements(plain_count, return_dtype=pl.String)
    return typed.join(whole, on="instance_type", how="left").select(
        "instance_type",
        region_code="region_id",
        zone="zone_id",
        accelerator_label="gpu_model",
        accelerator_count=pl.coalesce(part, "accelerator_count"),
    )


def _region_list(path: Path) -> pl.DataFrame:
    listed = pl.read_csv(path, infer_schema=False)
    return listed.select("country_iso2", region_code="region_id", region_name="city", answered=pl.lit(False))


def _write_answered(archive: Path, date: str, answered: list[str], offerings: pl.DataFrame) -> None:
    regions = pl.DataFrame({"region_code": answered}).with_columns(answered=pl.lit(True))
    write_listing(archive, GPU, date, regions=regions, offerings=offerings)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
