"""Hetzner: a list of regions, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gpu_census.errors import AskError
from gpu_census.providers.contract import Region
from gpu_census.providers.hetzner import URL, locations
from gpu_census_tests.provider_rows import BROKEN, rows_of

FSN1 = {"name": "fsn1", "city": "Falkenstein", "country": "DE"}


def page(*rows: dict[str, Any], total: int | None = None, following: int | None = None) -> dict[str, Any]:
    """A page of locations."""
    entries = len(rows) if total is None else total
    return {"locations": rows, "meta": {"pagination": {"next_page": following, "total_entries": entries}}}


def test_it_says_where_its_regions_are_and_nothing_of_accelerators(tmp_path: Path) -> None:
    regions, found, _ = rows_of(locations, {f"{URL}?per_page=50": page(FSN1)}, tmp_path)
    assert regions == [Region("fsn1", name="Falkenstein", country_iso2="DE", answered=False)]
    assert found == []


@pytest.mark.parametrize("broken", [*BROKEN, page(), page(FSN1, total=2), page(FSN1, total=2, following=2)])
def test_a_list_that_is_not_whole_is_an_error(broken: Any, tmp_path: Path) -> None:
    with pytest.raises(AskError):
        rows_of(locations, {f"{URL}?per_page=50": broken}, tmp_path)
