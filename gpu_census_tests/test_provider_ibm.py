"""IBM Cloud: places in sentences, profiles in tables, and the answers of the VPC API."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gpu_census.collect.request import Request
from gpu_census.errors import AskError
from gpu_census.providers.contract import accelerators_in
from gpu_census.providers.ibm.gpu_profiles_page import (
    PROFILES_PAGE,
    REGIONS_PAGE,
    cards_of_profiles,
    placed_profiles,
)
from gpu_census.providers.ibm.vpc_api import QUERY
from gpu_census.reference.labels import resolve_label
from gpu_census_tests.provider_rows import BROKEN, rows_of, the_source

PAGE = the_source("ibm", "gpu_profiles_page")
API = the_source("ibm", "vpc_api")
HOST = "iaas.cloud.ibm.com/v1"
REGIONS = f"https://us-south.{HOST}/regions?{QUERY}"
PROFILES = f"https://us-south.{HOST}/instance/profiles?{QUERY}"
TABLE = (
    "| Instance profile | Type / Number of GPUs |\n|---|---|\n| gx3-1x1x4l4 | l4 / 4 |\n| gx3-1x1x2l40s | l40s / 2 |\n"
)
LIST = b"| Location | Region | API |\n|---|---|---|\n| Dallas | `us-south` | `a` |\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- GPU `-l4` profiles are in Madrid (eu-es-3).", [("eu-es", "eu-es-3", "l4", "offered")]),
        ("- GPU `-l40S` profiles are in Dallas (us-south).", [("us-south", "", "l40s", "offered")]),
        ("- GPU `-l4` profiles: Dallas (us-south-dal12-a).", [("us-south", "us-south-dal12-a", "l4", "offered")]),
        (
            "- [Select availability]{: tag-green} GPU `-l4` profiles (eu-gb-2).",
            [("eu-gb", "eu-gb-2", "l4", "by_request")],
        ),
        ("- GPU `-l4` profiles (eu-gb-2) for select customers.", [("eu-gb", "eu-gb-2", "l4", "by_request")]),
        ("- GPU `-l4` profiles include [cards](https://x.com/us-south-1) of 24 GB (x86-64).", []),
        ("- GPU `-l4` profiles (in-use).", []),
        ("Dallas (us-south-1) has profiles.", []),
    ],
)
def test_a_statement_places_profiles(line: str, expected: list[tuple[str, str, str, str]]) -> None:
    assert list(placed_profiles(line, {"us-south": "Dallas"})) == expected


def test_a_suffix_means_no_longer_card(tmp_path: Path) -> None:
    """`-l4` is not the end of a profile with L40S."""
    told = {REGIONS_PAGE: LIST, PROFILES_PAGE: f"## GPU\n- GPU `-l4` profiles (us-south-1).\n{TABLE}".encode()}
    _, found, _ = rows_of(PAGE, told, tmp_path)
    assert [(row.instance_type, row.accelerator_label, row.accelerator_count) for row in found] == [
        ("gx3-1x1x4l4", "l4", 4.0)
    ]
    assert cards_of_profiles(TABLE)["gx3-1x1x2l40s"] == ("l40s", 2.0)


@pytest.mark.parametrize("page", [*BROKEN, b"## GPU\n- GPU `-l4` profiles include cards.", f"## GPU\n{TABLE}".encode()])
def test_a_page_without_places_is_an_error(page: bytes, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(PAGE, {REGIONS_PAGE: LIST, PROFILES_PAGE: page}, tmp_path)


def test_the_recorded_pages_are_read(shared_data: Path, tmp_path: Path) -> None:
    told = {
        REGIONS_PAGE: (shared_data / "ibm" / "doc_vpc_regions_2026-08-06.md").read_bytes(),
        PROFILES_PAGE: (shared_data / "ibm" / "doc_vsi_profiles_gpu_section_2026-08-21.md").read_bytes(),
    }
    regions, found, ask = rows_of(PAGE, told, tmp_path)
    assert (len(regions), ask.faults) == (13, [])
    models = Counter(resolve_label("ibm", row.accelerator_label)[1] for row in found)
    assert models == {"H100": 10, "H200": 7, "Gaudi3": 4, "B300": 1}
    assert {row.region_code for row in found if row.status == "offered"} == {
        "au-syd", "br-sao", "ca-tor", "eu-de", "eu-es", "eu-gb", "jp-tok", "us-east", "us-south",
    }  # fmt: skip


def profile(**fields: Any) -> dict[str, Any]:
    return {"name": "gx3-16x80x1l4"} | fields


@pytest.mark.parametrize(
    ("fields", "label", "count"),
    [
        ({"gpu_count": {"value": 1}, "gpu_model": {"values": ["L4"]}}, "L4", 1.0),
        ({"gpu_count": {"type": "range", "min": 1, "max": 2}, "gpu_model": {"values": ["L4"]}}, "L4", None),
        ({"gpu_count": {"value": 1}}, "L4", 1.0),
        ({"gpu_model": {"values": ["X900"]}}, "X900", None),
        ({"name": "gx9", "gpu_count": {"value": 2}}, "gx9", 2.0),
    ],
)
def test_a_profile_tells_its_card(fields: dict[str, Any], label: str, count: float | None, tmp_path: Path) -> None:
    told = {REGIONS: {"regions": [{"name": "us-south"}]}, PROFILES: {"profiles": [{"name": "bx2"}, profile(**fields)]}}
    _, (found,), _ = rows_of(API, told, tmp_path)
    assert (found.accelerator_label, found.accelerator_count) == (label, count)


@pytest.mark.parametrize("content", [*BROKEN, b'{"profiles": []}'])
def test_a_region_without_any_profile_is_not_answered(content: bytes, tmp_path: Path) -> None:
    regions, found, ask = rows_of(API, {REGIONS: {"regions": [{"name": "us-south"}]}, PROFILES: content}, tmp_path)
    assert ([region.answered for region in regions], found) == ([False], [])
    assert len(ask.faults) == 1


def test_a_lost_second_page_loses_the_region(tmp_path: Path) -> None:
    first = {"profiles": [profile(gpu_count={"value": 1})], "next": {"href": f"https://us-south.{HOST}/next"}}
    told = {REGIONS: {"regions": [{"name": "us-south"}]}, PROFILES: first}
    regions, found, _ = rows_of(API, told, tmp_path)
    assert ([region.answered for region in regions], found) == ([False], [])


def test_every_request_is_signed_with_a_fetched_token(tmp_path: Path) -> None:
    told = {REGIONS: {"regions": [{"name": "us-south"}]}, PROFILES: {"profiles": [profile()]}}
    *_, ask = rows_of(API, told, tmp_path)
    assert all(isinstance(request, Request) and request.sign is not None for request in ask.asked)
    assert API.credentials == ("IBMCLOUD_API_KEY",)


def test_the_families_are_those_of_the_documented_profiles() -> None:
    names = ("gx2-8x64x1v100", "gx3-24x120x1l40s", "gx3d-24x120x1a100p", "gx4d-232x3840x8b300")
    assert [accelerators_in("ibm", name)[0][0] for name in names] == ["V100", "L40S", "A100", "B300"]
    assert accelerators_in("ibm", "bx2-2x8") == ()
