"""What is known is asked for conditionally; what is told names the place and no secret."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gpu_census.collect import night
from gpu_census.collect.ask import Ask
from gpu_census.collect.client import user_agent
from gpu_census.collect.network import Replay
from gpu_census.errors import AskError
from gpu_census_tests.asking import (
    DAY,
    QUICK,
    URL,
    Cloud,
    asked,
    at_once,
    faults_of,
    page,
    source_of,
    value,
)
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import Answers, Recorded
from gpu_census_tests.stand_in.server import StandIn


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
