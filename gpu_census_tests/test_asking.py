"""Asking is patient with what passes, stops at what does not, stays within its hosts and budgets, and is polite."""

from __future__ import annotations

import asyncio
import errno
import gc
import re
import socket
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpcore
import pytest

from gpu_census.collect import connections, night, objects
from gpu_census.collect.ask import Ask
from gpu_census.collect.client import user_agent
from gpu_census.collect.connections import PublicOnly, http_client, resolve
from gpu_census.collect.landing import Landing
from gpu_census.collect.limits import Limits, limits_from_environment
from gpu_census.collect.network import Replay, host_allowed, is_public, refuse_elsewhere, replay_from_environment
from gpu_census.collect.request import Exchange, Request
from gpu_census.collect.retrying import retry_after
from gpu_census.errors import AskError, CensusError, UsageError
from gpu_census_tests.asking import DAY, HOST, QUICK, URL, Cloud, faults_of, page, source_of, value
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import Answers, Recorded
from gpu_census_tests.stand_in.server import StandIn

OTHER = "https://b.example.com/list"
BOTH = (HOST, "b.example.com")
PASSES = ["500", "502", "503", "504", "429", "408", "425", "520", "reset", "close", "reset-midway", "short-body"]
DAMAGED = ["unended-chunks", "truncated", "truncated-gzip", "gzip-label", "html", "empty", "text", "huge-headers"]
SILENT = ["hang", "stall"]
STAYS = ["400", "401", "403", "404", "418", "204", "encoding-br", "encoding-unknown", "deep-json"]


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
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


def asked(*urls: str) -> Callable[[Ask], Any]:
    async def reads(ask: Ask) -> Any:
        return [await value(ask, url) for url in urls]

    return reads


def at_once(*urls: str) -> Callable[[Ask], Any]:
    async def reads(ask: Ask) -> Any:
        return [found async for _, found in ask.each(urls, lambda url: value(ask, url))]

    return reads


# --- what passes is asked again


@pytest.mark.parametrize("kind", PASSES)
def test_what_may_pass_is_asked_again_later_and_later(cloud: Cloud, waits: list[float], kind: str) -> None:
    asked_night, seen = cloud.ask(asked(URL), faults=[Fault(kind, times=4)])
    assert faults_of(asked_night) == []
    assert len(seen.seen) == 5
    assert len(waits) == 4
    for number, wait in enumerate(waits):
        first = QUICK.first_wait_seconds
        assert first * 2**number <= wait <= first * (2**number + 1), "doubled, with jitter"
    assert len({round(wait / 2**number, 9) for number, wait in enumerate(waits)}) > 1, "no two wait the same"
    assert [card.attempt for card in cloud.runs()[0].cards] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "kind",
    [
        "unended-chunks",
        "truncated",
        "truncated-gzip",
        "gzip-label",
        "html",
        "empty",
        "text",
        "huge-headers",
        "hang",
        "stall",
    ],
)
def test_what_came_damaged_is_asked_for_again(cloud: Cloud, kind: str) -> None:
    cloud.limits = replace(QUICK, silence_seconds=0.2)
    asked_night, seen = cloud.ask(asked(URL), faults=[Fault(kind)])
    assert faults_of(asked_night) == []
    assert len(seen.seen) == 2


@pytest.mark.parametrize("kind", ["trickle", "trickle-head"])
def test_an_answer_that_trickles_is_asked_for_again(cloud: Cloud, kind: str) -> None:
    cloud.limits = replace(QUICK, silence_seconds=0.2, connect_seconds=0.2)
    cloud.plays = [page(URL, '{"value": "%s"}' % ("x" * 500))]
    asked_night, _ = cloud.ask(asked(URL), faults=[Fault(kind, value=0.02)])
    assert faults_of(asked_night) == []
    assert "slow" in cloud.runs()[0].cards[0].error


def test_it_gives_up_after_so_many_attempts(cloud: Cloud, waits: list[float]) -> None:
    asked_night, seen = cloud.ask(asked(URL), faults=[Fault("503", times=None)])
    assert len(seen.seen) == QUICK.attempts
    assert len(waits) == QUICK.attempts - 1
    (fault,) = faults_of(asked_night)
    assert fault.startswith(f'{URL}: status 503, application/json, begins \'{{"error"')


