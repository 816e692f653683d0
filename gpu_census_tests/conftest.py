"""Fixtures shared by the tests: a home of its own for each test, archives, and a census without Dagster."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from gpu_census.home import Home
from gpu_census_tests.asking import Cloud

# no test asks a real cloud; those that ask a stand-in say so themselves
os.environ.setdefault("GPU_CENSUS_OFFLINE", "1")
# pages and pictures have tests of their own; drawing them is a third of a refresh
os.environ.setdefault("GPU_CENSUS_DRAW", "0")
# a whole night asks the six of the paper; all clouds are asked where sources are tested one by one
os.environ.setdefault("GPU_CENSUS_CLOUDS", "alibaba,aws,azure,google,huawei,tencent")

# tests start many processes: where the machine says that nothing compiled is kept, each would compile all of it anew
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

SHARED_DATA = Path(os.environ.get("GPU_CENSUS_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: some tests only wait, for a UI, a killed process, a cloud that hangs."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start whole processes come first: the workers then end at about the same time."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A fresh GPU_CENSUS_HOME for every test, so that none can touch a real census."""
    root = tmp_path / "home"
    monkeypatch.setenv("GPU_CENSUS_HOME", str(root))
    monkeypatch.delenv("GPU_CENSUS_ARCHIVES", raising=False)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return Home(root)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded listings, which users do not have; tests that need it are skipped without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no recorded listings in {SHARED_DATA} (set GPU_CENSUS_SHARED_DATA)")
    return SHARED_DATA


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    """A made-up cloud to ask (`asking`)."""
    return Cloud(tmp_path / "landing")


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that would have been, none of which is waited."""
    found: list[float] = []
    sleep = asyncio.sleep

    async def at_once(seconds: float, result: Any = None) -> Any:
        if seconds > 0:
            found.append(seconds)
        return await sleep(0, result)

    monkeypatch.setattr(asyncio, "sleep", at_once)
    return found
