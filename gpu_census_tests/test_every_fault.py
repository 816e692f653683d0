"""One bad night after a good one, for every fault that a cloud can play: nothing that was known is lost, nothing is
invented, the fault is told, and the other clouds do not notice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gpu_census.providers.contract import Source
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in_night import SOON, Nights, offered

GOOD, BAD = date(2026, 11, 24), date(2026, 11, 25)
HARMLESS = ("gzip", "chunked", "bom", "content-type", "redirect", "redirect-relative", "slow", "charset-label")
# what is played once may be asked again; what is played for ever is a cloud that is broken that night
FOR_EVER = (
    "403 404 429 500 503 304 204 reset close reset-midway short-body unended-chunks hang stall html "
    "empty empty-object empty-array truncated no-items truncated-gzip gzip-label encoding-br encoding-zstd "
    "encoding-unknown deep-json charset-bytes redirect-loop redirect-elsewhere redirect-http redirect-loopback "
    "redirect-metadata next-is-itself next-elsewhere half-the-items half-the-lines huge-headers"
)

# the walk through Azure's prices sends most of the requests of a night; it is walked where lists are broken
WALKED = ("500", "html", "truncated", "no-items", "half-the-items", "next-is-itself", "next-elsewhere", "empty-object")
# a fault that may be read as news is played to all clouds, any other to two: they share one client
PAIRS = (("alibaba", "google"), ("aws", "huawei"), ("azure", "tencent"))
ALL_CLOUDS = ("truncated", "half-the-items", "half-the-lines", "html")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """A census after one good night."""
    nights = Nights(tmp_path_factory.mktemp("good") / "home")
    night = nights.night(GOOD)
    assert night.reached
    assert {one.source for one in night.asked} == {source.name for source in nights.sources}
    return nights


def unwalked(nights: Nights) -> list[Source]:
    """The sources without the longest walk."""
    return [source for source in nights.sources if source.name != "retail_price_walk"]


@pytest.fixture(scope="module")
def before(good: Nights) -> set[tuple[str, str, str, str, str]]:
    """What is offered after the good night."""
    return offered(good.histories(), GOOD)


@pytest.fixture
def census(good: Nights, tmp_path: Path) -> Nights:
    """A copy of it, for one bad night."""
    shutil.copytree(good.root, tmp_path / "home", dirs_exist_ok=True)
    return Nights(tmp_path / "home")


@pytest.mark.parametrize("kind", FOR_EVER.split())
def test_a_fault_that_lasts_all_night_loses_and_invents_nothing(
    census: Nights, before: set[tuple[str, str, str, str, str]], kind: str
) -> None:
    if kind not in ALL_CLOUDS:
        asked = PAIRS[2 if kind in WALKED else FOR_EVER.split().index(kind) % len(PAIRS)]
        census.sources = [source for source in census.sources if source.provider in asked]
        before = {row for row in before if row[0] in asked}
    if kind not in WALKED:
        census.sources = unwalked(census)
    census.limits = replace(SOON, attempts=2)  # one that is made in vain; how many there are is tested in asking
    night = census.night(BAD, faults=[Fault(kind, times=None)])
    after = offered(census.histories(), BAD)
    assert before <= after, f"lost {sorted(before - after)[:3]}"
    assert after <= before, f"invented {sorted(after - before)[:3]}"
    assert night.reached


@pytest.fixture(scope="module")
def plain(good: Nights, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What each source does not answer on a night without any fault, the walk left out."""
    copy = shutil.copytree(good.root, tmp_path_factory.mktemp("plain") / "home")
    night = Nights(copy, unwalked(good)).night(BAD)
    return {one.source: one.faults for one in night.asked}


@pytest.mark.parametrize("kind", ["503", "reset", "html", "truncated", "empty", "hang", "short-body"])
def test_a_passing_fault_is_asked_again_and_told_nowhere(
    census: Nights, plain: dict[str, list[str]], kind: str
) -> None:
    """Half a page of HTML may read like a whole one, so what is truncated here is JSON."""
    census.sources = [source for source in census.sources if source.provider in ("huawei", "google")]
    host = "portal.huaweicloud.com" if kind == "truncated" else ""
    night = census.night(BAD, faults=[Fault(kind, nth=number, host=host) for number in (2, 5)])
    assert {one.source: one.faults for one in night.asked} == {one.source: plain[one.source] for one in night.asked}


def test_a_bomb_is_no_accident_and_is_not_asked_for_twice(census: Nights) -> None:
    census.sources = [source for source in census.sources if source.provider == "huawei"]
    night = census.night(BAD, faults=[Fault("gzip-bomb", nth=3, host="portal.huaweicloud.com")])
    told = [fault for one in night.asked if one.source == "calculator_china" for fault in one.faults]
    assert any("unpack to more than" in fault for fault in told), told


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_is_only_unusual_is_read_as_ever(good: Nights, census: Nights, kind: str) -> None:
    asked = ("alibaba", "google", "huawei")
    census.sources = [source for source in census.sources if source.provider in asked]
    census.night(BAD, faults=[Fault(kind, value="0.01" if kind == "slow" else "", times=None)])
    known = good.listings().offerings
    known = known.filter(known["provider"].is_in(asked)).drop("census_date", "payload_sha256")
    found = census.listings().offerings
    of_bad = found.filter(found["census_date"] == BAD).drop("census_date", "payload_sha256")
    assert of_bad.equals(known)


def test_a_cloud_that_is_broken_is_told_and_leaves_the_others_alone(
    census: Nights, plain: dict[str, list[str]]
) -> None:
    census.sources, host = unwalked(census), "docs.cloud.google.com"
    night = census.night(BAD, faults=[Fault("500", times=None, host=host)])
    others = {one.source: one.faults for one in night.asked if one.provider != "google"}
    assert others == {name: plain[name] for name in others}
    assert len(others) > 20
    told = [fault for one in night.asked if one.provider == "google" for fault in one.faults]
    assert told
    assert all(host in fault and "500" in fault for fault in told)


def test_every_fault_is_told_with_url_and_what_came(census: Nights) -> None:
    census.sources = [source for source in census.sources if source.provider == "alibaba"]
    night = census.night(BAD, faults=[Fault("html", times=None, host="g.alicdn.com")])
    told = " ".join(fault for one in night.asked if one.provider == "alibaba" for fault in one.faults)
    assert "https://g.alicdn.com/aliyun/ecs-price-info/" in told
    assert "status 200" in told
    assert "begins '<" in told
