"""Verda, Hyperstack and Seeweb: what is free now, what stays listed, and what an answer leaves open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpu_census.errors import AskError
from gpu_census.providers import hyperstack, seeweb, verda
from gpu_census.reference.labels import resolve_label
from gpu_census_tests.provider_rows import BROKEN, rows_of, the_source

VERDA = the_source("verda", "instance_availability")
HYPERSTACK = the_source("hyperstack", "flavors")
SEEWEB = the_source("seeweb", "plans")


# --- Verda


def told_by_verda(types: Any, free: Any, locations: Any = ({"code": "FIN-01"},)) -> dict[str, Any]:
    listed = locations if isinstance(locations, bytes) else list(locations)
    return {
        f"{verda.API}/locations": listed,
        f"{verda.API}/instance-types": types,
        f"{verda.API}/instance-availability": free,
    }


H100 = {"instance_type": "1H100.80S.30V", "model": "H100", "gpu": {"number_of_gpus": 1}, "price_per_hour": "3.95"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1H100.80S.30V", [("H100", 1.0, 3.95)]),
        ("8RTX6000ADA.80V", [("RTX 6000 Ada", 8.0, None)]),
        ("4X900.80V", [("4X900.80V", 4.0, None)]),
        ("CPU.4V.16G", []),
    ],
)
def test_verda_a_type_is_known_by_the_list_or_by_its_name(name: str, expected: Any, tmp_path: Path) -> None:
    free = [{"location_code": "FIN-01", "availabilities": [name, name]}]
    _, found, _ = rows_of(VERDA, told_by_verda([H100], free), tmp_path)
    assert [(row.accelerator_label, row.accelerator_count, row.price) for row in found] == expected


def test_verda_silence_proves_nothing_and_a_location_without_an_answer_gave_none(tmp_path: Path) -> None:
    free = [{"location_code": "ICE-01", "availabilities": []}]
    regions, found, _ = rows_of(VERDA, told_by_verda([H100], free), tmp_path)
    assert [(region.code, region.answered) for region in regions] == [("FIN-01", False), ("ICE-01", True)]
    assert (found, VERDA.positive_only) == ([], True)


@pytest.mark.parametrize("content", BROKEN)
def test_verda_no_types_or_no_availability_is_an_error(content: bytes, tmp_path: Path) -> None:
    for types, free in ((content, [{"location_code": "F", "availabilities": []}]), ([H100], content)):
        with pytest.raises(AskError):
            rows_of(VERDA, told_by_verda(types, free), tmp_path)


def test_verda_the_recorded_answers_are_read(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "verda"
    types, free = ((folder / f"instance_{name}_trimmed.json").read_bytes() for name in ("types", "availability"))
    regions, found, _ = rows_of(VERDA, told_by_verda(types, free), tmp_path)
    assert [(region.code, region.answered) for region in regions] == [("FIN-01", True), ("ICE-01", True)]
    models = {(resolve_label("verda", row.accelerator_label)[1], row.accelerator_count) for row in found}
    assert models == {("A100", 1), ("RTX 6000 Ada", 1), ("RTX 6000 Ada", 8), ("RTX A6000", 2)} | {
        ("V100", cards) for cards in (1, 2, 4, 8)
    }


# --- Hyperstack


def told_by_hyperstack(*flavors: dict[str, Any]) -> dict[str, Any]:
    return {hyperstack.URL: {"status": True, "data": [{"gpu": "", "flavors": list(flavors)}]}}


def flavor(name: str, gpu: str, *, in_stock: bool, region: str = "US-1") -> dict[str, Any]:
    return {"name": name, "region_name": region, "gpu": gpu, "gpu_count": 1, "stock_available": in_stock}


def test_hyperstack_what_is_not_in_stock_is_sold_out_and_spot_is_the_same_flavor(tmp_path: Path) -> None:
    told = told_by_hyperstack(
        flavor("n1-cpu", "", in_stock=True, region="NORWAY-1"),
        flavor("n3-H100x1", "H100-80G-PCIe", in_stock=False),
        flavor("n3-A100x1", "A100-80G-PCIe", in_stock=False),
        flavor("n3-A100x1-spot", "A100-80G-PCIe-spot", in_stock=True),
        flavor("n3-A100x1", "A100-80G-PCIe", in_stock=False),
    )
    regions, found, _ = rows_of(HYPERSTACK, told, tmp_path)
    assert [region.code for region in regions] == ["NORWAY-1", "US-1"]
    assert [(row.instance_type, row.status) for row in found] == [
        ("n3-H100x1", "sold_out"),
        ("n3-A100x1", "available"),
    ]


@pytest.mark.parametrize(
    ("label", "model"),
    [
        ("A100-80G-PCIe-NVLink", "A100"), ("H100-80G-SXM5", "H100"), ("H200-141G-SXM5", "H200"), ("L40", "L40"),
        ("RTX-A6000", "RTX A6000"), ("RTX-A4000", "RTX A4000"), ("RTX-PRO6000-SE", "RTX PRO 6000"), ("X900", "unknown"),
    ],
)  # fmt: skip
def test_hyperstack_names_of_cards(label: str, model: str) -> None:
    assert resolve_label("hyperstack", label)[1] == model


@pytest.mark.parametrize("content", [*BROKEN, b'{"data": []}', b'{"status": false, "data": [{"flavors": []}]}'])
def test_hyperstack_no_flavor_is_an_error(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(HYPERSTACK, {hyperstack.URL: content}, tmp_path)


# --- Seeweb


def plan(**fields: Any) -> dict[str, Any]:
    return {
        "name": "ECS1GPU1",
        "gpu": "1",
        "gpu_label": "L4 24GB",
        "available_regions": [{"location": "it-mi2"}],
    } | fields


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [("L4 24GB", 1.0, "available")]),
        ({"available": False}, [("L4 24GB", 1.0, "sold_out")]),
        ({"gpu": 2}, [("L4 24GB", 2.0, "available")]),
        ({"gpu_label": None}, [("ECS1GPU1", 1.0, "available")]),
        ({"gpu": "two"}, [("L4 24GB", None, "available")]),
        ({"gpu": "0", "gpu_label": None}, []),
        ({"gpu": None, "gpu_label": None}, []),
        ({"gpu": "no", "gpu_label": None}, []),
    ],
)
def test_seeweb_numbers_are_texts(fields: dict[str, Any], expected: Any, tmp_path: Path) -> None:
    _, found, _ = rows_of(SEEWEB, {seeweb.URL: {"plans": [plan(**fields)]}}, tmp_path)
    assert [(row.accelerator_label, row.accelerator_count, row.status) for row in found] == expected


@pytest.mark.parametrize(
    "content", [*BROKEN, b'{"plans": []}', b'{"status": "error", "plans": []}', b'{"plans": [{"name": "a"}]}']
)
def test_seeweb_no_plan_with_a_region_is_an_error(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(SEEWEB, {seeweb.URL: content}, tmp_path)


def test_seeweb_the_recorded_answer_is_read(shared_data: Path, tmp_path: Path) -> None:
    regions, found, _ = rows_of(
        SEEWEB, {seeweb.URL: (shared_data / "seeweb" / "plans_trimmed.json").read_bytes()}, tmp_path
    )
    assert [region.code for region in regions] == ["it-fr2", "it-mi2"]
    assert {(row.region_code, resolve_label("seeweb", row.accelerator_label)[1]) for row in found} == {
        ("it-fr2", "A100"), ("it-fr2", "L40S"), ("it-fr2", "MI300X"), ("it-mi2", "L40S"),
    }  # fmt: skip
