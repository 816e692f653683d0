"""CoreWeave: two pages of Markdown, and zones of which nothing more is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpu_census.errors import AskError
from gpu_census.providers.coreweave import MATRIX_PAGE, ZONES_PAGE, availability_matrix
from gpu_census.providers.markdown import markdown_tables
from gpu_census.reference.labels import resolve_label
from gpu_census_tests.provider_rows import BROKEN, rows_of

ZONES = """### US-EAST

| Availability Zone | Location | Access Type | AI Object Storage |
| :---- | :---- | :---- | :---- |
| [US-EAST-01A](/platform/regions/us-east#us-east-01a) | New York, USA | General Access | Yes |
| [ATL2A](/platform/regions/us-east#atl2a) | Georgia, USA | Dedicated Access | |
"""
MATRIX = """## GPU instances

| | [US-EAST-01A](/platform/regions/us-east#us-east-01a) |
| --- | --- |
| [H100 (InfiniBand)](/platform/instances/gpu/gd-8xh100ib-i128) | Yes |
| [L40](/platform/instances/gpu/gd-8xl40-i128) | |
"""


def pages(zones: str = ZONES, matrix: str = MATRIX) -> dict[str, bytes]:
    """The two pages."""
    return {ZONES_PAGE: zones.encode(), MATRIX_PAGE: matrix.encode()}


def test_general_access_is_answered_for_and_dedicated_access_is_not(tmp_path: Path) -> None:
    regions, (found,), ask = rows_of(availability_matrix, pages(), tmp_path)
    assert [(region.code, region.country_iso2, region.answered) for region in regions] == [
        ("US-EAST-01", "US", True),
        ("ATL2", "US", False),
    ]
    assert (found.zone, found.instance_type, found.accelerator_count) == ("US-EAST-01A", "gd-8xh100ib-i128", 8.0)
    assert ask.faults == []


def test_a_zone_of_general_access_without_a_column_is_told(tmp_path: Path) -> None:
    more = ZONES + "| [US-EAST-01B](/platform/regions/us-east) | New York, USA | General Access | |\n"
    regions, found, ask = rows_of(availability_matrix, pages(more), tmp_path)
    assert not any(region.answered for region in regions)
    assert found == []
    assert ask.faults == ["US-EAST-01: the matrix has no column for US-EAST-01B: not complete"]


@pytest.mark.parametrize(
    "matrix",
    [
        MATRIX.replace("Yes", ""),
        MATRIX.replace("Yes", "No"),
        MATRIX.replace("Yes", "on request"),
        MATRIX.replace("| Yes |", "| Yes | Yes |"),
        MATRIX.replace("## GPU instances", "## CPU instances"),
        MATRIX + "\n" + MATRIX.partition("\n\n")[2],
        *(broken.decode() for broken in BROKEN),
    ],
)
def test_a_matrix_that_is_not_understood_is_an_error(matrix: str, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(availability_matrix, pages(matrix=matrix), tmp_path)


@pytest.mark.parametrize(
    "zones",
    [
        ZONES.replace("General Access", "Other Access"),
        ZONES.replace("| Location |", "| Place |"),
        ZONES.replace("Dedicated Access | |", "Dedicated Access |"),
        *(broken.decode() for broken in BROKEN),
    ],
)
def test_a_list_of_zones_that_is_not_understood_is_an_error(zones: str, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(availability_matrix, pages(zones), tmp_path)


@pytest.mark.parametrize(
    ("label", "model"),
    [
        ("H100 (InfiniBand)", "H100"),
        ("B300 (InfiniBand)", "B300"),
        ("GB200 NVL72-powered instances", "GB200"),
        ("GB300 NVL72-powered instances", "GB300"),
        ("RTX Pro 6000 Blackwell Server Edition", "RTX PRO 6000"),
        ("L40", "L40"),
        ("GH200", "GH200"),
    ],
)
def test_its_labels_are_known(label: str, model: str) -> None:
    assert resolve_label("coreweave", label) == ("model", model)


def test_cells_of_markdown_are_read_without_mark_up() -> None:
    text = "# One\n\n| `a` | **b** | [c d](/e/f) |\n|---|:-:|--:|\n| 1 | x<br />y | \\| |\n\ntext\n\n| z |\n|---|\n"
    first, second = markdown_tables(text)
    assert (first.heading, [cell.text for cell in first.columns], first.columns[2].target) == (
        "One",
        ["a", "b", "c d"],
        "/e/f",
    )
    assert [[cell.text for cell in row] for row in first.rows] == [["1", "xy", "\\|"]]
    assert (second.heading, second.rows) == ("One", [])
