"""Faults of the connection: it is reset, cut off, silent or slow."""

from __future__ import annotations

from dataclasses import replace

from gpu_census_tests.stand_in.reply import Reply
from gpu_census_tests.stand_in.seen import Seen

HANG_LIMIT_SECONDS = 30.0


def _reset(reply: Reply, seen: Seen, value: str) -> Reply:
    """The connection is reset before an answer."""
    return replace(reply, mute=True, ending="reset")


def _close(reply: Reply, seen: Seen, value: str) -> Reply:
    """The connection is closed in good order, without an answer."""
    return replace(reply, mute=True, ending="closed")


def _reset_midway(reply: Reply, seen: Seen, value: str) -> Reply:
    """Half of the body, then a reset."""
    return replace(reply, share=0.5, ending="reset")


def _short_body(reply: Reply, seen: Seen, value: str) -> Reply:
    """Half of the bytes that Content-Length says, then the connection is closed in good order."""
    return replace(reply, share=0.5, ending="closed")


def _unended_chunks(reply: Reply, seen: Seen, value: str) -> Reply:
    """Chunks of half of the body, then the connection is closed without a last chunk."""
    return replace(reply, framing="chunked", share=0.5, ending="closed")


def _chunked(reply: Reply, seen: Seen, value: str) -> Reply:
    """The whole body in chunks, as it should be."""
    return replace(reply, framing="chunked")


def _hang(reply: Reply, seen: Seen, value: str) -> Reply:
    """The request is read and nothing is said, for `value` seconds at most."""
    return replace(reply, mute=True, silence=float(value or HANG_LIMIT_SECONDS), ending="closed")


def _stall(reply: Reply, seen: Seen, value: str) -> Reply:
    """Half of the body, then nothing for `value` seconds at most."""
    return replace(reply, share=0.5, silence=float(value or HANG_LIMIT_SECONDS), ending="closed")


def _slow(reply: Reply, seen: Seen, value: str) -> Reply:
    """The answer comes `value` seconds late."""
    return replace(reply, wait=reply.wait + float(value or 1))


def _trickle(reply: Reply, seen: Seen, value: str) -> Reply:
    """The body comes byte by byte, `value` seconds apart, and is cut off after half a minute."""
    return replace(reply, pace=float(value or 0.05))


def _trickle_head(reply: Reply, seen: Seen, value: str) -> Reply:
    """As `trickle`, from the first byte of the status line on."""
    return replace(reply, pace=float(value or 0.05), paced_head=True)


KINDS = {
    "reset": _reset,
    "close": _close,
    "reset-midway": _reset_midway,
    "short-body": _short_body,
    "unended-chunks": _unended_chunks,
    "chunked": _chunked,
    "hang": _hang,
    "stall": _stall,
    "slow": _slow,
    "trickle": _trickle,
    "trickle-head": _trickle_head,
}
