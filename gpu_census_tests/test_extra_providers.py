"""Clouds beyond the six hyperscalers: whatever becomes of them, the six do not notice."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gpu_census.providers import live_providers
from gpu_census.providers.contract import Ask, AskError, Offering, Region
from gpu_census_tests.provider_rows import the_source
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in_night import Nights, offered

SIX = {"alibaba", "aws", "azure", "google", "huawei", "tencent"}
GOOD, BAD = date(2026, 11, 24), date(2026, 11, 25)
SLOW = "retail_price_walk"  # most of the requests of a night, and nothing to do with these tests
ALL_DAYS = (GOOD, BAD)


def of_the_six(nights: Nights) -> dict[str, object]:
    """What is known of the six on both days: listings without their proofs, and what holds."""
    listings = nights.listings()
    rows = listings.offerings.filter(listings.offerings["provider"].is_in(SIX))
    held = {day: {key for key in offered(nights.histories(), day) if key[0] in SIX} for day in ALL_DAYS}
    return {"rows": rows.drop("payload_sha256").rows(), "held": held}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """A census after one good night of all clouds."""
    nights = Nights(tmp_path_factory.mktemp("good") / "home")
    nights.sources = [source for source in nights.sources if source.name != SLOW]
    assert nights.night(GOOD).reached
    return nights


@pytest.fixture
def census(good: Nights, tmp_path: Path) -> Nights:
    """A copy of it, for one more night."""
    shutil.copytree(good.root, tmp_path / "home", dirs_exist_ok=True)
    return Nights(tmp_path / "home", sources=good.sources)


@pytest.fixture(scope="module")
def plain(good: Nights, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[str]], dict[str, object]]:
    """The faults of the six on a second good night, and what is known of them after it."""
    root = tmp_path_factory.mktemp("plain") / "home"
    shutil.copytree(good.root, root)
    nights = Nights(root, sources=good.sources)
    night = nights.night(BAD)
    return {one.source: one.faults for one in night.asked if one.provider in SIX}, of_the_six(nights)


def test_there_are_clouds_beyond_the_six() -> None:
    assert set(live_providers()) > SIX


@pytest.mark.parametrize("kind", ["500", "truncated"])
def test_all_of_them_broken_at_once_leave_the_six_alone(
    census: Nights, plain: tuple[dict[str, list[str]], dict[str, object]], kind: str
) -> None:
    own = {host for source in census.sources if source.provider in SIX for host in source.hosts}
    others = sorted({host for source in census.sources if source.provider not in SIX for host in source.hosts} - own)
    assert len(others) >= 5
    before = offered(census.histories(), GOOD)
    night = census.night(BAD, faults=[Fault(kind, times=None, host=host) for host in others if "*" not in host])
    faults, known = plain
    assert night.reached
    assert {one.source: one.faults for one in night.asked if one.provider in SIX} == faults
    assert of_the_six(census) == known
    after = offered(census.histories(), BAD)
    assert before <= after, "lost"
    told = {one.provider for one in night.asked if one.provider not in SIX and one.faults}
    assert {"coreweave", "exoscale", "linode", "scaleway", "vultr"} <= told


@pytest.mark.parametrize("error", [ZeroDivisionError("a mistake"), AskError("scaleway", "no"), RecursionError()])
def test_a_mistake_in_one_provider_file_is_a_fault_of_that_source_alone(
    census: Nights, plain: tuple[dict[str, list[str]], dict[str, object]], error: Exception
) -> None:
    async def mistaken(ask: Ask) -> AsyncIterator[Region | Offering]:
        yield Region("fr-par")
        raise error

    real = the_source("scaleway", "instance_availability")
    census.sources = [replace(one, list_types=mistaken) if one == real else one for one in census.sources]
    night = census.night(BAD)
    faults, known = plain
    assert {one.source: one.faults for one in night.asked if one.provider in SIX} == faults
    assert of_the_six(census) == known
    (told,) = [one.faults for one in night.asked if one.provider == "scaleway"]
    assert len(told) == 1


def test_without_any_of_them_the_six_are_the_same(
    good: Nights, plain: tuple[dict[str, list[str]], dict[str, object]], tmp_path: Path
) -> None:
    alone = Nights(tmp_path / "alone", sources=[source for source in good.sources if source.provider in SIX])
    for day in ALL_DAYS:
        night = alone.night(day)
    assert {one.source: one.faults for one in night.asked} == plain[0]
    assert of_the_six(alone) == plain[1]
