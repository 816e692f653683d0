"""How deeply JSON is nested, seen piece by piece while it arrives: who reads it whole must not be exhausted by it.

Exact for any cut into pieces. Only quotes and brackets are looked at, many bytes at once, for this is done to every
byte that comes.
"""

from __future__ import annotations

from itertools import accumulate

from gpu_census.collect.body import Unreceivable

OPENING, CLOSING = b"[{", b"]}"
NOT_MARKS = bytes(set(range(256)) - set(OPENING + CLOSING + b'"'))
STEPS = [(byte in OPENING) - (byte in CLOSING) for byte in range(256)]
MARKS_BEFORE = b"\xef\xbb\xbf \t\r\n"


class JsonDepth:
    """Counts the brackets outside strings; what does not begin as an array or an object is not looked at."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._depth = 0
        self._is_json: bool | None = None
        self._within_string = False
        self._held = b""

    def see(self, piece: bytes) -> None:
        """Look at the next piece; raises `Unreceivable` where it is nested too deeply."""
        if self._is_json is None:
            begin = piece.lstrip(MARKS_BEFORE)[:1]
            self._is_json = begin in OPENING if begin else None
        if not self._is_json:
            return
        brackets = self._outside_strings(self._unescaped(self._held + piece))
        opened = brackets.count(b"[") + brackets.count(b"{")
        if self._depth + opened <= self._cap:
            self._depth += 2 * opened - len(brackets)
            return
        depths = list(accumulate(map(STEPS.__getitem__, brackets), initial=self._depth))
        if max(depths) > self._cap:
            raise Unreceivable(f"JSON nested more than {self._cap} deep")
        self._depth = depths[-1]

    def _unescaped(self, piece: bytes) -> bytes:
        """Without escaped quotes and backslashes; a backslash whose other half is still to come is held back."""
        backslashes = len(piece) - len(piece.rstrip(b"\\"))
        self._held = piece[-1:] if backslashes % 2 else b""
        if b"\\" not in piece:
            return piece
        return piece[: len(piece) - len(self._held)].replace(b"\\\\", b"").replace(b'\\"', b"")

    def _outside_strings(self, piece: bytes) -> bytes:
        # two quotes side by side change nothing for what comes before and after them
        marks = piece.translate(None, NOT_MARKS).replace(b'""', b"")
        parts = marks.split(b'"')
        outside = b"".join(parts[self._within_string :: 2])
        self._within_string ^= len(parts) % 2 == 0
        return outside