@pytest.mark.parametrize("kind", STAYS)
def test_what_does_not_pass_is_not_asked_again(cloud: Cloud, waits: list[float], kind: str) -> None:
    asked_night, seen = cloud.ask(asked(URL), faults=[Fault(kind, times=None)])
    assert len(seen.seen) == 1
    assert waits == []
    assert faults_of(asked_night)[0].startswith(f"{URL}: ")


@pytest.mark.parametrize("encoding", ["encoding-br", "gzip-label", "encoding-unknown"])
def test_a_refusal_counts_whatever_it_looks_like(cloud: Cloud, waits: list[float], encoding: str) -> None:
    asked_night, _ = cloud.ask(asked(URL), faults=[Fault("503"), Fault(encoding)])
    assert faults_of(asked_night) == []
    assert cloud.runs()[0].cards[0].status == 503


@pytest.mark.parametrize(
    ("kind", "limits", "told"),
    [
        ("gzip-bomb", {"decoded_bytes": 2**21}, "unpack to more than 2097152"),
        ("endless", {"wire_bytes": 2**18}, "larger than 262144 bytes"),
        ("deep-json", {}, "JSON nested more than 100 deep"),
    ],
)
@pytest.mark.parametrize("how", ["json", "file"])
def test_what_is_too_large_or_deep_is_refused_and_not_kept(
    cloud: Cloud, kind: str, limits: dict[str, Any], told: str, how: str
) -> None:
    cloud.limits = replace(
        QUICK, **limits, **{f"file_{name}": size for name, size in limits.items() if "bytes" in name}
    )

    async def reads(ask: Ask) -> Any:
        return await (ask.file(URL) if how == "file" else ask.json(URL, as_type=dict))

    asked_night, seen = cloud.ask(reads, faults=[Fault(kind, times=None)])
    assert told in faults_of(asked_night)[0]
    assert len(seen.seen) == 1
    assert not [path for path in cloud.root.rglob("objects/**/*") if path.is_file()]


# --- waiting as long as the cloud asks for


def test_retry_after_is_honoured_and_capped(cloud: Cloud, waits: list[float]) -> None:
    cloud.limits = replace(QUICK, longest_wait_seconds=30.0)
    faults = [Fault("429", value="7"), Fault("503", value="date+20", nth=2), Fault("429", value="30", nth=3)]
    asked_night, seen = cloud.ask(asked(URL), faults=faults)
    assert faults_of(asked_night) == []
    assert len(seen.seen) == 4
    told = [wait for wait in waits if wait >= 1]
    assert [any(low <= wait <= high for wait in told) for low, high in ((7, 7), (18, 20), (30, 30))] == [True] * 3
    assert max(waits) <= 30


@pytest.mark.parametrize("text", ["absurd", "3600", "date+99999", "inf", "1e9"])
def test_a_host_that_asks_for_hours_is_tried_once_more_after_the_longest_wait(
    cloud: Cloud, waits: list[float], text: str
) -> None:
    asked_night, seen = cloud.ask(asked(URL), faults=[Fault("429", value=text, times=None)])
    assert len(seen.seen) == 2
    assert max(waits) == QUICK.longest_wait_seconds
    assert "status 429" in faults_of(asked_night)[0]


@pytest.mark.parametrize("text", ["", "0", "negative", "garbage", "nan", "date-60"])
def test_no_retry_after_is_not_zero(cloud: Cloud, waits: list[float], text: str) -> None:
    cloud.limits = replace(QUICK, first_wait_seconds=5.0)
    asked_night, _ = cloud.ask(asked(URL), faults=[Fault("429", value=text)])
    assert faults_of(asked_night) == []
    assert len(waits) == 1
    assert 5 <= waits[0] <= 10


def test_a_date_is_reckoned_from_the_clock_that_gave_it() -> None:
    theirs = datetime(2031, 1, 1, tzinfo=UTC)
    headers = {"date": format_datetime(theirs, usegmt=True)}
    assert retry_after(headers | {"retry-after": format_datetime(theirs + timedelta(seconds=9), usegmt=True)}) == 9
    for text in ("", "nan", "soon", "Fri, 31 Dec 99999 23:59:59 GMT", "Fri, 99 Foo 2031 99:99:99", "-", ",", "\x00"):
        assert retry_after(headers | {"retry-after": text}) is None
    assert retry_after({}) is None


