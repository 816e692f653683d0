"""Lambda: only capacity is placed, and an empty list is no absence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpu_census.errors import AskError
from gpu_census.reference.labels import resolve_label
from gpu_census_tests.provider_rows import BROKEN, rows_of, the_source

SOURCE = the_source("lambda", "instance_types")
URL = "https://cloud.lambda.ai/api/v1/instance-types"


def listed(name: str, *regions: str, **fields: Any) -> dict[str, Any]:
    """A type and where it has capacity."""
    return {
        "instance_type": {"name": name, **fields},
        "regions_with_capacity_available": [{"name": code} for code in regions],
    }


@pytest.mark.parametrize(
    ("name", "description", "label", "model"),
    [
        ("gpu_8x_h100_sxm5", "", "H100", "H100"),
        ("gpu_1x_a100", "A100 (40 GB PCIe)", "A100", "A100"),
        ("gpu_8x_b200_sxm6", "", "B200", "B200"),
        ("gpu_1x_rtx6000", "", "Quadro RTX 6000", "Quadro RTX 6000"),
        ("gpu_1x_x900", "X900 (100 GB)", "X900 (100 GB)", "unknown"),
        ("gpu_1x_x900", "", "gpu_1x_x900", "unknown"),
    ],
)
def test_the_card_is_told_by_the_name(name: str, description: str, label: str, model: str, tmp_path: Path) -> None:
    told = {URL: {"data": {name: listed(name, "us-east-1", gpu_description=description)}}}
    _, (found,), _ = rows_of(SOURCE, told, tmp_path)
    assert found.accelerator_label == label
    assert resolve_label("lambda", label)[1] == model


def test_no_capacity_anywhere_is_no_region_and_no_fault(tmp_path: Path) -> None:
    regions, found, ask = rows_of(SOURCE, {URL: {"data": {"gpu_1x_a10": listed("gpu_1x_a10")}}}, tmp_path)
    assert (regions, found, ask.faults) == ([], [], [])
    assert SOURCE.positive_only


@pytest.mark.parametrize("content", [*BROKEN, b'{"data": {}}', b'{"data": {"a": {"instance_type": {"name": "a"}}}}'])
def test_what_cannot_be_the_whole_list_is_an_error(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(SOURCE, {URL: content}, tmp_path)


def test_the_recorded_answer_is_read(shared_data: Path, tmp_path: Path) -> None:
    told = {URL: (shared_data / "lambda" / "instance_types_trimmed_2026-08-15.json").read_bytes()}
    regions, found, _ = rows_of(SOURCE, told, tmp_path)
    assert [region.code for region in regions] == ["us-east-1", "us-east-3", "us-west-2"]
    assert {(row.region_code, row.instance_type, row.price) for row in found} == {
        ("us-east-1", "gpu_1x_a100_sxm4", 1.99),
        ("us-west-2", "gpu_1x_a100_sxm4", 1.99),
        ("us-east-3", "gpu_1x_gh200", 2.29),
    }
