"""Budgets, connections and hosts that are left alone; signatures are made for each attempt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gpu_census.collect import night
from gpu_census.collect.ask import Ask
from gpu_census.collect.network import Replay
from gpu_census.collect.request import Exchange, Request
from gpu_census.errors import AskError
from gpu_census_tests.asking import (
    BOTH,
    DAY,
    HOST,
    OTHER,
    QUICK,
    URL,
    Cloud,
    asked,
    at_once,
    faults_of,
    one_by_one,
    page,
    source_of,
    value,
)
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import Answers
from gpu_census_tests.stand_in.server import StandIn


def test_no_more_than_so_many_connections_at_a_host(cloud: Cloud) -> None:
    cloud.plays = [page(f"{URL}?*"), page(f"{OTHER}?*")]
    urls = [f"{host}?{number}" for number in range(15) for host in (URL, OTHER)]
    with StandIn([Answers(list(cloud.plays))], delay=0.02) as stand_in:
        modest = source_of(at_once(*urls), name="modest", connections=2, hosts=BOTH)
        others = [source_of(at_once(*urls[::2]), name=f"one_{number}") for number in range(2)]
        found = night.ask_clouds(
            [*others, modest],
            landing=cloud.landing,
            census_date=DAY,
            limits=replace(QUICK, connections=3),
            replay=Replay(stand_in.base),
        )
    assert [one.faults for one in found.asked] == [[]] * 3
    assert stand_in.most_at_once(HOST) == 2, "the most modest of all who ask it sets the number"
    assert stand_in.most_at_once("b.example.com") == 2
    assert stand_in.most_at_once() == 4


def test_connections_are_kept(cloud: Cloud) -> None:
    cloud.plays = [page(f"{URL}?*")]
    _, seen = cloud.ask(asked(*(f"{URL}?{number}" for number in range(10))))
    assert len({one.connection for one in seen.seen}) == 1


def test_a_provider_has_so_many_requests(cloud: Cloud) -> None:
    cloud.plays = [page(f"{URL}?*"), page(f"{OTHER}?*")]
    cloud.limits = replace(QUICK, budget_requests=5)
    many = at_once(*(f"{URL}?{number}" for number in range(9)))
    sources = [source_of(many, name="one"), source_of(many, name="two"),
               source_of(at_once(f"{OTHER}?1"), name="three", provider="other", hosts=BOTH)]  # fmt: skip
    asked_night, seen = cloud.ask(*sources)
    assert len([one for one in seen.seen if one.host == HOST]) == 5
    told = faults_of(asked_night, "one") + faults_of(asked_night, "two")
    assert len(told) == 13
    assert all("not asked: 5 requests were sent tonight" in fault for fault in told)
    assert faults_of(asked_night, "three") == []


def test_attempts_count_for_the_budget(cloud: Cloud, waits: list[float]) -> None:
    cloud.limits = replace(QUICK, budget_requests=3)
    _, seen = cloud.ask(asked(URL), faults=[Fault("503", times=None)])
    assert len(seen.seen) == 3


def test_a_provider_has_so_much_time(cloud: Cloud) -> None:
    cloud.plays = [page(f"{URL}?*"), page(OTHER)]
    cloud.limits = replace(QUICK, budget_seconds=0.3, silence_seconds=20.0)
    slow = source_of(asked(f"{URL}?1", f"{URL}?2"), name="slow")
    quick = source_of(asked(OTHER), name="quick", provider="other", hosts=BOTH)
    asked_night, seen = cloud.ask(slow, quick, faults=[Fault("hang", host=HOST, times=None)])
    assert "no answer before the time of tonight was used up" in faults_of(asked_night, "slow")[0]
    assert len(seen.seen) == 2
    assert faults_of(asked_night, "quick") == []


def test_it_does_not_wait_beyond_its_time(cloud: Cloud, waits: list[float]) -> None:
    cloud.limits = replace(QUICK, budget_seconds=30.0)
    _, seen = cloud.ask(asked(URL), faults=[Fault("429", value="45", times=None)])
    assert len(seen.seen) == 1
    assert waits == []


def test_a_host_that_fails_one_request_after_another_is_not_asked_twice_any_more(
    cloud: Cloud, waits: list[float]
) -> None:
    cloud.plays = [page(f"{URL}?*"), page(f"{OTHER}?*")]
    urls = [f"{URL}?{number}" for number in range(6)]

    async def reads(ask: Ask) -> Any:
        for url in (*urls, f"{OTHER}?1"):
            try:
                await value(ask, url)
            except AskError as error:
                ask.fault(error.told)

    faults = [Fault("500", host=HOST, times=None), Fault("500", host="b.example.com", times=4)]
    asked_night, seen = cloud.ask(reads, faults=faults, hosts=BOTH)
    counts = [sum(one.url == url for one in seen.seen) for url in (*urls, f"{OTHER}?1")]
    assert counts == [5, 5, 5, 1, 1, 1, 5]
    assert len(faults_of(asked_night)) == 6


def test_a_host_that_recovers_is_asked_again_as_ever(cloud: Cloud, waits: list[float]) -> None:
    cloud.plays = [page(f"{URL}?*")]
    urls = [f"{URL}?{number}" for number in range(6)]
    faults = [Fault("500", times=16), Fault("500", nth=18, times=2)]
    asked_night, seen = cloud.ask(one_by_one(*urls), faults=faults)
    assert len(faults_of(asked_night)) == 4
    assert [sum(one.url == url for one in seen.seen) for url in urls] == [5, 5, 5, 1, 1, 3]


@pytest.mark.parametrize(("kind", "sent"), [("reset", 24), ("503", 24), ("500", 32), ("404", 20)])
def test_a_host_that_answers_nobody_is_left_alone(cloud: Cloud, waits: list[float], kind: str, sent: int) -> None:
    """Where each question has its own failure, every one is put; where the host itself is down, no more."""
    cloud.plays = [page(f"{URL}?*")]
    asked_night, seen = cloud.ask(
        one_by_one(*(f"{URL}?{number}" for number in range(20))), faults=[Fault(kind, times=None)]
    )
    assert len(seen.seen) == sent
    assert len(faults_of(asked_night)) == 20
    assert ("not asked: api.example.com failed the last 12 requests" in faults_of(asked_night)[-1]) == (sent == 24)


def test_no_cookie_is_kept(cloud: Cloud) -> None:
    cloud.plays = [page(f"{URL}?*", headers={"set-cookie": "id=1; Path=/"})]
    _, seen = cloud.ask(asked(f"{URL}?1", f"{URL}?2"))
    assert all("cookie" not in one.headers for one in seen.seen)


@pytest.mark.parametrize("connections_", [1, 2])
def test_a_token_of_the_same_host_is_fetched_from_the_place_that_is_held(cloud: Cloud, connections_: int) -> None:
    cloud.plays = [page(f"{URL}?*"), page(f"https://{HOST}/token", "abc")]
    cloud.limits = replace(QUICK, connections=connections_, budget_seconds=20)

    async def sign(request: Request, exchange: Exchange) -> dict[str, str]:
        return {"authorization": (await exchange(Request(url=f"https://{HOST}/token"))).decode()}

    async def reads(ask: Ask) -> Any:
        urls = [f"{URL}?{number}" for number in range(6)]
        return [found async for _, found in ask.each(urls, lambda url: value(ask, url, sign=sign))]

    asked_night, seen = cloud.ask(reads)
    assert faults_of(asked_night) == []
    assert seen.most_at_once(HOST) <= connections_
    assert {one.headers.get("authorization") for one in seen.seen if one.url != f"https://{HOST}/token"} == {"abc"}


def test_every_attempt_is_signed_anew_and_a_token_that_fails_is_fetched_again(cloud: Cloud, waits: list[float]) -> None:
    cloud.plays = [page(URL), page(f"https://{HOST}/token", "abc")]
    count = iter(range(10))

    async def sign(request: Request, exchange: Exchange) -> dict[str, str]:
        await exchange(Request(url=f"https://{HOST}/token"))
        return {"x-number": str(next(count))}

    async def reads(ask: Ask) -> Any:
        return await value(ask, URL, sign=sign)

    asked_night, seen = cloud.ask(reads, faults=[Fault("503", url="*/token"), Fault("503", url=URL)])
    assert faults_of(asked_night) == []
    assert [one.headers.get("x-number") for one in seen.seen if one.url == URL] == ["0", "1"]


def test_a_signer_that_fails_is_a_fault_of_its_request(cloud: Cloud) -> None:
    async def sign(request: Request, exchange: Exchange) -> dict[str, str]:
        raise KeyError("region")

    async def reads(ask: Ask) -> Any:
        things = [URL, "unsigned"]
        walk = ask.each(things, lambda url: value(ask, URL, **({"sign": sign} if url == URL else {})))
        return [found async for _, found in walk]

    source = source_of(reads)
    asked_night, _ = cloud.ask(source)
    assert faults_of(asked_night) == [f"{URL}: {URL}: cannot be signed: KeyError: 'region'"]
    assert cloud.observed(source).regions[0].name == "[None, 1]"
