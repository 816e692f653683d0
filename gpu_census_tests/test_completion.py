"""What the shell offers when a person presses Tab, asked as bash asks it."""

from __future__ import annotations

import os
import subprocess
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from gpu_census.home import Home
from gpu_census.providers import live_providers
from gpu_census.warehouse.publish import publish
from gpu_census_tests.small_census import census_of
from gpu_census_tests.test_cli import COMMAND, made_up


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("completion")
    published = Home(folder / "home")
    with closing(census_of([made_up(folder / "archive", ["FR"])], date(2024, 2, 1))) as connection:
        publish(connection, published.public_database)
    return published


def offered(home: Path, line: str) -> list[str]:
    """What bash would offer for the last word of a line."""
    words = line.split(" ")
    asked = {"_GPU_CENSUS_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    environment = os.environ | asked | {"GPU_CENSUS_HOME": str(home)}
    result = subprocess.run([str(COMMAND)], env=environment, capture_output=True, text=True, timeout=60)
    assert result.stderr == ""
    return result.stdout.split()


def test_clouds_are_offered_that_are_asked_or_published(census: Home) -> None:
    found = offered(census.root, "gpu-census refresh --provider ")
    assert set(found) == {*live_providers(), "madeup"}
    assert offered(census.root, "gpu-census refresh --provider mad") == ["madeup"]


def test_without_a_census_the_clouds_that_are_asked_are_offered(tmp_path: Path) -> None:
    assert offered(tmp_path / "none", "gpu-census refresh --provider ") == live_providers()
    assert offered(tmp_path / "none", "gpu-census sql --list ") == []
    assert not (tmp_path / "none").exists()


def test_tables_are_offered_where_their_columns_are_asked_for(census: Home) -> None:
    assert offered(census.root, "gpu-census sql --list compute_") == ["compute_sovereignty", "compute_tier"]
    assert "reference.country" in offered(census.root, "gpu-census sql --list reference.")
    assert offered(census.root, "gpu-census sql compute_") == []


def test_profiles_are_offered_for_a_comparison(census: Home) -> None:
    line = "gpu-census diff 2024-01-01 2024-02-01 --profile "
    assert offered(census.root, line) == ["extended", "followup2025", "paper2024"]
    assert offered(census.root, line + "pa") == ["paper2024"]


def test_commands_are_offered(census: Home) -> None:
    assert {"refresh", "rebuild"} <= set(offered(census.root, "gpu-census re"))
