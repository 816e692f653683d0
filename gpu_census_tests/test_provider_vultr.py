"""Vultr: fractions of cards, bare metal named by its id, and lists that go on behind a cursor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpu_census.errors import AskError
from gpu_census.providers.vultr import API, plans
from gpu_census.reference.labels import resolve_label
from gpu_census_tests.provider_rows import BROKEN, rows_of

REGION = {"id": "ewr", "city": "New Jersey", "country": "US"}
CPU = {"id": "vc2-1c-1gb", "locations": ["ewr"], "hourly_cost": 0.007}
METAL = {"id": "vbm-4c-32gb", "locations": ["ewr"]}


def answers(virtual: Any = None, metal: Any = None, regions: Any = None) -> dict[str, Any]:
    """The three lists; each may be rows, or what comes instead."""

    def page(name: str, told: Any, usual: dict[str, Any]) -> Any:
        rows = [usual] if told is None else told
        return {name: rows, "meta": {"total": len(rows), "links": {"next": ""}}} if isinstance(rows, list) else rows

    return {
        f"{API}/regions?per_page=500": page("regions", regions, REGION),
        f"{API}/plans?type=all&per_page=500": page("plans", virtual, CPU),
        f"{API}/plans-metal?per_page=500": page("plans_metal", metal, METAL),
    }


@pytest.mark.parametrize(
    ("plan", "label", "count"),
    [
        ({"id": "vcg-a100-1c-6g-4vram", "gpu_type": "NVIDIA_A100", "gpu_vram_gb": 4}, "NVIDIA_A100", 0.05),
        ({"id": "vcg-a100-24c", "gpu_type": "NVIDIA_A100", "gpu_vram": 160}, "NVIDIA_A100", 2.0),
        ({"id": "vcg-b200-1", "gpu_type": "NVIDIA_B200", "gpu_vram_gb": 180}, "NVIDIA_B200", None),
        ({"id": "vcg-a16-2c", "gpu_type": "NVIDIA_A16"}, "NVIDIA_A16", None),
        ({"id": "vcg-new-1c"}, "vcg-new-1c", None),
        ({"id": "vbm-256c-2048gb-8-mi300x-gpu"}, "mi300x", 8.0),
        ({"id": "vbm-72c-480gb-gh200-gpu"}, "gh200", 1.0),
        ({"id": "vbm-64c-2048gb-8-l40s-gpu-v2"}, "l40s", 8.0),
    ],
)
def test_cards_and_their_number(plan: dict[str, Any], label: str, count: float | None, tmp_path: Path) -> None:
    _, (found,), _ = rows_of(plans, answers([CPU, plan | {"locations": ["ewr"]}]), tmp_path)
    assert (found.accelerator_label, found.accelerator_count) == (label, count)
    assert (found.price, found.currency) == (None, None)


@pytest.mark.parametrize(
    ("label", "model"),
    [("NVIDIA_A100", "A100"), ("NVIDIA_L40S", "L40S"), ("mi300x", "MI300X"), ("gh200", "GH200"), ("h100", "H100")],
)
def test_its_labels_are_known(label: str, model: str) -> None:
    assert resolve_label("vultr", label) == ("model", model)


def test_a_plan_sold_out_everywhere_is_nowhere_and_its_row_no_error(tmp_path: Path) -> None:
    gone = {"id": "vcg-a40-1", "gpu_type": "NVIDIA_A40", "gpu_vram_gb": 48, "locations": []}
    regions, found, ask = rows_of(plans, answers([CPU, gone]), tmp_path)
    assert [(region.code, region.country_iso2, region.answered) for region in regions] == [("ewr", "US", True)]
    assert (found, ask.faults) == ([], [])


@pytest.mark.parametrize("which", ["virtual", "metal", "regions"])
@pytest.mark.parametrize("broken", [*BROKEN, []])
def test_a_list_that_is_not_whole_is_an_error(which: str, broken: Any, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(plans, answers(**{which: broken}), tmp_path)


def test_fewer_rows_than_told_are_an_error(tmp_path: Path) -> None:
    short = {"plans": [CPU], "meta": {"total": 2, "links": {"next": ""}}}
    with pytest.raises(AskError, match="1 rows where the list says 2"):
        rows_of(plans, answers(short), tmp_path)


def test_the_recorded_answers_are_read(shared_data: Path, tmp_path: Path) -> None:
    """Trimmed plans of gpuhunt, and the locations of 2021."""
    folder = shared_data / "vultr"
    told = {
        f"{API}/regions?per_page=500": (folder / "regions_2021-10.json").read_bytes(),
        f"{API}/plans?type=all&per_page=500": (folder / "plans_gpu_trimmed.json").read_bytes(),
        f"{API}/plans-metal?per_page=500": (folder / "plans_metal_gpu_trimmed.json").read_bytes(),
    }
    regions, found, _ = rows_of(plans, told, tmp_path)
    assert len(regions) == 17
    assert [(row.region_code, row.accelerator_label, row.accelerator_count, row.price) for row in found] == [
        ("ewr", "NVIDIA_A100", 0.05, 0.123),
        ("ewr", "NVIDIA_A100", 1.0, 2.397),
        ("ewr", "NVIDIA_A100", 0.5, 1.397),
        ("ord", "mi300x", 8.0, 17.52),
        ("sea", "h100", 8.0, 23.92),
    ]