def test_everybody_waits_for_a_host_that_asks_for_it(cloud: Cloud, waits: list[float]) -> None:
    cloud.plays = [page(f"{URL}?*"), page(f"{OTHER}?*")]
    cloud.limits = replace(QUICK, connections=1)
    urls = [f"{URL}?1", f"{URL}?2", f"{OTHER}?3"]
    asked_night, _ = cloud.ask(at_once(*urls), faults=[Fault("429", value="40", url="*?1")], hosts=BOTH)
    assert faults_of(asked_night) == []
    assert len([wait for wait in waits if 39 <= wait <= 40]) >= 2


@pytest.mark.parametrize("body", ["Throttling.User", "fine"])
def test_a_refusal_that_means_later_is_asked_again(cloud: Cloud, waits: list[float], body: str) -> None:
    cloud.plays = [page(URL, f'{{"Code": "{body}"}}', status=400), page(URL)]
    asked_night, _ = cloud.ask(asked(URL), throttled="Throttling")
    assert (faults_of(asked_night) == []) == (body != "fine")
    assert waits == ([QUICK.throttled_wait_seconds] if body != "fine" else [])


# --- where it may go


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("redirect-elsewhere", "refused: 'elsewhere.example' is none of its hosts (api.example.com)"),
        ("redirect-http", "refused: only https on its own port is asked"),
        ("redirect-loopback", "refused: '127.0.0.1' is none of its hosts"),
        ("redirect-metadata", "refused: '169.254.169.254' is none of its hosts"),
        ("redirect-loop", "redirected more than 5 times"),
    ],
)
def test_a_redirect_out_of_its_hosts_is_refused(cloud: Cloud, kind: str, told: str) -> None:
    asked_night, seen = cloud.ask(asked(URL), faults=[Fault(kind, times=None)])
    assert told in faults_of(asked_night)[0]
    assert {one.host for one in seen.seen} == {HOST}
    assert len(seen.seen) == (6 if kind == "redirect-loop" else 1)


ELSEWHERE = [
    "https://elsewhere.example/list",
    "http://api.example.com/list?page=2",
    "//elsewhere.example/list",
    "https://api.example.com:8443/list",
    "https://me:secret-of-mine@api.example.com/list",
    "https://api.example.com@elsewhere.example/list",
    "https://api.example.com\\@elsewhere.example/",
    "https://127.0.0.1/list",
    "https://[::1]/list",
    "https://2130706433/list",
    "https://localhost/list",
    "https://api.example.com.elsewhere.example/",
    "file:///etc/passwd",
    "https://api.example.com:port/",
    "https://[api.example.com/",
]


@pytest.mark.parametrize("link", ELSEWHERE)
@pytest.mark.parametrize("way", ["next", "redirect", "first"])
def test_no_link_leads_out_of_its_hosts(cloud: Cloud, link: str, way: str) -> None:
    cloud.plays = [Recorded(URL, b"", status=302, headers={"location": link})]
    if way == "next":
        cloud.plays = [page(URL, __import__("json").dumps({"value": 1, "next": link}))]

    async def reads(ask: Ask) -> Any:
        here = link if way == "first" else URL
        return [one async for one in ask.pages(here, as_type=dict[str, Any], next_url=lambda found: found.get("next"))]

    asked_night, seen = cloud.ask(reads)
    (fault,) = faults_of(asked_night)
    assert "refused" in fault or "no URL" in fault or "Invalid URL" in fault
    assert "secret-of-mine" not in fault
    assert {one.url for one in seen.seen} == (set() if way == "first" else {URL})


