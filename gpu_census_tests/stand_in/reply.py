"""One answer as it goes over the wire, whole or broken, piece by piece.

What belongs here: how bytes are framed, paced, cut off and ended. What does not: why (`kinds`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Literal, Protocol

PIECE_BYTES = 2**16
TRICKLE_LIMIT_SECONDS = 30.0
BODILESS = (204, 304)

Framing = Literal["length", "chunked"]
Ending = Literal["kept", "closed", "reset"]


class Line(Protocol):
    """The connection that a reply goes out on."""

    def write(self, piece: bytes) -> None:
        """Send; raises `ConnectionError` where the other side is gone."""

    def pause(self, seconds: float) -> None:
        """Wait; raises `ConnectionError` as soon as the other side is gone."""

    def leave(self) -> None:
        """The request counts as answered from here on."""


@dataclass(frozen=True)
class Reply:
    """What is answered, and how much of it.

    `stream` takes the place of `content` where that would be too large to hold. `share` is the part of the content
    that is sent, `mute` means that not even a head is. `wait` comes before, `silence` after what is sent, and `pace`
    is the time between any two bytes of the body, or of everything where `paced_head`; all in seconds.
    """

    status: int
    headers: dict[str, str]
    content: bytes = b""
    stream: Callable[[], Iterator[bytes]] | None = None
    framing: Framing = "length"
    share: float = 1.0
    mute: bool = False
    wait: float = 0.0
    silence: float = 0.0
    pace: float = 0.0
    paced_head: bool = False
    ending: Ending = "kept"

    def head(self) -> bytes:
        """The status line and the headers."""
        headers = {"date": formatdate(usegmt=True)} | self.headers
        if self.status in BODILESS:
            pass
        elif self.framing == "chunked":
            headers["transfer-encoding"] = "chunked"
        else:
            # a broken body must not be the whole of an empty one
            headers.setdefault("content-length", str(len(self.content) or int(self.share < 1)))
        known = {int(status): status.phrase for status in HTTPStatus}
        lines = [f"HTTP/1.1 {self.status} {known.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def body(self) -> Iterator[bytes]:
        """The pieces of the body, framed."""
        sent = self.content[: int(len(self.content) * self.share)]
        whole = (sent[at : at + PIECE_BYTES] for at in range(0, len(sent), PIECE_BYTES))
        pieces = self.stream() if self.stream else whole
        if self.framing == "length":
            yield from pieces
            return
        for piece in pieces:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
        if self.share == 1:
            yield b"0\r\n\r\n"

    def wire(self, *, bodiless: bool) -> Iterator[bytes]:
        """Everything that is sent; head and first piece are one, as a small answer should be one packet."""
        if self.mute:
            return
        pieces = iter(()) if bodiless or self.status in BODILESS else self.body()
        head = self.head()
        if not self.pace:
            yield head + next(pieces, b"")
            yield from pieces
            return
        yield from _bytes_of(head) if self.paced_head else (head,)
        for piece in pieces:
            yield from _bytes_of(piece)


def _bytes_of(piece: bytes) -> Iterator[bytes]:
    return (piece[at : at + 1] for at in range(len(piece)))


def send(reply: Reply, line: Line, *, bodiless: bool) -> Ending:
    """Send a reply and say how the connection goes on."""
    line.pause(reply.wait)
    until = time.monotonic() + TRICKLE_LIMIT_SECONDS
    held = b""
    for piece in reply.wire(bodiless=bodiless):
        if held:
            line.write(held)
            line.pause(reply.pace)
        held = piece
        if reply.pace and time.monotonic() > until:
            return "closed"
    if not reply.silence:
        # left before the last byte is sent: after it, the next request may be here before this one is over
        line.leave()
    if held:
        line.write(held)
    line.pause(reply.silence)
    return reply.ending
