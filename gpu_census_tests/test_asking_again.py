"""What passes is asked again, what stays is not, and a cloud that asks for patience gets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from gpu_census.collect.ask import Ask
from gpu_census.collect.retrying import retry_after
from gpu_census_tests.asking import (
    BOTH,
    OTHER,
    QUICK,
    URL,
    Cloud,
    asked,
    at_once,
    faults_of,
    page,
)
from gpu_census_tests.stand_in.faults import Fault

PASSES = ["500", "502", "503", "504", "429", "408", "425", "520", "reset", "close", "reset-midway", "short-body"]
DAMAGED = ["unended-chunks", "truncated", "truncated-gzip", "gzip-label", "html", "empty", "text", "huge-headers"]
SILENT = ["hang", "stall"]
STAYS = ["400", "401", "403", "404", "418", "204", "encoding-br", "encoding-unknown", "deep-json"]


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
