"""The landing zone: every answer as it was received, and a card for every request.

    landing/objects/<aa>/<sha256>.zst                              a body, without its content encoding; never changed
    landing/runs/<provider>/<source>/<census_date>/<began>.jsonl   one run: a line when it began, a card per request,
                                                                   a line when it ended

Identical bodies are kept once. A body is written beside its place and renamed; a run's file is called `.part` until
the run has ended, and what a killed run has landed is as good as any other answer. Only this and the archives are
sources of truth: everything else can be made again from them.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import zstandard

from gpu_census.leftovers import remove_leftovers

LEVEL = 1
PART = ".part"


class Begun(msgspec.Struct, frozen=True, kw_only=True, tag="begun"):
    """The first line of a run."""

    provider: str
    source: str
    census_date: date
    began_at: datetime
    agent: str


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


@dataclass(frozen=True)
class Landing:
    """A landing zone below `root`."""

    root: Path

    def path(self, sha256: str) -> Path:
        """Where the body with this digest is kept."""
        return self.root / "objects" / sha256[:2] / f"{sha256}.zst"

    def put(self, content: bytes) -> str:
        """Keep a body; returns its digest."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.path(sha256).exists():
            with self.writer() as writer:
                writer.write(content)
        return sha256

    def writer(self) -> ObjectWriter:
        """A body to be written piece by piece."""
        return ObjectWriter(self)

    def read(self, sha256: str) -> bytes:
        """A body. Raises `OSError` where it is not kept, `ValueError` where it is damaged."""
        with self.path(sha256).open("rb") as file:
            content = zstandard.ZstdDecompressor().stream_reader(file).read()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError(f"{self.path(sha256)}: damaged, its content has another digest; delete it")
        return content

    def begin(self, provider: str, source: str, census_date: date, agent: str) -> RunWriter:
        """Start the file of a run."""
        begun = Begun(
            provider=provider, source=source, census_date=census_date, began_at=datetime.now(UTC), agent=agent
        )
        return RunWriter(self.root / "runs", begun)

    def providers(self) -> list[str]:
        """The providers that have been asked."""
        return sorted(path.name for path in (self.root / "runs").glob("*") if path.is_dir())

    def runs(self, provider: str, source: str = "*", census_date: str = "*") -> list[Path]:
        """The files of runs, oldest first within each source and date."""
        return sorted((self.root / "runs" / provider).glob(f"{source}/{census_date}/*.jsonl"))

    def newest(self, provider: str, source: str, count: int) -> list[Run]:
        """The newest runs of a source, newest first."""
        return [read_run(path) for path in reversed(self.runs(provider, source)[-count:])]

    def adopt(self) -> None:
        """Make what killed runs have landed readable, and remove their half-written bodies. Nobody may be asking."""
        remove_leftovers(self.root / "objects")
        for path in (self.root / "runs").glob(f"*/*/*/*{PART}"):
            if any(isinstance(line, Begun) for line in _lines(path)):
                path.rename(path.with_suffix(""))
            else:
                path.unlink()

    def prune(self, days: int, today: date) -> int:
        """Delete runs that are older than `days`, and bodies that no run needs; returns the number of runs."""
        first = (today - timedelta(days=days)).isoformat()
        old = [path for path in self._files() if path.parent.name < first]
        for path in old:
            path.unlink()
        if old:
            needed = {card.sha256 for path in self._files() for card in read_run(path).cards}
            for path in (self.root / "objects").glob("*/*.zst"):
                if path.stem not in needed:
                    path.unlink()
        return len(old)

    def _files(self) -> list[Path]:
        return [path for provider in self.providers() for path in self.runs(provider)]


class ObjectWriter:
    """Writes one body: compresses and digests as it comes, and puts it in place when it is whole."""

    _numbers = itertools.count()

    def __init__(self, landing: Landing) -> None:
        self._landing = landing
        self._digest = hashlib.sha256()
        folder = landing.root / "objects"
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f".{next(self._numbers)}.{os.getpid()}.tmp"
        self._file = self._path.open("wb")
        self._packer = zstandard.ZstdCompressor(level=LEVEL).stream_writer(self._file, closefd=False)
        self.sha256 = ""

    def write(self, piece: bytes) -> None:
        """The next piece."""
        self._digest.update(piece)
        self._packer.write(piece)

    def __enter__(self) -> ObjectWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._packer.close()
                self._file.flush()
                self.sha256 = self._digest.hexdigest()
                target = self._landing.path(self.sha256)
                target.parent.mkdir(exist_ok=True)
                self._path.rename(target)
        finally:
            self._file.close()
            self._path.unlink(missing_ok=True)


class RunWriter:
    """Writes the file of one run, line by line."""

    def __init__(self, folder: Path, begun: Begun) -> None:
        day = folder / begun.provider / begun.source / begun.census_date.isoformat()
        day.mkdir(parents=True, exist_ok=True)
        self.path = day / f"{begun.began_at:%Y%m%dT%H%M%S%f}Z.jsonl"
        self._part = self.path.with_name(self.path.name + PART)
        self._file = self._part.open("wb")
        self.requests = 0
        self._write(begun)

    def add(self, card: Card) -> None:
        """A card, on disk at once."""
        self.requests += 1
        self._write(card)

    def end(self, faults: list[str]) -> None:
        """The run is over: its file is complete and keeps its name for good."""
        self._write(Ended(ended_at=datetime.now(UTC), requests=self.requests, faults=faults))
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.rename(self.path)

    def abandon(self) -> None:
        """Close without an end, as if killed."""
        self._file.close()

    def _write(self, line: Begun | Card | Ended) -> None:
        self._file.write(msgspec.json.encode(line) + b"\n")
        self._file.flush()


def read_run(path: Path) -> Run:
    """A run from its file; a last line that was cut off is as if it had not been begun."""
    return Run(path, *_parts(list(_lines(path))))


def _lines(path: Path) -> Iterator[Begun | Card | Ended]:
    for line in path.read_bytes().splitlines():
        try:
            yield LINE.decode(line)
        except msgspec.DecodeError:
            return


def _parts(lines: list[Begun | Card | Ended]) -> tuple[Begun, list[Card], Ended | None]:
    begun = next(line for line in lines if isinstance(line, Begun))
    ended = next((line for line in lines if isinstance(line, Ended)), None)
    return begun, [line for line in lines if isinstance(line, Card)], ended
