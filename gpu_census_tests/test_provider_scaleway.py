"""Scaleway: pages without a total, and shortages that may mean "never here"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpu_census.providers.scaleway import API, ZONES, instance_availability
from gpu_census_tests.provider_rows import BROKEN, rows_of
from gpu_census_tests.stand_in.recordings import Recorded

CPU = {"CPU-1": {"gpu": 0, "gpu_info": None, "hourly_price": 0.01}}
L4 = {"L4-1-24G": {"gpu": 1, "gpu_info": {"gpu_name": "L4"}, "hourly_price": 0.75}}


def answers(zone: str, types: Any, stock: Any) -> dict[str, Any]:
    """A zone's answers; every other zone sells one type without a GPU."""
    page = "?page=1&per_page=100"
    return {
        f"{API}/{zone}/products/servers{page}": types if isinstance(types, bytes) else {"servers": types},
        f"{API}/{zone}/products/servers/availability{page}": stock
        if isinstance(stock, bytes)
        else {"servers": {name: {"availability": told} for name, told in stock.items()}},
        f"{API}/*/products/servers{page}": {"servers": CPU},
        f"{API}/*/products/servers/availability{page}": {"servers": {"CPU-1": {"availability": "available"}}},
    }


@pytest.mark.parametrize(
    ("zone", "told", "status"),
    [
        ("fr-par-1", "available", "available"),
        ("fr-par-1", "scarce", "limited"),
        ("fr-par-1", "shortage", None),
        ("fr-par-2", "shortage", "sold_out"),
        ("fr-par-1", "a new word", None),
        ("pl-waw-2", "a new word", "offered"),
    ],
)
def test_a_shortage_counts_only_where_the_guide_places_the_type(
    zone: str, told: str, status: str | None, tmp_path: Path
) -> None:
    stock = {"CPU-1": "available", "L4-1-24G": told}
    regions, found, ask = rows_of(instance_availability, answers(zone, CPU | L4, stock), tmp_path)
    assert all(region.answered for region in regions), ask.faults
    assert [offering.status for offering in found] == ([status] if status else [])


def test_a_type_without_a_word_on_its_stock_is_only_listed(tmp_path: Path) -> None:
    _, found, _ = rows_of(instance_availability, answers("nl-ams-1", CPU | L4, {"CPU-1": "available"}), tmp_path)
    assert found == []


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("which", ["types", "stock"])
def test_one_lost_zone_is_a_region_that_has_not_answered(which: str, broken: bytes, tmp_path: Path) -> None:
    told = answers(
        "pl-waw-3",
        broken if which == "types" else CPU,
        broken if which == "stock" else {"CPU-1": "available"},
    )
    regions, found, ask = rows_of(instance_availability, told, tmp_path)
    assert {region.code: region.answered for region in regions} == {code: code != "pl-waw" for code in ZONES}
    assert found == []
    assert len(ask.faults) == 1
    assert ask.faults[0].startswith("pl-waw-3: ")


@pytest.mark.parametrize("size", [50, 100])
def test_pages_are_read_until_one_is_short(size: int, tmp_path: Path) -> None:
    """50 is what comes where the wish for 100 is not heard."""
    url = f"{API}/fr-par-2/products/servers"
    first = {f"CPU-{number}": CPU["CPU-1"] for number in range(size)}
    told = answers("fr-par-2", first, dict.fromkeys(first, "available"))
    told[f"{url}?page=2&per_page=100"] = {"servers": L4}
    told[f"{url}/availability?page=2&per_page=100"] = {"servers": {"L4-1-24G": {"availability": "available"}}}
    _, found, _ = rows_of(instance_availability, told, tmp_path)
    assert [offering.instance_type for offering in found] == ["L4-1-24G"]


def test_a_second_page_that_repeats_the_first_is_a_fault(tmp_path: Path) -> None:
    first = {f"CPU-{number}": CPU["CPU-1"] for number in range(50)}
    told = answers("it-mil-1", first, {"CPU-1": "available"})
    told[f"{API}/it-mil-1/products/servers?page=2&per_page=100"] = {"servers": first}
    regions, _, ask = rows_of(instance_availability, told, tmp_path)
    assert [region.code for region in regions if not region.answered] == ["it-mil"]
    assert "repeats" in ask.faults[0]


def test_the_recorded_answers_are_read(shared_data: Path, tmp_path: Path) -> None:
    """fr-par-1 of July 2026: 107 types on three pages of 50, L4 in shortage and not placed there by the guide."""
    url = f"{API}/fr-par-1/products/servers"
    pages = {
        f"{of}?*": [(shared_data / "scaleway" / f"{name}_fr-par-1_page{n}_2026-07-01.json").read_bytes() for n in "123"]
        for of, name in ((url, "servers"), (f"{url}/availability", "availability"))
    }
    played = [Recorded(address, content) for address, contents in pages.items() for content in contents]
    others = [
        Recorded(address, content.encode())
        for address, content in (
            (f"{API}/*/products/servers?*", '{"servers": {"A": {"gpu": 0}}}'),
            (f"{API}/*/products/servers/availability?*", '{"servers": {"A": {"availability": "available"}}}'),
        )
    ]
    regions, found, ask = rows_of(instance_availability, [*played, *others], tmp_path)
    assert all(region.answered for region in regions), ask.faults
    assert [(row.zone, row.instance_type, row.accelerator_label, row.status, row.price) for row in found] == [
        ("fr-par-1", "RENDER-S", "P100", "available", 1.221)
    ]
