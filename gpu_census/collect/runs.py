"""The runs of a landing zone: a file of lines for each, one when it began, a card per attempt, one when it ended.

A file is called `.part` until its run has ended, and every line is on disk before the next request is sent: what a
killed run has landed is as good as any other answer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from gpu_census.collect.objects import keeping
from gpu_census.errors import CensusError

PART = ".part"


class Begun(msgspec.Struct, frozen=True, kw_only=True, tag="begun", omit_defaults=True):
    """The first line of a run. `replay` is the stand-in that was asked in place of the clouds, if any."""

    provider: str
    source: str
    census_date: date
    began_at: datetime
    agent: str
    replay: str = ""


class Card(msgspec.Struct, frozen=True, kw_only=True, tag="card", omit_defaults=True):
    """One attempt at one request. `turn` counts how often the run has asked the same; `key` is what it asked."""

    key: str
    turn: int
    attempt: int
    method: str
    url: str
    body: str = ""
    headers: dict[str, str] = {}
    asked_at: datetime
    answered_at: datetime
    status: int | None = None
    answer_headers: dict[str, str] = {}
    sha256: str = ""
    size: int = 0
    wire_size: int = 0
    error: str = ""


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    """The last line of a run that was not killed; `faults` is what was not answered, in words."""

    ended_at: datetime
    requests: int
    faults: list[str]


LINE = msgspec.json.Decoder(Begun | Card | Ended)


@dataclass(frozen=True)
class Run:
    """One run of one source, read from its file. `ended` is None where it was killed."""

    path: Path
    begun: Begun
    cards: list[Card]
    ended: Ended | None

    def last_attempts(self) -> dict[tuple[str, int], Card]:
        """The card that counts of each request and turn."""
        return {(card.key, card.turn): card for card in self.cards}


class RunWriter:
    """Writes the file of one run, line by line."""

    def __init__(self, folder: Path, begun: Begun) -> None:
        day = folder / begun.provider / begun.source / begun.census_date.isoformat()
        self.path = day / f"{begun.began_at:%Y%m%dT%H%M%S%f}Z.jsonl"
        self._part = self.path.with_name(self.path.name + PART)
        self.requests = 0
        with keeping(day):
            day.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("wb", buffering=0)
        self._write(begun)

    def add(self, card: Card) -> None:
        """A card, on disk at once."""
        self.requests += 1
        self._write(card)

    def end(self, faults: list[str]) -> None:
        """The run is over: its file is complete and keeps its name for good."""
        self._write(Ended(ended_at=datetime.now(UTC), requests=self.requests, faults=faults))
        with keeping(self.path.parent):
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.rename(self.path)

    def close(self) -> None:
        """Leave it as it is: without an end, as if killed, unless it has ended. May be said more than once."""
        self._file.close()

    def _write(self, line: Begun | Card | Ended) -> None:
        with keeping(self.path.parent):
            left = memoryview(msgspec.json.encode(line) + b"\n")
            while left:
                left = left[self._file.write(left) :]


def read_run(path: Path) -> Run:
    """A run from its file; a last line that was cut off is as if it had not been begun.

    Raises `CensusError` for a file in which no run begins.
    """
    lines = list(read_lines(path))
    if not lines or not isinstance(lines[0], Begun):
        raise CensusError(f"{path}: no run begins in this file; it is damaged, delete it")
    ended = next((line for line in lines if isinstance(line, Ended)), None)
    return Run(path, lines[0], [line for line in lines if isinstance(line, Card)], ended)


def read_lines(path: Path) -> Iterator[Begun | Card | Ended]:
    """The lines of a run's file, up to the first that cannot be read."""
    for line in path.read_bytes().split(b"\n"):
        try:
            yield LINE.decode(line)
        except msgspec.DecodeError:
            return
