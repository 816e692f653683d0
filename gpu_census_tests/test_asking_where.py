"""Requests go to a source's own hosts by https and nowhere else; lists of pages end."""

from __future__ import annotations

from typing import Any

import pytest

from gpu_census.collect import night
from gpu_census.collect.ask import Ask
from gpu_census.collect.network import Replay
from gpu_census_tests.asking import (
    BOTH,
    DAY,
    HOST,
    OTHER,
    QUICK,
    URL,
    Cloud,
    asked,
    faults_of,
    page,
    source_of,
    value,
)
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import Recorded
from gpu_census_tests.stand_in.server import StandIn


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
