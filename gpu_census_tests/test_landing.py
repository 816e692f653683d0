"""The landing zone keeps what came, once and whole, whatever happens to who writes it; and tells nobody's secrets."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
import pytest

from gpu_census.collect.ask import Ask
from gpu_census.collect.landing import Landing
from gpu_census.collect.objects import Objects
from gpu_census.collect.redaction import HIDDEN, Redaction
from gpu_census.collect.request import Exchange, Request
from gpu_census.collect.runs import Card, RunWriter, read_run
from gpu_census.errors import CensusError
from gpu_census_tests.asking import DAY, HOST, URL, Cloud, everything_below, faults_of, page, source_of, value
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import Recorded

LATER = DAY + timedelta(days=1)


def card(sha256: str, **how: Any) -> Card:
    now = datetime.now(UTC)
    stated = {"key": "k", "turn": 0, "attempt": 1, "method": "GET", "url": URL, "asked_at": now, "answered_at": now}
    return Card(sha256=sha256, **(stated | how))


def landed(landing: Landing, content: bytes, *, day: date = DAY, end: bool = True, source: str = "list") -> RunWriter:
    with closing(landing.begin("cloud", source, day, "agent")) as run:
        run.add(card(landing.objects.put(content)))
        if end:
            run.end([])
    return run


def bodies(landing: Landing) -> set[str]:
    return {path.stem for path in landing.objects.folder.glob("*/*.zst")}


def test_identical_bodies_are_kept_once(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    digest = objects.put(b"same")
    written = objects.path(digest).stat()
    assert objects.put(b"same") == digest == hashlib.sha256(b"same").hexdigest()
    assert Objects(tmp_path).put(b"same") == digest
    assert objects.path(digest).stat().st_mtime_ns == written.st_mtime_ns
    with objects.writer() as writer:
        for piece in (b"sa", b"", b"me"):
            writer.write(piece)
    assert writer.sha256 == digest
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{digest}.zst"]
    assert objects.read(digest) == b"same"


def test_a_large_body_is_read_straight_from_where_it_is_kept(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    with objects.writer() as writer:
        writer.write(b"a,b\n")
        for number in range(1000):
            writer.write(b"%d,x\n" % number)
    assert pl.scan_csv(objects.path(writer.sha256)).select(pl.len(), pl.col("a").sum()).collect().row(0) == (
        1000,
        499500,
    )


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:-9] + b"x" * 9, bytes])
def test_a_damaged_body_is_noticed_and_healed_by_the_next_that_is_the_same(tmp_path: Path, damage: Any) -> None:
    content = os.urandom(300_000) + bytes(100_000)
    digest = Objects(tmp_path).put(content)
    path = Objects(tmp_path).path(digest)
    path.write_bytes(damage(path.read_bytes()) if damage is not bytes else bytes(path.stat().st_size))
    with pytest.raises(ValueError, match="damaged"):
        Objects(tmp_path).read(digest)
    assert not Objects(tmp_path).is_whole(digest)
    objects = Objects(tmp_path)
    assert objects.put(content) == digest
    assert objects.read(digest) == content


def test_a_swapped_body_is_noticed(tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    one, other = objects.put(b"one"), objects.put(b"other")
    objects.path(one).write_bytes(objects.path(other).read_bytes())
    with pytest.raises(ValueError, match="another digest"):
        objects.read(one)


def test_a_body_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    objects = Objects(tmp_path)

    def breaks_off(error: type[BaseException]) -> None:
        with objects.writer() as writer:
            writer.write(b"half")
            raise error

    for error in (ValueError, KeyboardInterrupt, asyncio.CancelledError):
        with pytest.raises(error):
            breaks_off(error)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_killed_run_is_adopted_and_read_to_its_last_whole_line(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    run = landed(landing, b"1", end=False)
    part = run.path.with_name(run.path.name + ".part")
    part.write_bytes(part.read_bytes() + b'{"type":"card","key":"k","turn":1,"atte')
    half = landing.objects.folder / ".7.999999999.tmp"
    half.write_bytes(b"half a body")
    never = part.with_name("20261124T000000000000Z.jsonl.part")
    never.write_bytes(b'{"type":"beg')
    assert landing.runs("cloud") == []
    landing.adopt()
    assert landing.runs("cloud") == [run.path]
    found = read_run(run.path)
    assert found.ended is None
    assert [landing.objects.read(one.sha256) for one in found.cards] == [b"1"]
    assert not half.exists()
    assert not never.exists()
    landing.adopt()
    assert read_run(run.path) == found


@pytest.mark.parametrize("ending", [True, False])
def test_a_run_is_read_wherever_its_file_breaks_off(tmp_path: Path, ending: bool) -> None:
    landing = Landing(tmp_path)
    run = landed(landing, b"1")
    content = run.path.read_bytes()
    first = content.index(b"\n")
    for end in range(0, len(content), 3):
        run.path.write_bytes(content[:end])
        if end < first:
            with pytest.raises(CensusError, match="delete it"):
                read_run(run.path)
            assert landing.newest("cloud", "list", 3) == []
        else:
            found = read_run(run.path)
            assert len(found.cards) <= 1
            assert found.ended is None
    run.path.write_bytes(content if ending else content[:-1])
    assert read_run(run.path).ended is not None


def test_lines_are_on_disk_before_the_next_request(tmp_path: Path) -> None:
    with closing(Landing(tmp_path).begin("cloud", "list", DAY, "agent")) as run:
        part = run.path.with_name(run.path.name + ".part")
        for number in range(1, 4):
            run.add(card("", turn=number))
            assert part.read_bytes().count(b"\n") == number + 1


def test_prune_keeps_what_is_young_and_every_body_it_needs(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    old = landed(landing, b"old", day=DAY - timedelta(days=10))
    landed(landing, b"both", day=DAY - timedelta(days=10))
    young = landed(landing, b"both", day=DAY - timedelta(days=9))
    landed(landing, b"other", source="other")
    landed(landing, b"killed", end=False)
    orphan = landing.objects.put(b"orphan")
    assert landing.prune(20, DAY) == 0
    assert orphan in bodies(landing)
    assert landing.prune(9, DAY) == 2
    assert bodies(landing) == {hashlib.sha256(text).hexdigest() for text in (b"both", b"other", b"killed")}
    assert young.path.exists()
    assert not old.path.parent.exists()
    assert landing.prune(10**15, DAY) == 0


def test_cards_tell_everything_but_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_KEY", "sesame-sesame-sesame")
    reply = {"etag": '"1"', "set-cookie": "id=1", "x-secret": "y", "location": f"https://u:p@{HOST}/?token=z"}
    cloud = Cloud(tmp_path, [page(f"{URL}?region=r+1&key=*", headers=reply)])

    async def reads(ask: Ask) -> Any:
        url = f"{URL}?region=r+1&key={ask.credential('CLOUD_KEY')}"
        return await value(ask, url, headers={"Authorization": "Basic abc", "Accept-Language": "en"})

    before = datetime.now(UTC)
    night, seen = cloud.ask(reads, credentials=("CLOUD_KEY",))
    assert faults_of(night) == []
    assert seen.seen[0].headers["authorization"] == "Basic abc"
    run = cloud.runs()[0]
    found = run.cards[0]
    assert (found.method, found.status, found.attempt, found.turn, found.error) == ("GET", 200, 1, 0, "")
    assert found.url == f"{URL}?region=r%201&key={HIDDEN}"
    assert found.headers == {"accept-language": "en", "authorization": HIDDEN}
    assert found.answer_headers["etag"] == '"1"'
    assert found.answer_headers["x-secret"] == found.answer_headers["set-cookie"] == HIDDEN
    assert found.answer_headers["location"] == f"https://{HOST}/?token={HIDDEN}"
    assert before <= run.begun.began_at <= found.asked_at <= found.answered_at
    assert cloud.landing.objects.read(found.sha256) == b'{"value": 1}'
    assert (found.size, found.wire_size) == (12, 12)
    assert run.begun.agent.startswith("gpu_census/")
    assert run.begun.replay == seen.base
    assert run.ended is not None
    assert run.ended.requests == 1


LONG, SHORT, ODD = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEX=", "hunter22", 'per "cent" 100%\\ & <ü>'
TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30"
SECRETS = {"CLOUD_LONG": f"{LONG}\n", "CLOUD_SHORT": SHORT, "CLOUD_ODD": ODD}


class Echo:
    """Answers with all that it was asked, and gives out a token."""

    def give(self, method: str, url: str, body: bytes) -> Recorded:
        if url.endswith("/token"):
            return Recorded(url, TOKEN.encode())
        told = f"{url} {body.decode(errors='replace')} {LONG} '{SHORT}' {ODD} {json.dumps(ODD)} {quote(LONG)} {TOKEN}"
        status = 403 if "refuse" in url else 200
        return Recorded(url, f"<{told}>".encode(), status=status, content_type="text/plain")


async def sign(request: Request, exchange: Exchange) -> dict[str, str]:
    token = await exchange(Request(url=f"https://{HOST}/token"))
    return {"Authorization": f"Bearer {token.decode()}"}


async def asks_with_secrets(ask: Ask) -> Any:
    long, short, odd = (ask.credential(name) for name in SECRETS)
    assert (long, short, odd) == (LONG, SHORT, ODD)
    pair = {"user": short, "password": long, "odd": odd}
    await ask.text(f"{URL}/text", parameters=pair, body=pair, sign=sign, headers={"x-key": long})
    await ask.content(f"{URL}/raw?apikey=unheard-of", body=f"{long}&{quote(odd)}".encode(), sign=sign)
    await ask.file(f"{URL}/file", parameters=pair, sign=sign)
    tries = [
        ask.json(f"{URL}/not-json", parameters=pair, as_type=dict, sign=sign),
        ask.json(f"{URL}/refuse", parameters=pair, as_type=dict),
        ask.json(f"https://{short}:{quote(long, safe='')}@{HOST}/list", as_type=dict),
        ask.json(f"https://elsewhere.example/?{quote(long)}", as_type=dict),
        ask.json(f"{URL}/header", as_type=dict, headers={"x-key": f"{long}\n"}),
        ask.json(f"{URL}/header", as_type=dict, headers={"x-key": f"Bearer {odd}"}),
    ]
    async for _ in ask.each(tries, lambda one: one):
        pass
    ask.fault(f"in words: {short}, {long}, {odd}")
    raise RuntimeError(f"the key {long} is wrong, so is {short}")


def test_nothing_secret_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    caplog.set_level(logging.DEBUG)
    cloud = Cloud(tmp_path)
    faults = [Fault("503", url="*raw*"), Fault("reset", url="*text*")]
    night, seen = cloud.ask(asks_with_secrets, plays=Echo(), faults=faults, credentials=tuple(SECRETS))
    assert any(LONG in one.headers.get("x-key", "") for one in seen.seen), "secrets were sent"
    assert any(TOKEN in one.headers.get("authorization", "") for one in seen.seen)
    assert len(faults_of(night)) == 8
    printed = capfd.readouterr()
    written = {"faults": "\n".join(faults_of(night)), "printed": printed.out + printed.err, "logged": caplog.text}
    everything = {str(path): content.decode() for path, content in everything_below(tmp_path).items()}
    assert len([path for path in everything if path.endswith(".zst")]) >= 4
    forms = [LONG, SHORT, ODD, TOKEN, json.dumps(ODD)[1:-1], "Bearer e"]
    forms += [quote(one, safe="") for one in forms] + [quote(one) for one in forms]
    forms += [base64.b64encode(one.encode()).decode()[:-4] for one in (LONG, SHORT, ODD)]
    for place, text in (written | everything).items():
        assert [form for form in forms if form in text or form in place] == [], place
        assert "unheard-of" not in text or place.endswith(".zst"), "what stands where secrets stand is told by no URL"


def test_a_run_with_secrets_is_read_again_without_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)

    async def reads(ask: Ask) -> Any:
        pair = {"user": ask.credential("CLOUD_SHORT"), "odd": ask.credential("CLOUD_ODD")}
        texts = [await ask.text(f"{URL}/{n}", parameters=pair | {"n": str(n)}, body=pair, sign=sign) for n in range(2)]
        long = ask.credential("CLOUD_LONG")
        texts.append(await ask.text(f"{URL}/{quote(long, safe='')}?key={quote(long)}", body=long.encode()))
        return [text.body for text in texts]

    cloud = Cloud(tmp_path)
    source = source_of(reads, credentials=tuple(SECRETS))
    night, _ = cloud.ask(source, plays=Echo())
    assert faults_of(night) == []
    for name in SECRETS:
        monkeypatch.delenv(name)
    found = cloud.observed(source)
    assert found.faults == []
    assert str(found.regions[0].name).count("https://api.example.com/list") == 3


def test_a_short_secret_is_no_part_of_a_word() -> None:
    redaction = Redaction(["test1234", "us", "abcd"])
    assert redaction.text("test1234, attest1234s us abcd") == f"{HIDDEN}, attest1234s us {HIDDEN}"
    assert redaction.content(b"test1234 attest1234 abcd") == b"REDACTED attest1234 abcd"


@pytest.mark.parametrize("size", [1, 5, 40, 10**6])
def test_a_streamed_secret_is_found_wherever_it_is_cut(size: int) -> None:
    content = b"x" * 50 + LONG.encode() * 2 + b"y" * 70 + LONG[:20].encode() + b"z" * 5 + LONG.encode()
    found: list[bytes] = []
    hiding = Redaction([LONG]).hiding(found.append)
    for at in range(0, len(content), size):
        hiding.write(content[at : at + size])
    hiding.end()
    assert b"".join(found) == content.replace(LONG.encode(), HIDDEN.encode())


def test_what_the_disk_refuses_stops_the_census(tmp_path: Path) -> None:
    landing = Landing(tmp_path / "file" / "landing")
    (tmp_path / "file").write_text("no folder")
    for refused in (lambda: landing.objects.put(b"1"), lambda: landing.begin("cloud", "list", DAY, "agent")):
        with pytest.raises(CensusError, match=r"answers cannot be kept \(Not a directory\)"):
            refused()


KILLED = """
    import sys
    from pathlib import Path
    from gpu_census.collect.ask import Ask
    from gpu_census_tests.asking import Cloud, URL, page, value

    async def reads(ask: Ask):
        async for _ in ask.each(range(1000), lambda number: value(ask, f"{URL}?{number}")):
            pass

    cloud = Cloud(Path(sys.argv[1]), [page(f"{URL}?*", '{"value": 1}')])
    cloud.ask(reads)
"""


def started(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that asks, as soon as it has landed something."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error::ResourceWarning", "-c", textwrap.dedent(KILLED), str(folder)],
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        if any(part.read_bytes().count(b"\n") > 20 for part in folder.rglob("*.part")):
            break
        time.sleep(0.01)
    assert process.poll() is None, "it must still be asking"
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_stopped_is_usable(tmp_path: Path, number: signal.Signals) -> None:
    for process in started(tmp_path):
        process.send_signal(number)
        told = process.communicate(timeout=30)[1]
    if number == signal.SIGINT:
        assert b"KeyboardInterrupt" in told
        assert b"ResourceWarning" not in told
        assert not list(tmp_path.rglob("*.tmp")), "whoever is asked to stop leaves no half body"
    cloud = Cloud(tmp_path)
    cloud.landing.adopt()
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".tmp", ".part")]
    (run,) = cloud.runs()
    assert run.ended is None
    assert len(run.cards) > 19
    assert {cloud.landing.objects.read(one.sha256) for one in run.cards} == {b'{"value": 1}'}
