"""Faults of the bytes: compression, size, depth, charset."""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import zstandard

from gpu_census_tests.stand_in.reply import PIECE_BYTES, Reply
from gpu_census_tests.stand_in.seen import Seen

MIB = 2**20
BOMB_MIB = 300
ENDLESS_MIB = 4096
DEPTH = 100_000
BROTLI_BLOCK_BYTES = 2**16


def _encoded(reply: Reply, content: bytes, encoding: str) -> Reply:
    return replace(reply, headers=reply.headers | {"content-encoding": encoding}, content=content)


def _gzip(reply: Reply, seen: Seen, value: str) -> Reply:
    """Compressed, as it should be."""
    return _encoded(reply, gzip.compress(reply.content, mtime=0), "gzip")


def _truncated_gzip(reply: Reply, seen: Seen, value: str) -> Reply:
    """The first half of the compressed content, sent as if it were all."""
    packed = gzip.compress(reply.content, mtime=0)
    return _encoded(reply, packed[: len(packed) // 2], "gzip")


def _gzip_label(reply: Reply, seen: Seen, value: str) -> Reply:
    """Said to be gzip, and is not."""
    return _encoded(reply, reply.content, "gzip")


@cache
def _spaces() -> bytes:
    """A MiB of spaces as deflate blocks that refer to nothing before them, so that they can be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(b" " * MIB) + packer.flush(zlib.Z_FULL_FLUSH)


@cache
def _bomb(mib: int) -> bytes:
    """An empty JSON array with so many MiB of spaces in it, compressed."""
    begin = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    end = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    checksum = zlib.crc32(b"[")
    for _ in range(mib):
        checksum = zlib.crc32(b" " * MIB, checksum)
    checksum = zlib.crc32(b"]", checksum)
    size = (mib * MIB + 2) % 2**32
    packed = [begin.compress(b"["), begin.flush(zlib.Z_FULL_FLUSH), *[_spaces()] * mib, end.compress(b"]"), end.flush()]
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    return head + b"".join(packed) + checksum.to_bytes(4, "little") + size.to_bytes(4, "little")


def _gzip_bomb(reply: Reply, seen: Seen, value: str) -> Reply:
    """A small compressed body that is `value` MiB of valid JSON, 300 by default."""
    return _encoded(reply, _bomb(int(value or BOMB_MIB)), "gzip")


def _brotli(content: bytes) -> bytes:
    """Content in the form of RFC 7932, stored without compression: no library for it is needed here."""
    begin, blocks = 1, []
    for at in range(0, len(content), BROTLI_BLOCK_BYTES):
        block = content[at : at + BROTLI_BLOCK_BYTES]
        # not the last (1 bit), four digits of length (2), length less one (16), not compressed (1)
        header = (len(block) - 1) << 3 | 1 << 19
        blocks.append((header << begin).to_bytes(3, "little") + block)
        begin = 0  # the window size, one bit, is said once
    return b"".join(blocks) + (b"\x03" if blocks else b"\x06")


def _encoding_br(reply: Reply, seen: Seen, value: str) -> Reply:
    """Encoded as br, whether it was accepted or not."""
    return _encoded(reply, _brotli(reply.content), "br")


def _encoding_zstd(reply: Reply, seen: Seen, value: str) -> Reply:
    """Encoded as zstd, whether it was accepted or not."""
    return _encoded(reply, zstandard.compress(reply.content), "zstd")


def _encoding_unknown(reply: Reply, seen: Seen, value: str) -> Reply:
    """Said to be encoded as `value`, `rot13` by default; every byte is another one."""
    return _encoded(reply, reply.content.translate(bytes((byte + 13) % 256 for byte in range(256))), value or "rot13")


def _endless(reply: Reply, seen: Seen, value: str) -> Reply:
    """A body that does not end before `value` MiB, 4096 by default: a JSON array of zeros."""
    pieces = int(value or ENDLESS_MIB) * MIB // PIECE_BYTES

    def stream() -> Iterator[bytes]:
        return itertools.chain([b"["], itertools.repeat(b"0," * (PIECE_BYTES // 2), pieces), [b"0]"])

    return replace(reply, stream=stream, framing="chunked")


def _deep_json(reply: Reply, seen: Seen, value: str) -> Reply:
    """Arrays in one another, `value` deep, 100,000 by default."""
    depth = int(value or DEPTH)
    return replace(reply, content=b"[" * depth + b"]" * depth)


def _charset_label(reply: Reply, seen: Seen, value: str) -> Reply:
    """Said to be in the charset `value`, `utf-16` by default; the bytes are as recorded."""
    kind = reply.headers.get("content-type", "application/json").split(";")[0]
    return replace(reply, headers=reply.headers | {"content-type": f"{kind}; charset={value or 'utf-16'}"})


def _charset_bytes(reply: Reply, seen: Seen, value: str) -> Reply:
    """Written in the charset `value`, `utf-16` by default, and said to be UTF-8."""
    said = _charset_label(reply, seen, "utf-8")
    return replace(said, content=reply.content.decode("utf-8-sig").encode(value or "utf-16", errors="replace"))


def _bom(reply: Reply, seen: Seen, value: str) -> Reply:
    """A byte order mark before the content."""
    return replace(reply, content=b"\xef\xbb\xbf" + reply.content)


KINDS: dict[str, Callable[[Reply, Seen, str], Reply]] = {
    "gzip": _gzip,
    "truncated-gzip": _truncated_gzip,
    "gzip-label": _gzip_label,
    "gzip-bomb": _gzip_bomb,
    "encoding-br": _encoding_br,
    "encoding-zstd": _encoding_zstd,
    "encoding-unknown": _encoding_unknown,
    "endless": _endless,
    "deep-json": _deep_json,
    "charset-label": _charset_label,
    "charset-bytes": _charset_bytes,
    "bom": _bom,
}