@pytest.mark.parametrize("value_", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", ["redirect", "redirect-relative"])
def test_a_redirect_within_its_hosts_is_followed(cloud: Cloud, kind: str, value_: int) -> None:
    asked_night, seen = cloud.ask(asked(URL), faults=[Fault(kind, value=value_)])
    assert faults_of(asked_night) == []
    assert [one.url for one in seen.seen] == [URL, f"https://{HOST}/moved-by-the-stand-in/list"]


def test_each_hop_is_checked_and_may_go_to_another_of_its_hosts(cloud: Cloud) -> None:
    cloud.plays = [Recorded(URL, b"", status=302, headers={"location": OTHER}), page(OTHER)]
    assert faults_of(cloud.ask(asked(URL), hosts=BOTH)[0]) == []
    assert "none of its hosts" in faults_of(cloud.ask(asked(URL))[0])[0]
    third = Recorded(OTHER, b"", status=302, headers={"location": "https://c.example.com/"})
    cloud.plays = [cloud.plays[0], third]
    assert "'c.example.com' is none" in faults_of(cloud.ask(asked(URL), hosts=BOTH)[0])[0]


@pytest.mark.parametrize("way", ["next", "redirect"])
def test_a_link_that_names_the_stand_in_means_the_original(cloud: Cloud, way: str) -> None:
    class Rewritten:
        """A server that puts itself into every link."""

        base = ""

        def give(self, method: str, url: str, body: bytes) -> Recorded:
            link = f"{self.base}/{HOST}/list?page=2"
            if url.endswith("page=2"):
                return page(url, '{"value": 2, "next": "?page=3"}')
            if url.endswith("page=3"):
                return page(url, '{"value": 3}')
            if way == "redirect":
                return Recorded(url, b"", status=302, headers={"location": link})
            return page(url, f'{{"value": 1, "next": "{link}"}}')

    async def reads(ask: Ask) -> Any:
        walk = ask.pages(URL, as_type=dict[str, Any], next_url=lambda found: found.get("next"))
        return [one.body["value"] async for one in walk]

    source, plays = source_of(reads), Rewritten()
    with StandIn([plays]) as stand_in:
        plays.base = stand_in.base
        found = night.ask_clouds(
            [source], landing=cloud.landing, census_date=DAY, limits=QUICK, replay=Replay(stand_in.base)
        )
    assert faults_of(found) == []
    assert {one.host for one in stand_in.seen} == {HOST}
    observed = cloud.observed(source)
    assert observed.faults == []
    assert observed.regions[0].name == ("[1, 2, 3]" if way == "next" else "[2, 3]")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("HTTPS://API.Example.COM/list", "list"),
        ("https://api.example.com:443/list", "list"),
        ("https://api.example.com/list#part", "list"),
        ("https://api.example.com/lüst?q=ä b", "l%C3%BCst?q=%C3%A4%20b"),
        ("https://api.example.com/a b?c=d e", "a%20b?c=d%20e"),
        ("https://api.example.com", ""),
    ],
)
def test_odd_urls_are_asked_as_they_are_meant(cloud: Cloud, url: str, path: str) -> None:
    cloud.plays = [page(f"https://{HOST}/*"), page(f"https://{HOST}/*?*")]
    source = source_of(asked(url))
    asked_night, seen = cloud.ask(source)
    assert faults_of(asked_night) == []
    assert [one.url for one in seen.seen] == [f"https://{HOST}/{path}"]
    assert cloud.observed(source).faults == []


def test_post_becomes_get_where_a_redirect_says_so_and_only_there(cloud: Cloud) -> None:
    async def reads(ask: Ask) -> Any:
        return await value(ask, URL, body={"a": 1})

    for status, method in ((303, "GET"), (307, "POST"), (302, "POST")):
        moved = Recorded(URL, b"", method="POST", status=status, headers={"location": "/there"})
        cloud.plays = [moved, page(f"https://{HOST}/there", method=method)]
        asked_night, seen = cloud.ask(reads)
        assert faults_of(asked_night) == []
        assert (seen.seen[1].method, seen.seen[1].body) == (method, b"" if method == "GET" else b'{"a":1}')


# --- pages


@pytest.mark.parametrize("links", [["?page=1"], ["?page=2", "?page=1"], ["?page=2", "?page=2#again"], [""]])
def test_a_walk_that_comes_back_ends(cloud: Cloud, links: list[str]) -> None:
    answers = [page(f"{URL}?page={n}", f'{{"next": "{link}"}}') for n, link in enumerate(links, 1)]
    cloud.plays = answers

    async def reads(ask: Ask) -> Any:
        walk = ask.pages(
            URL, parameters={"page": "1"}, as_type=dict[str, Any], next_url=lambda found: found["next"] or "?page=1"
        )
        return [one async for one in walk]

    asked_night, seen = cloud.ask(reads)
    assert len(seen.seen) == len(links)
    assert faults_of(asked_night) == [
        f"{URL}?page={1 if links[-1] != '?page=2#again' else 2}: the list comes back to itself"
    ]


