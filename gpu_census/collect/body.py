"""Receive a body piece by piece: undo its compression, and stop as soon as it is too large or too deep.

A small compressed body can stand for gigabytes, and deeply nested JSON can exhaust whoever reads it; both are found
while they arrive, before anything holds them whole.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

PIECE_BYTES = 2**20
PLAIN = ("", "identity")
COMPRESSED = ("gzip", "x-gzip", "deflate")
NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


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


async def unpacked(pieces: AsyncIterator[bytes], encoding: str, sizes: Sizes) -> AsyncIterator[bytes]:
    """The body's bytes without their content encoding, within the caps."""
    encoding = encoding.strip().lower()
    if encoding in PLAIN:
        async for piece in pieces:
            sizes.add(wire=len(piece), decoded=len(piece))
            yield piece
        return
    if encoding not in COMPRESSED:
        raise Unreceivable(f"encoded as {encoding!r}, which was not asked for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    began = False
    async for piece in pieces:
        sizes.add(wire=len(piece))
        while piece:
            try:
                out = unpacker.decompress(piece, PIECE_BYTES)
            except zlib.error as error:
                if began or encoding != "deflate":
                    raise Unreceivable(f"damaged compression ({error})", broken=True) from None
                unpacker = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers send raw deflate under that name
                began = True
                continue
            began = True
            sizes.add(decoded=len(out))
            if out:
                yield out
            piece = unpacker.unconsumed_tail
            if unpacker.eof:
                break
    if began and not unpacker.eof:
        raise Unreceivable("cut off in the middle of its compression", broken=True)


class Depth:
    """How deeply the JSON seen so far is nested. Brackets alone are looked at, those in strings only when in doubt."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._open = b""

    def see(self, piece: bytes) -> None:
        """Look at the next piece; raises `Unreceivable` where it is certainly nested too deeply."""
        left = self._left(self._open + piece.translate(None, NOT_BRACKETS))
        if left is None or len(left) > self._cap:
            left = self._left(self._open + STRINGS.sub(b"", piece).translate(None, NOT_BRACKETS))
            if left is None or left.count(b"[") + left.count(b"{") > self._cap:
                raise Unreceivable(f"JSON nested more than {self._cap} deep")
        self._open = left if len(left) <= self._cap else b""

    def _left(self, brackets: bytes) -> bytes | None:
        """The brackets without those that close each other; None where more than the cap lie in one another."""
        for _ in range(self._cap + 1):
            fewer = brackets.replace(b"[]", b"").replace(b"{}", b"")
            if len(fewer) == len(brackets):
                return fewer
            brackets = fewer
        return None
