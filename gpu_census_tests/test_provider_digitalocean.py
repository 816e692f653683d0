"""DigitalOcean: sizes with and without regions, and a page whose GPU rows nobody has seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpu_census.errors import AskError
from gpu_census.providers.digitalocean.regional_availability_page import URL, regional_availability_page
from gpu_census.providers.digitalocean.sizes_api import API, sizes_api
from gpu_census.reference.labels import resolve_label
from gpu_census_tests.provider_rows import BROKEN, rows_of

NYC1 = {"slug": "nyc1", "name": "New York 1", "available": True}
BASIC = {"slug": "s-1vcpu-1gb", "regions": ["nyc1"], "price_hourly": 0.007}
H100 = {"slug": "gpu-h100x1-80gb", "regions": ["nyc1"], "gpu_info": {"count": 1, "model": "nvidia_h100"}}


def answers(sizes: Any = None, regions: Any = None) -> dict[str, Any]:
    """The two lists; each may be rows, or what comes instead."""

    def page(name: str, told: Any, usual: list[dict[str, Any]]) -> Any:
        rows = usual if told is None else told
        return {name: rows, "links": {}, "meta": {"total": len(rows)}} if isinstance(rows, list) else rows

    return {
        f"{API}/regions?per_page=200": page("regions", regions, [NYC1]),
        f"{API}/sizes?per_page=200": page("sizes", sizes, [BASIC, H100]),
    }


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, [("nyc1", "offered")]),
        ({"available": False}, [("nyc1", "sold_out")]),
        ({"regions": []}, []),
        ({"regions": ["old1", "nyc1"]}, [("nyc1", "offered"), ("old1", "offered")]),
    ],
)
def test_where_a_size_is(fields: dict[str, Any], told: list[tuple[str, str]], tmp_path: Path) -> None:
    regions, found, _ = rows_of(sizes_api, answers([BASIC, H100 | fields]), tmp_path)
    assert [(row.region_code, row.status) for row in found] == told
    assert {row.region_code for row in found} <= {region.code for region in regions if region.answered}


@pytest.mark.parametrize(
    ("label", "model"),
    [
        ("nvidia_h100", "H100"),
        ("amd_mi300x", "MI300X"),
        ("nvidia_l40s", "L40S"),
        ("nvidia_rtx4000_ada", "RTX 4000 Ada"),
        ("nvidia_rtx6000_ada", "RTX 6000 Ada"),
    ],
)
def test_its_labels_are_known(label: str, model: str) -> None:
    assert resolve_label("digitalocean", label) == ("model", model)


@pytest.mark.parametrize("which", ["sizes", "regions"])
@pytest.mark.parametrize("broken", [*BROKEN, []])
def test_a_list_that_is_not_whole_is_an_error(which: str, broken: Any, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(sizes_api, answers(**{which: broken}), tmp_path)


def test_a_trimmed_recording_is_seen_to_be_trimmed(shared_data: Path, tmp_path: Path) -> None:
    """Three of 147 sizes: the form is right and the list is not whole."""
    told = answers((shared_data / "digitalocean" / "sizes_gpu_trimmed.json").read_bytes())
    with pytest.raises(AskError, match="3 rows where the list says 147"):
        rows_of(sizes_api, told, tmp_path)


def test_the_recorded_sizes_are_read(shared_data: Path, tmp_path: Path) -> None:
    recorded = (shared_data / "digitalocean" / "sizes_gpu_trimmed.json").read_bytes()
    _, found, _ = rows_of(sizes_api, answers(recorded.replace(b"147", b"3")), tmp_path)
    assert [(row.instance_type, row.accelerator_label, row.accelerator_count, row.price) for row in found] == [
        ("gpu-h100x8-640gb", "nvidia_h100", 8.0, 23.92),
        ("gpu-mi300x8-1536gb", "amd_mi300x", 8.0, 15.92),
    ]


@pytest.mark.parametrize(
    "page",
    [
        "| Droplet Plans | NYC1 |\n|---|---|\n| Basic | ✓ |\n",
        "| Droplet Plans | NYC1 |\n|---|---|\n| GPU Droplets | ✓ | ✓ |\n",
        "| Volumes | NYC1 |\n|---|---|\n| GPU Droplets | ✓ |\n",
        "",
    ],
)
def test_a_page_without_whole_rows_of_gpus_is_an_error(page: str, tmp_path: Path) -> None:
    assert regional_availability_page.shape_only
    with pytest.raises(AskError):
        rows_of(regional_availability_page, {URL: page.encode()}, tmp_path)