def test_a_walk_without_end_ends(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpu_census.collect.ask.PAGES_AT_MOST", 7)
    cloud.plays = [page(f"{URL}*"), page(f"{URL}?*")]

    async def reads(ask: Ask) -> Any:
        count = iter(range(10**6))
        return [one async for one in ask.pages(URL, as_type=dict, next_url=lambda found: f"{URL}?{next(count)}")]

    asked_night, seen = cloud.ask(reads)
    assert len(seen.seen) == 7
    assert "the list is longer than 7 pages" in faults_of(asked_night)[0]


# --- limits and budgets


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


def one_by_one(*urls: str) -> Callable[[Ask], Any]:
    async def reads(ask: Ask) -> Any:
        for url in urls:
            try:
                await value(ask, url)
            except AskError as error:
                ask.fault(error.told)

    return reads


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


# --- signing


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


# --- conditional requests


@pytest.mark.parametrize("large", [False, True])
def test_what_is_unchanged_is_confirmed_and_read_from_what_is_kept(cloud: Cloud, large: bool) -> None:
    async def reads(ask: Ask) -> Any:
        if not large:
            return await value(ask, URL)
        return (await ask.file(URL)).sha256

    source = source_of(reads)
    first, _ = cloud.ask(source, etags=True)
    kept = {path: path.stat().st_mtime_ns for path in cloud.root.rglob("*.zst")}
    before = cloud.observed(source)
    for _ in range(2):
        again, seen = cloud.ask(source, etags=True)
        assert [one.status for one in seen.seen] == [304]
        assert faults_of(again) == faults_of(first) == []
        observed = cloud.observed(source)
        assert (observed.regions, observed.offerings) == (before.regions, before.offerings)
        card = cloud.runs()[-1].cards[0]
        assert (card.status, card.size, card.wire_size) == (304, 12, 0)
        assert card.answer_headers["content-type"] == "application/json"
    assert {path: path.stat().st_mtime_ns for path in cloud.root.rglob("*.zst")} == kept


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("damage", ["gone", "damaged"])
def test_what_is_kept_no_more_is_asked_for_anew(cloud: Cloud, damage: str, large: bool) -> None:
    async def reads(ask: Ask) -> Any:
        return await (ask.file(URL) if large else ask.json(URL, as_type=dict))

    cloud.ask(reads, etags=True)
    (path,) = cloud.root.rglob("*.zst")
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-6] + b"damage")
    asked_night, seen = cloud.ask(reads, etags=True)
    assert faults_of(asked_night) == []
    assert [one.status for one in seen.seen] == ([200] if damage == "gone" else [304, 200])
    assert cloud.landing.objects.is_whole(path.stem)


def test_an_unreadable_answer_that_is_confirmed_is_asked_for_anew(cloud: Cloud) -> None:
    cloud.plays = [page(URL, "<html>", headers={"etag": '"1"'})]
    cloud.ask(asked(URL))
    cloud.plays = [Recorded(URL, b"", status=304), page(URL)]
    asked_night, seen = cloud.ask(asked(URL))
    assert faults_of(asked_night) == []
    assert [one.headers.get("if-none-match") for one in seen.seen] == ['"1"', None]


@pytest.mark.parametrize("how", ["json", "text", "content", "file", "html"])
def test_a_304_that_nobody_asked_for_is_no_answer(cloud: Cloud, waits: list[float], how: str) -> None:
    async def reads(ask: Ask) -> Any:
        return await (ask.json(URL, as_type=dict) if how == "json" else getattr(ask, how)(URL))

    source = source_of(reads)
    asked_night, _ = cloud.ask(source, faults=[Fault("304", times=None)])
    assert faults_of(asked_night) == [f"{URL}: status 304, which was not asked for"]
    observed = cloud.observed(source)
    assert observed.regions == []
    assert observed.faults == faults_of(asked_night)


def test_only_what_is_got_is_asked_for_conditionally(cloud: Cloud) -> None:
    cloud.plays = [page(URL, method="POST", headers={"etag": '"1"'})]

    async def reads(ask: Ask) -> Any:
        return await value(ask, URL, body={})

    for _ in range(2):
        _, seen = cloud.ask(reads)
    assert "if-none-match" not in seen.seen[0].headers


# --- what is told


def test_html_in_place_of_json_is_told_with_all_that_helps(cloud: Cloud) -> None:
    asked_night, _ = cloud.ask(asked(f"{URL}"), faults=[Fault("html", times=None)])
    (fault,) = faults_of(asked_night)
    assert fault.startswith(f"{URL}: not what was expected (JSON is malformed")
    assert "status 200, text/html; charset=utf-8, begins '<!DOCTYPE html><html><head><title>Sorry" in fault
    assert len(fault) < 500

    async def raises(ask: Ask) -> Any:
        try:
            await value(ask, URL)
        except AskError as error:
            ask.fault(str(error))

    asked_night, _ = cloud.ask(raises, faults=[Fault("html", times=None)])
    assert faults_of(asked_night)[0].startswith(f"cloud: {URL}: ")
    card = cloud.runs()[-1].cards[-1]
    assert cloud.landing.objects.read(card.sha256).startswith(b"<!DOCTYPE html>"), "the answer is kept"


