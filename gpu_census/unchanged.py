"""Whether a refresh would only say again what is published: then nothing has to be counted.

What a refresh was made from is noted beside the build when it has published. Imports nothing heavy: where nobody is
asked and nothing has changed, Dagster, DuckDB and polars are not even loaded. Where clouds are asked once more on a
date, what matters is what they answered, and not when.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from gpu_census.errors import CensusError
from gpu_census.home import BUNDLED_ARCHIVE, PACKAGE, Home, sql_folder

MADE_WITH = ("gpu-census", "dagster", "duckdb", "polars", "pandera", "vl-convert-python")
COMPILED = ("__pycache__",)
NOT_MODIFIED = 304


class Note(msgspec.Struct, frozen=True):
    """What a refresh was made from, what it warned of, and the build and the published files as it left them."""

    inputs: str
    landed: str
    files: dict[str, tuple[int, int]]
    warnings: list[str]


def inputs_of(*, census_date: date, archives: Sequence[Path], bundled: bool, drawn: bool, asked: str) -> str:
    """A digest of all that a refresh is made from beside what has landed: code, archives, date, who is asked."""
    digest = hashlib.sha256(f"{census_date} {bundled} {drawn} {asked} {_versions()}".encode())
    for folder in (PACKAGE, sql_folder(), *archives):
        for path in _files(folder):
            if bundled or BUNDLED_ARCHIVE not in path.parents or path.suffix == ".py":
                digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def landed_by(home: Home, census_date: date) -> str:
    """A digest of every run that has landed; those of the date by what they were answered, and how often is the same.

    A run that was answered as the one before it on its date adds nothing to what that said.
    """
    digest = hashlib.sha256()
    runs = home.landing / "runs"
    told: dict[str, str] = {}
    for path in _files(runs) if runs.exists() else ():
        where = str(path.relative_to(runs).parent)
        if path.parent.name != census_date.isoformat():
            digest.update(f"{where}/{path.name} {path.stat().st_size}\0".encode())
        elif told.get(where) != (answers := _answers(path)):
            told[where] = answers
            digest.update(f"{where} {answers}\0".encode())
    return digest.hexdigest()


def _answers(path: Path) -> str:
    """A digest of what a run was answered: which question by which bytes or with which fault."""
    from gpu_census.collect.runs import read_run

    try:
        run = read_run(path)
    except CensusError:
        return f"{path.name} is damaged"
    cards = [
        (key, turn, 200 if card.status == NOT_MODIFIED else card.status, card.sha256, card.error)
        for (key, turn), card in sorted(run.last_attempts().items())
    ]
    told = [bool(run.begun.replay), cards, run.ended and sorted(run.ended.faults)]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def noted(home: Home, inputs: str) -> Note | None:
    """The note of the refresh that has published what is there from these inputs; None where there was none."""
    try:
        note = msgspec.json.decode(_note(home).read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError):
        return None
    return note if note.inputs == inputs and note.files == _kept(home) else None


def note_published(home: Home, inputs: str, landed: str, warnings: list[str]) -> None:
    """Remember what was published, and from what."""
    note = Note(inputs, landed, _kept(home), warnings)
    fresh = _note(home).with_suffix(".tmp")
    fresh.write_bytes(msgspec.json.encode(note))
    fresh.replace(_note(home))


def _note(home: Home) -> Path:
    return home.build_database.with_name("refreshed.json")


def _kept(home: Home) -> dict[str, tuple[int, int]]:
    """Size and time of the build, and of every file that a refresh leaves for readers, nights included."""
    files = [path for path in _files(home.public_database.parent) if not path.name.endswith(".wal")]
    files += [home.build_database] if home.build_database.exists() else []
    return {str(path.relative_to(home.root)): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not {*COMPILED} & {*path.parts})


def _versions() -> str:
    found = []
    for name in MADE_WITH:
        try:
            found.append(version(name))
        except PackageNotFoundError:
            found.append("")
    return " ".join(found)
