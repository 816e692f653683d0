"""Receive a body piece by piece: undo its compression, and stop as soon as it is too large or too slow.

A small compressed body can stand for gigabytes, and one that comes byte by byte can take all night; both are found
while they arrive, before anything holds them whole.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

PIECE_BYTES = 2**20
PLAIN = ("", "identity")
COMPRESSED = ("gzip", "x-gzip", "deflate")
HEAD_BYTES = 2
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
RAW = -zlib.MAX_WBITS


class Unreceivable(Exception):
    """A body that is refused; `broken` where it came damaged and may come whole the next time."""

    def __init__(self, wrong: str, *, broken: bool = False) -> None:
        super().__init__(wrong)
        self.broken = broken


@dataclass
class Sizes:
    """What may come over the wire and what it may become, and what has come so far. Bytes."""

    wire_cap: int
    decoded_cap: int
    wire: int = 0
    decoded: int = 0

    def add(self, *, wire: int = 0, decoded: int = 0) -> None:
        """Count, and raise `Unreceivable` above a cap."""
        self.wire += wire
        self.decoded += decoded
        if self.wire > self.wire_cap:
            raise Unreceivable(f"larger than {self.wire_cap} bytes")
        if self.decoded > self.decoded_cap:
            raise Unreceivable(f"{self.wire} bytes that unpack to more than {self.decoded_cap}")


@dataclass
class Pace:
    """How slowly a body may come: after `grace_seconds`, not slower than `slowest` bytes a second on the whole."""

    slowest: float
    grace_seconds: float
    began: float = field(default_factory=time.monotonic)

    def hold(self, wire: int) -> None:
        """Raise `Unreceivable` where only so many bytes have come by now."""
        seconds = time.monotonic() - self.began
        if seconds > self.grace_seconds and wire < seconds * self.slowest:
            raise Unreceivable(f"too slow: {wire} bytes in {seconds:.0f} s", broken=True)


async def unpacked(pieces: AsyncIterator[bytes], encoding: str, sizes: Sizes, pace: Pace) -> AsyncIterator[bytes]:
    """The body's bytes without their content encoding, within the caps."""
    encoding = encoding.strip().lower()
    if encoding not in (*PLAIN, *COMPRESSED):
        raise Unreceivable(f"encoded as {encoding!r}, which was not asked for")
    members = None if encoding in PLAIN else Members(may_be_raw=encoding == "deflate")
    async for piece in pieces:
        sizes.add(wire=len(piece))
        pace.hold(sizes.wire)
        for out in members.unpack(piece) if members else (piece,):
            sizes.add(decoded=len(out))
            if out:
                yield out
            if len(out) == PIECE_BYTES:
                await asyncio.sleep(0)  # there may be a thousand times as much to come, and others wait
    if members:
        members.end()


class Members:
    """Undoes gzip or deflate. What is compressed may consist of several members, one after another."""

    def __init__(self, *, may_be_raw: bool) -> None:
        self._may_be_raw = may_be_raw
        self._unpacker = zlib.decompressobj(GZIP_OR_ZLIB)
        self._head = b""
        self._began = False

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        """What the next piece stands for, in pieces that are not large. Raises `Unreceivable` where it is damaged."""
        if not self._began:
            self._head += piece
            if len(self._head) < HEAD_BYTES:
                return
            piece = self._begin()
        out = b""
        while piece or len(out) == PIECE_BYTES:
            if self._unpacker.eof:
                piece = piece.lstrip(b"\0")  # padding
                if not piece:
                    return
                self._unpacker = zlib.decompressobj(GZIP_OR_ZLIB)
            try:
                out = self._unpacker.decompress(piece, PIECE_BYTES)
            except zlib.error as error:
                raise Unreceivable(f"damaged compression ({error})", broken=True) from None
            yield out
            piece = self._unpacker.unused_data if self._unpacker.eof else self._unpacker.unconsumed_tail

    def end(self) -> None:
        """There is no more. Raises `Unreceivable` where more should have come."""
        if self._head and not (self._began and self._unpacker.eof):
            raise Unreceivable("cut off in the middle of its compression", broken=True)

    def _begin(self) -> bytes:
        """Look at the first two bytes; some servers send raw deflate under the name of deflate."""
        self._began = True
        first, second = self._head[:HEAD_BYTES]
        is_zlib = first & 15 == zlib.DEFLATED and (first * 256 + second) % 31 == 0
        if self._may_be_raw and not is_zlib:
            self._unpacker = zlib.decompressobj(RAW)
        return self._head
