"""Bodies as they arrive: compression is undone, and what is too large, too slow or too deep is refused in time."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import random
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_census.collect import body
from gpu_census.collect.body import PIECE_BYTES, Pace, Sizes, Unreceivable, unpacked
from gpu_census.collect.html_page import parsed
from gpu_census.collect.json_depth import JsonDepth

MIB = 2**20
CAP = 10
TEXT = json.dumps([{"name": f"é {number}"} for number in range(500)]).encode()


def cut(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


def received(pieces: Iterable[bytes], encoding: str = "gzip", sizes: Sizes | None = None) -> bytes:
    async def come() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def receive() -> bytes:
        counted = sizes or Sizes(64 * MIB, 256 * MIB)
        return b"".join([piece async for piece in unpacked(come(), encoding, counted, Pace(1, 60))])

    return asyncio.run(receive())


def deflated(content: bytes, bits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return packer.compress(content) + packer.flush()


RAW, ZLIB = deflated(TEXT, -zlib.MAX_WBITS), deflated(TEXT, zlib.MAX_WBITS)
WHOLE = [
    ("", TEXT),
    ("identity", TEXT),
    (" GZIP ", gzip.compress(TEXT)),
    ("x-gzip", gzip.compress(TEXT)),
    ("deflate", ZLIB),
    ("deflate", RAW),
]


@pytest.mark.parametrize(("encoding", "packed"), WHOLE)
@pytest.mark.parametrize("size", [1, 2, 7, 10**6])
def test_a_body_is_unpacked_however_it_is_cut(encoding: str, packed: bytes, size: int) -> None:
    sizes = Sizes(MIB, MIB)
    assert received(cut(packed, size), encoding, sizes) == TEXT
    assert (sizes.wire, sizes.decoded) == (len(packed), len(TEXT))


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
def test_nothing_is_nothing_in_any_encoding(encoding: str) -> None:
    assert received([], encoding) == b""
    assert received([b"", b""], encoding) == b""


@pytest.mark.parametrize("size", [1, 3, 10**6])
def test_every_member_of_a_gzip_body_is_read(size: int) -> None:
    packed = gzip.compress(TEXT[:1000]) + gzip.compress(b"") + gzip.compress(TEXT[1000:]) + bytes(5)
    assert received(cut(packed, size)) == TEXT


@pytest.mark.parametrize("kept", [1, 2, 12, 0.5, -9, -1])
@pytest.mark.parametrize("size", [1, 10**6])
def test_a_truncated_body_is_broken_and_never_short(kept: float, size: int) -> None:
    for encoding, packed in [("gzip", gzip.compress(TEXT)), ("deflate", ZLIB), ("deflate", RAW)]:
        end = int(kept * len(packed)) if kept == 0.5 else int(kept)
        with pytest.raises(Unreceivable, match=r"cut off|damaged") as caught:
            received(cut(packed[:end], size), encoding)
        assert caught.value.broken


@pytest.mark.parametrize("packed", [TEXT, b"<html>", gzip.compress(TEXT) + b"junk", gzip.compress(TEXT)[:99] + TEXT])
def test_what_is_not_what_it_says_is_broken(packed: bytes) -> None:
    with pytest.raises(Unreceivable, match="damaged compression") as caught:
        received([packed])
    assert caught.value.broken


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "rot13", "compress"])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(Unreceivable, match="not asked for") as caught:
        received([TEXT], encoding)
    assert not caught.value.broken


def test_the_cap_on_wire_bytes_is_kept_while_they_come() -> None:
    came: list[int] = []

    def endless() -> Iterator[bytes]:
        for number in itertools.count():
            came.append(number)
            yield b"x" * 1000

    for encoding in ("", "gzip"):
        came.clear()
        stored = itertools.chain([b"\x1f\x8b\x08" + bytes(7)], endless()) if encoding else endless()
        with pytest.raises(Unreceivable, match=r"larger than 5000 bytes|damaged"):
            received(stored, encoding, Sizes(5000, MIB))
        assert len(came) <= 6


def test_a_gzip_bomb_is_refused_before_it_unfolds() -> None:
    bomb = gzip.compress(bytes(64 * MIB))
    held: list[int] = []

    class Watched(Sizes):
        def add(self, *, wire: int = 0, decoded: int = 0) -> None:
            held.append(decoded)
            super().add(wire=wire, decoded=decoded)

    with pytest.raises(Unreceivable, match=r"bytes that unpack to more than 2097152"):
        received([bomb], "gzip", Watched(MIB, 2 * MIB))
    assert max(held) <= PIECE_BYTES
    assert sum(held) <= 3 * MIB


def test_others_have_their_turn_while_a_bomb_unfolds() -> None:
    turns: list[int] = []

    async def other() -> None:
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    async def both() -> None:
        async def come() -> AsyncIterator[bytes]:
            yield gzip.compress(bytes(20 * MIB))

        task = asyncio.create_task(other())
        async for _ in unpacked(come(), "gzip", Sizes(MIB, 32 * MIB), Pace(1, 60)):
            pass
        task.cancel()

    asyncio.run(both())
    assert len(turns) >= 19


def test_a_body_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count()
    monkeypatch.setattr(body.time, "monotonic", lambda: float(next(clock)))
    pace = Pace(slowest=1000, grace_seconds=5, began=0.0)
    with pytest.raises(Unreceivable, match=r"too slow: \d+ bytes in 6 s") as caught:
        list(map(pace.hold, itertools.count(1)))
    assert caught.value.broken
    steady = Pace(slowest=1000, grace_seconds=5, began=float(next(clock)))
    for count in range(1, 100):
        steady.hold(count * 1000)


def depth_of(document: Any) -> int:
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else None
    return 0 if inner is None else 1 + max(map(depth_of, inner), default=0)


def sees(pieces: Iterable[bytes], cap: int = CAP) -> bool:
    """Whether the depth of what comes in these pieces is refused."""
    depth = JsonDepth(cap)
    try:
        for piece in pieces:
            depth.see(piece)
    except Unreceivable:
        return True
    return False


def shred(content: bytes, seed: int) -> Iterator[bytes]:
    """The content in pieces of any size, empty ones too."""
    dice, at = random.Random(seed), 0
    while at < len(content):
        size = dice.choice((0, 1, 1, 2, 3, 5, 40))
        yield content[at : at + size]
        at += size


NASTY = st.text(alphabet='[]{}"\\ aé\n,:', max_size=12) | st.sampled_from(["]" * 50, "[{" * 50, "\\", '\\"', '"[', ""])
LEAVES = NASTY | st.none() | st.integers()
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NASTY, inner, max_size=3), max_leaves=40
)


def nested(inner: Any, wraps: list[bool]) -> Any:
    for as_list in wraps:
        inner = [inner, "]"] if as_list else {"[": "}", '"': inner}
    return inner


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS, st.lists(st.booleans(), max_size=2 * CAP), st.integers(0, 10**6), st.booleans())
def test_the_depth_of_json_is_exact_however_it_is_cut(inner: Any, wraps: list[bool], seed: int, spaced: bool) -> None:
    document = nested(inner, wraps)
    content = json.dumps(document, indent=1 if spaced else None, ensure_ascii=bool(seed % 2)).encode()
    assert sees(shred(content, seed)) == (depth_of(document) > CAP)
    assert sees([content]) == (depth_of(document) > CAP)


@pytest.mark.parametrize("before", [b"", b" \n\t" * 50, b"\xef\xbb\xbf", b"\xef\xbb\xbf \r\n"])
@pytest.mark.parametrize("size", [1, 1000])
def test_deep_json_is_found_behind_space_and_marks(before: bytes, size: int) -> None:
    assert sees(cut(before + b"[" * (CAP + 1), size))
    assert not sees(cut(before + b"[" * CAP + b"]" * CAP, size))


def test_deep_json_is_found_early_and_behind_any_amount_of_brackets_in_strings() -> None:
    hiding = b'["' + b"]" * 30_000 + b'",' + b'"\\\\",'
    assert sees([hiding * (CAP + 1)])
    assert sees(cut(hiding * (CAP + 1), 1000))
    assert not sees([b'["' + b"[{" * 30_000 + b'"]'] * 20, cap=20)
    assert sees(iter([b"[{}," * 11, None]))  # type: ignore[list-item]  # nothing is looked at after it


def test_what_is_no_json_is_not_looked_at() -> None:
    assert not sees([b"<p>" + b"[" * 1000])
    assert not sees([b"a,b\n", b"[" * 1000])


@pytest.mark.parametrize("content", [b"<div>" * 5_000, b"\xef\xbb\xbf\n<b>" + b"<i><br><p>" * 2_000])
def test_html_that_is_nested_too_deeply_is_refused_at_once(content: bytes) -> None:
    with pytest.raises(ValueError, match="HTML nested more than 1000 deep"):
        parsed(content)


def test_long_html_is_read() -> None:
    rows = b"<tr><td><b>x</b><br><p>y<li>z" * 3_000
    assert len(parsed(b"<html><body><table>" + rows + b"</table>").css("tr")) == 3_000
