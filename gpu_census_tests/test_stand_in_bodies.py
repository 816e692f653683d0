"""Faults of a body are what they say, seen by httpx: no later test may pass for nothing."""

from __future__ import annotations

import json
import zlib

import httpx
import pytest
import zstandard

from gpu_census_tests.one_fault import CONTENT, ITEMS, URL, asked, forth, playing, raw
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import Answers, Recorded
from gpu_census_tests.stand_in.reply import PIECE_BYTES
from gpu_census_tests.stand_in.server import StandIn


def test_other_documents_are_said() -> None:
    page = asked("html")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.text.startswith("<!DOCTYPE html>")
    assert asked("empty").content == b""
    assert asked("empty-object").json() == {}
    assert asked("empty-array").json() == []
    assert asked("text", "sorry").text == "sorry"


def test_lists_are_empty_or_half_in_the_right_shape() -> None:
    assert asked("no-items").json() == ITEMS | {"Items": []}
    assert asked("half-the-items").json() == ITEMS | {"Items": ITEMS["Items"][:2]}  # type: ignore[index]


def test_next_links_lead_astray() -> None:
    assert asked("no-next-link").json() == {name: ITEMS[name] for name in ("Count", "Items")}
    assert asked("no-next-link", "null").json()["NextPageLink"] is None
    assert asked("next-is-itself").json()["NextPageLink"] == URL
    assert asked("next-elsewhere").json()["NextPageLink"] == "https://elsewhere.example/list"


def test_a_truncated_body_is_well_sent() -> None:
    response = asked("truncated")
    assert response.content == CONTENT[: len(CONTENT) // 2]
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(response.content)
    with StandIn([Answers([Recorded(URL, b"a\nb\nc\nd\n")])], faults=[Fault("half-the-lines")]) as cloud:
        assert httpx.get(forth(cloud), trust_env=False).content == b"a\nb\n"


def test_a_change_of_ones_own_is_played() -> None:
    with playing("change", change=bytes.upper) as cloud:
        assert httpx.get(forth(cloud), trust_env=False).content == CONTENT.upper()


def test_compression_is_broken_as_told() -> None:
    headers, packed = raw("gzip")
    assert headers["content-encoding"] == "gzip"
    assert zlib.decompress(packed, 31) == CONTENT
    unpacker = zlib.decompressobj(31)
    assert CONTENT.startswith(unpacker.decompress(raw("truncated-gzip")[1]))
    assert not unpacker.eof
    headers, plain = raw("gzip-label")
    assert (headers["content-encoding"], plain) == ("gzip", CONTENT)
    headers, packed = raw("encoding-zstd")
    assert headers["content-encoding"] == "zstd"
    assert zstandard.decompress(packed) == CONTENT
    headers, packed = raw("encoding-br")
    assert headers["content-encoding"] == "br"
    assert (packed[3:-1], packed[-1:]) == (CONTENT, b"\x03")
    headers, strange = raw("encoding-unknown", "lzma2")
    assert headers["content-encoding"] == "lzma2"
    assert strange != CONTENT


def test_a_bomb_is_small_and_unpacks_to_hundreds_of_megabytes_of_json() -> None:
    headers, packed = raw("gzip-bomb")
    assert headers["content-encoding"] == "gzip"
    assert len(packed) < 2**20
    unpacker = zlib.decompressobj(31)
    size, piece, rest = 0, unpacker.decompress(packed, 2**20), b""
    while piece:
        size, rest = size + len(piece), piece
        piece = unpacker.decompress(unpacker.unconsumed_tail, 2**20)
    assert size > 300 * 2**20
    assert unpacker.eof
    assert rest.endswith(b"]")
    assert json.loads(zlib.decompress(raw("gzip-bomb", 1)[1], 31)) == []


def test_an_endless_body_goes_on_until_one_leaves() -> None:
    with playing("endless") as cloud, httpx.stream("GET", forth(cloud), trust_env=False) as response:
        size = 0
        for piece in response.iter_raw():
            size += len(piece)
            if size > 20 * 2**20:
                break
    assert "content-length" not in response.headers
    assert len(json.loads(raw("endless", 1)[1])) == 2**19 // PIECE_BYTES * PIECE_BYTES + 1


def test_json_is_as_deep_as_told() -> None:
    assert asked("deep-json").content == b"[" * 100_000 + b"]" * 100_000
    assert json.loads(asked("deep-json", 3).content) == [[[]]]


def test_charsets_are_wrong() -> None:
    labelled = asked("charset-label")
    assert labelled.headers["content-type"] == "application/json; charset=utf-16"
    assert labelled.content == CONTENT
    written = asked("charset-bytes", "latin-1")
    assert written.headers["content-type"] == "application/json; charset=utf-8"
    assert b"\xe90" in written.content
    assert asked("charset-bytes").content.startswith((b"\xff\xfe", b"\xfe\xff"))
    assert asked("bom").content == b"\xef\xbb\xbf" + CONTENT