def test_short_secrets_are_told_nowhere(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_KEY", "abc123")
    cloud.plays = [page(f"{URL}?*", "<p>bad key abc123")]
    asked_night, _ = cloud.ask(asked(f"{URL}?q=abc123"), credentials=("CLOUD_KEY",))
    (fault,) = faults_of(asked_night)
    assert "abc123" not in fault
    assert fault.count("REDACTED") == 2


def test_the_user_agent_names_the_project_and_a_contact(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_CENSUS_CONTACT", " me@example.org\r\nX-Evil: ü\x07 ")
    _, seen = cloud.ask(asked(URL))
    agent = seen.seen[0].headers["user-agent"]
    assert re.fullmatch(r"gpu_census/[\d.]+ \(.*contact: me@example.org X-Evil: \?\?\)", agent)
    assert "x-evil" not in seen.seen[0].headers
    monkeypatch.delenv("GPU_CENSUS_CONTACT")
    assert "contact" not in user_agent()


def test_progress_is_told_for_every_answer(cloud: Cloud) -> None:
    cloud.plays = [page(f"{URL}?*")]
    told: list[str] = []
    with StandIn([Answers(list(cloud.plays))]) as stand_in:
        night.ask_clouds(
            [source_of(at_once(*(f"{URL}?{number}" for number in range(7))))],
            landing=cloud.landing,
            census_date=DAY,
            limits=QUICK,
            replay=Replay(stand_in.base),
            progress=told.append,
        )
    assert told == ["cloud"] * 7


# --- one and the others


def test_one_provider_that_is_down_does_not_touch_another(cloud: Cloud, waits: list[float]) -> None:
    cloud.plays = [page(URL), page(OTHER)]
    sources = [source_of(asked(URL), name="down"), source_of(asked(OTHER), name="up", provider="other", hosts=BOTH)]
    asked_night, _ = cloud.ask(*sources, faults=[Fault("reset", host=HOST, times=None)])
    assert len(faults_of(asked_night, "down")) == 1
    assert faults_of(asked_night, "up") == []


@pytest.mark.parametrize("error", [KeyError("x"), FileNotFoundError(2, "gone"), TimeoutError(), AssertionError()])
def test_an_error_in_a_provider_file_is_a_fault_of_that_source(cloud: Cloud, error: Exception) -> None:
    cloud.plays = [page(URL), page(f"{URL}?*")]

    async def broken(ask: Ask) -> Any:
        async for _ in ask.each([f"{URL}?{number}" for number in range(100)], lambda url: value(ask, url)):
            raise error

    asked_night, _ = cloud.ask(source_of(broken, name="broken"), source_of(asked(URL), name="fine"))
    assert faults_of(asked_night, "broken")[0].startswith(f"cannot be read: {type(error).__name__}")
    assert faults_of(asked_night, "fine") == []
    (run,) = cloud.runs("broken")
    assert run.ended is not None
    assert run.ended.requests == len(run.cards) <= 100


@pytest.mark.parametrize("when", [0, 1, 3])
def test_a_full_disk_stops_everything(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, when: int) -> None:
    cloud.plays = [page(f"{URL}?*")]
    left = iter(range(when))

    class Full:
        """Compresses to a disk that is full after some bodies."""

        def __init__(self, **how: Any) -> None:
            self.packer = packer(**how)

        def stream_writer(self, file: Any, closefd: bool) -> Any:
            self.file = file
            return self

        def write(self, piece: bytes) -> None:
            if next(left, None) is None:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.file.write(self.packer.compress(piece))

        def close(self) -> None:
            """Nothing is left to write."""

    packer = objects.zstandard.ZstdCompressor
    monkeypatch.setattr(objects.zstandard, "ZstdCompressor", Full)
    plays = Answers([Recorded(f"{URL}?{number}", f'{{"value": {number}}}'.encode()) for number in range(20)])
    many = at_once(*(f"{URL}?{number}" for number in range(20)))
    with pytest.raises(CensusError, match="No space left on device") as caught:
        cloud.ask(source_of(many, name="one"), source_of(many, name="two"), plays=plays)
    assert not isinstance(caught.value, AskError)
    assert not list(cloud.root.rglob("*.tmp"))
    cloud.landing.adopt()
    assert all(run.ended is None for name in ("one", "two") for run in cloud.runs(name))


def test_nothing_is_left_open_and_no_task_behind(cloud: Cloud, waits: list[float]) -> None:
    cloud.plays = [page(f"{URL}?*")]

    async def leaves(ask: Ask) -> Any:
        walk = ask.each([f"{URL}?{number}" for number in range(50)], lambda url: value(ask, url))
        async for _ in walk:
            break
        tasks.append(asyncio.all_tasks())
        raise ValueError

    tasks: list[set[asyncio.Task[Any]]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        faults = [Fault("reset", nth=2), Fault("short-body", nth=4), Fault("hang", nth=7), Fault("gzip-bomb", nth=9)]
        cloud.limits = replace(QUICK, silence_seconds=0.2, decoded_bytes=2**20)
        cloud.ask(
            source_of(leaves, name="leaves"), source_of(at_once(*(f"{URL}?{n}" for n in range(9)))), faults=faults
        )
        gc.collect()
    assert all(task.done() for task in tasks[0])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("asyncio")]


def test_it_runs_in_a_thread(cloud: Cloud) -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(cloud.ask(asked(URL))[0]))
    thread.start()
    thread.join()
    assert faults_of(found[0]) == []


# --- the network


PRIVATE = """127.0.0.1 10.0.0.1 169.254.169.254 100.64.0.1 192.168.1.1 224.0.0.1 0.0.0.0 ::1 fe80::1%eth0 fd00::1 ::
ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 2002:7f00:1:: 64:ff9b::a9fe:a9fe"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_private_addresses_are_never_connected_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **how: infos)
    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", never)
    with pytest.raises(httpcore.ConnectError, match="which is no public address"):
        asyncio.run(PublicOnly().connect_tcp(HOST, 443, timeout=1))
    assert not asyncio.run(connections.can_connect(HOST, QUICK, None))


async def never(*args: Any, **how: Any) -> Any:
    raise AssertionError("connected")


def test_public_addresses_are_tried_in_turn_and_only_they(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = ["10.0.0.1", "8.8.8.8", "::1", "2001:4860:4860::8888", "9.9.9.9"]
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **how: infos)
    tried: list[str] = []

    async def connect(self: Any, host: str, *args: Any) -> Any:
        tried.append(host)
        raise httpcore.ConnectError("refused")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    with pytest.raises(httpcore.ConnectError):
        asyncio.run(PublicOnly().connect_tcp(HOST, 443, timeout=1))
    assert tried == ["8.8.8.8", "2001:4860:4860::8888", "9.9.9.9"]
    assert is_public("8.8.8.8")
    assert is_public("2001:4860:4860::8888")
    assert is_public("64:ff9b::8.8.8.8")


def test_a_live_client_resolves_by_itself(monkeypatch: pytest.MonkeyPatch, cloud: Cloud) -> None:
    """Without a stand-in and a proxy, an allow-listed name that points into a private network leads nowhere."""
    monkeypatch.setattr(connections, "proxies", list)
    monkeypatch.setattr(night, "can_connect", yes)
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **how: infos)
    limits = replace(QUICK, attempts=1)
    found = night.ask_clouds([source_of(asked(URL))], landing=cloud.landing, census_date=DAY, limits=limits)
    assert "api.example.com is at 127.0.0.1, which is no public address" in faults_of(found)[0]


async def yes(*args: Any) -> bool:
    return True


def test_a_name_that_is_none_and_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="no host name"):
        asyncio.run(resolve("a..b", 443))
    hanging = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **how: hanging.wait(20) and [])
    with pytest.raises(httpcore.ConnectTimeout, match="cannot be resolved"):
        asyncio.run(PublicOnly().connect_tcp(HOST, 443, timeout=0.05))
    assert not asyncio.run(connections.can_connect(HOST, replace(QUICK, connect_seconds=0.05), None))
    hanging.set()


def test_without_a_network_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, cloud: Cloud, waits: list[float]) -> None:
    monkeypatch.setattr(connections, "proxies", list)
    looked_up: list[str] = []

    def nothing(host: str, *args: Any, **how: Any) -> Any:
        looked_up.append(host)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    sources = [
        source_of(asked(URL), name="one", hosts=("*.example.com", HOST)),
        source_of(asked(URL), name="two", hosts=BOTH),
        source_of(asked(URL), name="three", provider="other", hosts=("c.example.com",)),
    ]
    found = night.ask_clouds(sources, landing=cloud.landing, census_date=DAY, limits=QUICK)
    assert not found.reached
    assert found.asked == []
    assert sorted(looked_up) == [HOST, "c.example.com"], "one host of each provider, once"
    assert waits == []
    assert not list(cloud.root.rglob("*.jsonl*"))


def test_a_stand_in_that_is_gone_is_no_network(cloud: Cloud) -> None:
    with StandIn([]) as stand_in:
        base = stand_in.base
    found = night.ask_clouds(
        [source_of(asked(URL))], landing=cloud.landing, census_date=DAY, limits=QUICK, replay=Replay(base)
    )
    assert not found.reached


def test_one_address_that_opens_is_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("8.8.8.8", "9.9.9.9")]
    monkeypatch.setattr(connections, "proxies", list)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **how: infos)

    async def open_(address: str, port: int) -> bool:
        if address == "8.8.8.8":
            await asyncio.Event().wait()
        return True

    monkeypatch.setattr(connections, "_opens", open_)
    assert asyncio.run(connections.can_connect(HOST, QUICK, None))


# --- what is configured


ELSEWHERE_BASES = """http://10.0.0.1:80 https://127.0.0.1:1 http://example.com 127.0.0.1:80 http://127.0.0.1:1/x - http://[::1
http://u@127.0.0.1:1 http://127.0.0.1:port http://127.0.0.1:1?x http://127.0.0.1.example.com http://0.0.0.0:1"""


@pytest.mark.parametrize("base", ELSEWHERE_BASES.split())
def test_only_this_machine_can_stand_in(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    monkeypatch.setenv("GPU_CENSUS_REPLAY", base)
    with pytest.raises(UsageError, match=r"only http://127\.0\.0\.1:PORT"):
        replay_from_environment()


def test_a_stand_in_is_mapped_to_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for base in ("http://127.0.0.1:8800", "http://localhost:8800/", "http://[::1]:8800"):
        monkeypatch.setenv("GPU_CENSUS_REPLAY", base)
        replay = replay_from_environment()
        assert replay is not None
        forth = replay.forth("https://API.example.com:443/a//b?x=%2F&y=/#z")
        assert forth == f"{base.rstrip('/')}/api.example.com/a//b?x=%2F&y=/"
        assert replay.back(forth) == "https://api.example.com/a//b?x=%2F&y=/"
        assert replay.back("https://api.example.com/a") == "https://api.example.com/a"
        assert replay.back(f"{base.rstrip('/')}1/api.example.com/a").startswith("http:")
    monkeypatch.setenv("GPU_CENSUS_REPLAY", "")
    assert replay_from_environment() is None


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "nan", "inf", "1e999", "0.0", "1,5"])
@pytest.mark.parametrize("name", ["BUDGET_SECONDS", "CONNECTIONS", "JSON_DEPTH"])
def test_a_limit_that_is_no_number_above_zero_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(f"GPU_CENSUS_{name}", text)
    with pytest.raises(UsageError, match=rf"^GPU_CENSUS_{name}={re.escape(text)}: must be a number above zero$"):
        limits_from_environment()


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_CENSUS_CONNECTIONS", "3")
    monkeypatch.setenv("GPU_CENSUS_BUDGET_SECONDS", "1.5")
    monkeypatch.setenv("GPU_CENSUS_LANDING_DAYS", "0")
    assert limits_from_environment() == Limits(connections=3, budget_seconds=1.5)


def test_hosts_are_whole_names_and_a_star_is_one_label() -> None:
    hosts = ("api.example.com", "ec2.*.amazonaws.com", "ecs-*.example.com")
    good = ["api.example.com", "API.example.com", "ec2.us-east-1.amazonaws.com", "ecs-cn.example.com"]
    bad = ["xapi.example.com", "api.example.com.", "apiXexample.com", "ec2.a.b.amazonaws.com", "ec2..amazonaws.com",
           "ecs-.example.com", "api.example.com\n", "", "ec2.a/b.amazonaws.com"]  # fmt: skip
    assert [host for host in good if not host_allowed(host, hosts)] == []
    assert [host for host in bad if host_allowed(host, hosts)] == []
    with pytest.raises(AskError, match="refused"):
        refuse_elsewhere("cloud", "https://8.8.8.8/", ("8.8.8.8",), told="x")


def test_a_client_never_follows_or_logs_by_itself() -> None:
    client = http_client(QUICK, Replay("http://127.0.0.1:1"))
    assert not client.follow_redirects
    assert not client.trust_env
    assert time.monotonic() > 0
    assert Landing(Path("x")).objects.folder == Path("x/objects")
