"""OVHcloud: sites and their regions, flavors that stand there several times, and stock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpu_census.errors import AskError
from gpu_census.providers.ovhcloud import API, site_of
from gpu_census.reference.labels import resolve_label
from gpu_census_tests.provider_rows import BROKEN, rows_of, the_source

SOURCE = the_source("ovhcloud", "project_flavors")
CPU = {"name": "b3-8", "region": "GRA11", "available": True, "type": "ovh.ssd.eg"}


def told(flavors: Any, regions: Any = ("GRA11",)) -> dict[str, Any]:
    return {f"{API}/*/region": regions if isinstance(regions, bytes) else list(regions), f"{API}/*/flavor": flavors}


def flavor(name: str, *, available: bool = True, region: str = "GRA11", **fields: Any) -> dict[str, Any]:
    return {"name": name, "region": region, "available": available, "type": "ovh.ssd.gpu", **fields}


@pytest.mark.parametrize(
    ("region", "site"),
    [
        ("GRA11", "GRA"), ("GRA", "GRA"), ("DE1", "DE"), ("RBX-A", "RBX"), ("RBX-ARCHIVE", "RBX"),
        ("EU-WEST-PAR", "EU-WEST-PAR"), ("AP-SOUTHEAST-SYD-2", "AP-SOUTHEAST-SYD"), ("US-EAST-VA-1", "US-EAST-VA"),
        ("EU-WEST-LZ-BRU-A", "EU-WEST-LZ-BRU-A"),
    ],
)  # fmt: skip
def test_a_region_of_the_api_is_one_of_a_site(region: str, site: str) -> None:
    assert site_of(region) == site


@pytest.mark.parametrize(
    ("flavors", "expected"),
    [
        ([flavor("l4-90")], [("l4-90", "L4", 1.0, "available")]),
        ([flavor("l4-90", available=False)], [("l4-90", "L4", 1.0, "sold_out")]),
        ([flavor("l4-90", available=False), flavor("l4-90-flex")], [("l4-90", "L4", 1.0, "available")]),
        ([flavor("t1-45"), flavor("win-t1-45", available=False)], [("t1-45", "V100", 1.0, "available")]),
        ([flavor("h100-999")], [("h100-999", "H100", None, "available")]),
        ([flavor("x9-180")], [("x9-180", "x9-180", None, "available")]),
        ([flavor("c3-4", type="ovh.ssd.cpu")], []),
    ],
)
def test_a_flavor_stands_once_in_its_best_status(flavors: Any, expected: Any, tmp_path: Path) -> None:
    _, found, _ = rows_of(SOURCE, told([CPU, *flavors]), tmp_path)
    rows = [(row.instance_type, row.accelerator_label, row.accelerator_count, row.status) for row in found]
    assert rows == expected
    assert {row.zone for row in found} <= {"GRA11"}


def test_a_site_without_any_flavor_is_not_answered(tmp_path: Path) -> None:
    regions, *_ = rows_of(SOURCE, told([CPU], ("GRA11", "SBG5")), tmp_path)
    assert [(region.code, region.answered) for region in regions] == [("GRA", True), ("SBG", False)]


@pytest.mark.parametrize(
    "content", [*BROKEN, b'[{"name": "l4-90", "region": "GRA11", "available": true, "type": "gpu"}]']
)
def test_what_cannot_be_the_whole_list_is_an_error(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(SOURCE, told(content), tmp_path)


def test_no_region_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AskError, match="OVH_CLOUD_PROJECT_SERVICE"):
        rows_of(SOURCE, told([CPU], b"[]"), tmp_path)


@pytest.mark.parametrize("label", ["V100S", "A100", "H100", "H200", "L4", "L40S", "A10", "Quadro RTX 5000"])
def test_every_label_of_the_table_is_a_model(label: str) -> None:
    assert resolve_label("ovhcloud", label)[0] == "model"
