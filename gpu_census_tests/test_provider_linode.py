"""Linode: three lists of different days, cards that only names tell, and a capability that tells none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpu_census.errors import AskError
from gpu_census.providers.linode import API, region_availability
from gpu_census.reference.labels import resolve_label
from gpu_census_tests.provider_rows import BROKEN, rows_of
from gpu_census_tests.stand_in.recordings import Recorded

REGION = {"id": "us-ord", "label": "Chicago, IL", "country": "us", "capabilities": ["GPU Linodes"]}
RTX6000 = {"id": "g1-gpu-rtx6000-1", "label": "Dedicated 32GB + RTX6000 GPU x1", "class": "gpu", "gpus": 1}
IN_STOCK = {"region": "us-ord", "plan": "g1-gpu-rtx6000-1", "available": True}


def listed(*rows: Any, results: int | None = None) -> dict[str, Any]:
    """A list on one page."""
    return {"data": list(rows), "page": 1, "pages": 1, "results": len(rows) if results is None else results}


def answers(regions: Any = None, plans: Any = None, stock: Any = None) -> dict[str, Any]:
    """The three lists, one GPU plan in one region unless said otherwise."""
    page = "?page=1&page_size=500"
    return {
        f"{API}/regions{page}": listed(REGION) if regions is None else regions,
        f"{API}/linode/types{page}": listed(RTX6000) if plans is None else plans,
        f"{API}/regions/availability{page}": listed(IN_STOCK) if stock is None else stock,
    }


@pytest.mark.parametrize(
    ("plan", "label", "told", "count"),
    [
        ("g1-gpu-rtx6000-4", "Dedicated 128GB + RTX6000 GPU x4", "RTX6000", 4.0),
        ("g2-gpu-rtx4000a2-m", "RTX4000 Ada x2 Medium", "RTX4000 Ada", 2.0),
        ("g2-gpu-rtx4000a2-m", "something else", "RTX4000A", 2.0),
        ("g9-gpu-new-2", "something else", "g9-gpu-new-2", 2.0),
    ],
)
def test_the_card_is_told_by_label_or_id(plan: str, label: str, told: str, count: float, tmp_path: Path) -> None:
    plans = listed({"id": plan, "label": label, "class": "gpu", "gpus": int(count)})
    stock = listed({"region": "us-ord", "plan": plan, "available": True})
    _, (found,), _ = rows_of(region_availability, answers(plans=plans, stock=stock), tmp_path)
    assert (found.accelerator_label, found.accelerator_count) == (told, count)


def test_what_the_labels_mean() -> None:
    assert resolve_label("linode", "RTX6000") == ("model", "Quadro RTX 6000")
    assert resolve_label("linode", "RTX4000 Ada") == resolve_label("linode", "RTX4000A") == ("model", "RTX 4000 Ada")
    assert resolve_label("linode", "GPU Linodes")[0] == "masked"


@pytest.mark.parametrize(
    ("capabilities", "available", "told"),
    [
        (["GPU Linodes"], True, [("RTX6000", "available")]),
        ([], True, [("RTX6000", "available")]),
        (["GPU Linodes"], False, [("GPU Linodes", "sold_out")]),
        ([], False, []),
        (["NETINT Quadra T1U"], None, []),
        (["GPU Linodes"], None, [("GPU Linodes", "offered")]),
    ],
)
def test_listed_offered_and_stocked_are_three_things(
    capabilities: list[str], available: bool | None, told: list[tuple[str, str]], tmp_path: Path
) -> None:
    rows = [{"region": "us-ord", "plan": "g7-premium-2", "available": True}]
    rows += [] if available is None else [IN_STOCK | {"available": available}]
    regions = listed(REGION | {"capabilities": capabilities})
    (region,), found, _ = rows_of(region_availability, answers(regions, stock=listed(*rows)), tmp_path)
    assert region.answered
    assert [(row.accelerator_label, row.status) for row in found] == told


def test_distributed_sites_are_no_regions(tmp_path: Path) -> None:
    edge = REGION | {"id": "us-den-edge", "site_type": "distributed"}
    regions, _, _ = rows_of(region_availability, answers(listed(REGION, edge)), tmp_path)
    assert [(region.code, region.country_iso2) for region in regions] == [("us-ord", "US")]


@pytest.mark.parametrize("which", ["regions", "plans", "stock"])
@pytest.mark.parametrize("broken", [*BROKEN, listed(), listed(RTX6000 | REGION | IN_STOCK, results=2)])
def test_a_list_that_is_not_whole_is_an_error(which: str, broken: Any, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(region_availability, answers(**{which: broken}), tmp_path)


def test_a_lost_second_page_is_an_error(tmp_path: Path) -> None:
    first = {"data": [REGION], "page": 1, "pages": 2, "results": 2}
    with pytest.raises(AskError, match="nothing is recorded"):
        rows_of(region_availability, answers(first), tmp_path)


def test_the_recorded_answers_are_read(shared_data: Path, tmp_path: Path) -> None:
    """Plans of 2024, availability of 2025 on five pages, regions of 2026: 24 regions may hold GPUs, 7 had them."""
    folder = shared_data / "linode"
    played = [
        Recorded(f"{API}/regions?*", (folder / "regions_page1.json").read_bytes()),
        Recorded(f"{API}/linode/types?*", (folder / "types_page1.json").read_bytes()),
        *[
            Recorded(f"{API}/regions/availability?*", (folder / f"regions_availability_page{n}.json").read_bytes())
            for n in range(1, 6)
        ],
    ]
    regions, found, ask = rows_of(region_availability, played, tmp_path)
    assert ask.faults == []
    assert (len(regions), all(region.country_iso2 for region in regions)) == (34, True)
    named = {row.region_code for row in found if row.status == "available"}
    assert named == {"us-southeast", "ap-south", "ap-west", "us-ord", "fr-par", "us-sea", "jp-osa"}
    assert {row.accelerator_label for row in found} == {"RTX6000", "RTX4000A", "GPU Linodes"}
    assert len({row.region_code for row in found}) == 24
    assert sum(row.status == "available" for row in found) == 31
