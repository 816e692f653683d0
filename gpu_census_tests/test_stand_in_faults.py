"""Faults of statuses and connections are what they say, seen by plain sockets: no later test may pass for nothing."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from gpu_census_tests.one_fault import CONTENT, ITEMS, URL, asked, forth, playing, wire
from gpu_census_tests.stand_in.faults import Fault, fault_spelled
from gpu_census_tests.stand_in.kinds import KINDS


@pytest.mark.parametrize("code", [403, 404, 429, 500, 502, 503])
def test_a_status_is_answered_instead(code: int) -> None:
    response = asked(str(code))
    assert (response.status_code, response.json()["error"]["code"]) == (code, code)
    assert "retry-after" not in response.headers


def test_retry_after_is_what_was_asked_for() -> None:
    assert asked("429", 7).headers["retry-after"] == "7"
    assert asked("503", "absurd").headers["retry-after"] == "99999999999999"
    assert asked("503", "negative").headers["retry-after"] == "-5"
    assert not re.search(r"\d", asked("429", "garbage").headers["retry-after"])
    later = asked("429", "date+3600")
    waited = parsedate_to_datetime(later.headers["retry-after"]) - parsedate_to_datetime(later.headers["date"])
    assert 3598 <= waited.total_seconds() <= 3602


def test_a_304_comes_unasked_and_without_a_body() -> None:
    response = asked("304")
    assert (response.status_code, response.content) == (304, b"")


def test_the_connection_is_reset_or_closed_before_an_answer() -> None:
    with playing("reset") as cloud:
        assert wire(cloud) == (b"", True)
    with playing("close") as cloud:
        assert wire(cloud) == (b"", False)


@pytest.mark.parametrize(("kind", "reset"), [("reset-midway", True), ("short-body", False)])
@pytest.mark.parametrize("url", [URL, "https://api.example.com/none"])
def test_a_body_stops_before_its_length(kind: str, reset: bool, url: str) -> None:
    with playing(kind) as cloud:
        received, was_reset = wire(cloud, url)
    head, _, body = received.partition(b"\r\n\r\n")
    stated = re.search(rb"content-length: (\d+)", head)
    assert stated
    assert len(body) < int(stated[1])
    assert was_reset == reset


def test_chunks_end_only_where_they_should() -> None:
    with playing("unended-chunks") as cloud:
        received, reset = wire(cloud)
    assert b"transfer-encoding: chunked" in received
    assert b"content-length" not in received
    assert CONTENT[:40] in received
    assert not received.endswith(b"0\r\n\r\n")
    assert not reset
    assert asked("chunked").json() == ITEMS


def test_a_hanging_server_says_nothing_and_then_ends() -> None:
    with playing("hang", 0.2) as cloud:
        assert wire(cloud) == (b"", False)
    with playing("hang", times=None) as cloud, httpx.Client(timeout=0.2, trust_env=False) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get(forth(cloud))
        with pytest.raises(httpx.ReadTimeout):
            client.get(forth(cloud))
    assert cloud.most_at_once() == 1  # who has given up is not waited for


def test_a_stalling_server_says_half() -> None:
    with playing("stall") as cloud, httpx.stream("GET", forth(cloud), timeout=0.2, trust_env=False) as response:
        assert response.status_code == 200
        with pytest.raises(httpx.ReadTimeout):
            response.read()


def test_slow_answers_are_late_and_whole() -> None:
    with playing("slow", 600) as cloud, pytest.raises(httpx.ReadTimeout):
        httpx.get(forth(cloud), timeout=0.2, trust_env=False)
    assert asked("slow", 0.01).json() == ITEMS


@pytest.mark.parametrize("kind", ["trickle", "trickle-head"])
def test_a_trickle_is_never_silent_for_long(kind: str) -> None:
    with playing(kind, 0.001) as cloud, httpx.stream("GET", forth(cloud), trust_env=False) as response:
        pieces = list(response.iter_raw())
    assert json.loads(b"".join(pieces)) == ITEMS
    assert len(pieces) > 10


def test_redirects_within_the_host_lead_to_the_answer() -> None:
    for kind in ("redirect", "redirect-relative"):
        with playing(kind, value=307, times=None) as cloud:
            first = httpx.get(forth(cloud), trust_env=False)
            location = str(httpx.URL(URL).join(first.headers["location"]))
            assert first.status_code == 307
            assert httpx.URL(location).host == "api.example.com"
            assert httpx.get(forth(cloud, location), trust_env=False).json() == ITEMS
    assert asked("redirect-loop").headers["location"] == URL


@pytest.mark.parametrize(
    ("kind", "location"),
    [
        ("redirect-elsewhere", "https://elsewhere.example/list"),
        ("redirect-http", "http://api.example.com/list?page=1"),
        ("redirect-loopback", "https://127.0.0.1/private"),
        ("redirect-metadata", "https://169.254.169.254/latest/meta-data/"),
    ],
)
def test_redirects_elsewhere_name_it(kind: str, location: str) -> None:
    response = asked(kind)
    assert (response.status_code, response.headers["location"]) == (302, location)
    assert re.fullmatch(r"http://localhost:\d+/list", asked(kind, "http://localhost:{port}{path}").headers["location"])


def test_headers_are_wrong_or_huge() -> None:
    with playing("huge-headers") as cloud:
        head, _, body = wire(cloud, headers="connection: close\r\n")[0].partition(b"\r\n\r\n")
    assert len(head) > 256 * 1024
    assert body == CONTENT
    assert asked("header", "X-Remaining: 0").headers["x-remaining"] == "0"
    assert asked("content-type").headers["content-type"] == "text/plain"
    assert "content-type" not in asked("content-type", "none").headers


def test_every_kind_is_tried_here() -> None:
    files = Path(__file__).parent.glob("test_stand_in_*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    assert [kind for kind in KINDS if f'"{kind}"' not in text] == []
    assert all(kind.__doc__ for kind in KINDS.values())


def test_faults_are_spelled_in_one_line() -> None:
    assert fault_spelled("html") == Fault("html")
    assert fault_spelled("429=2:api.example.com:3x5") == Fault("429", value="2", nth=3, times=5, host="api.example.com")
    assert fault_spelled("redirect-http=http://127.0.0.1:80/x::2+") == Fault(
        "redirect-http", value="http://127.0.0.1:80/x", nth=2, times=None
    )
    assert fault_spelled("redirect-http=http://127.0.0.1:80/x").value == "http://127.0.0.1:80/x"
    for wrong in ("rest", "reset:host", "reset:host:0", "", "999"):
        with pytest.raises(ValueError, match=r"kind|counted"):
            fault_spelled(wrong)
    with pytest.raises(ValueError, match="belong together"):
        Fault("change")
