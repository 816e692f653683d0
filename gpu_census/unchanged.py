"""Whether a refresh that asks nobody would only say again what is published: then nothing has to be run.

What a refresh was made from is noted beside the build when it has published. Imports nothing heavy: where nothing has
changed, Dagster, DuckDB and polars are not even loaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from gpu_census.home import BUNDLED_ARCHIVE, PACKAGE, Home, sql_folder

MADE_WITH = ("gpu-census", "dagster", "duckdb", "polars", "pandera", "vl-convert-python")
COMPILED = ("__pycache__",)


class Note(msgspec.Struct, frozen=True):
    """What a refresh was made from, what it warned of, and the published files as it left them."""

    inputs: str
    published: dict[str, tuple[int, int]]
    warnings: list[str]


def inputs_of(home: Home, *, census_date: date, archives: Sequence[Path], bundled: bool, drawn: bool) -> str:
    """A digest of all that a refresh which asks nobody is made from: code, archives, landed runs, date."""
    digest = hashlib.sha256(f"{census_date} {bundled} {drawn} {_versions()}".encode())
    for folder in (PACKAGE, sql_folder(), *archives):
        for path in _files(folder):
            if bundled or BUNDLED_ARCHIVE not in path.parents or path.suffix == ".py":
                digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\0".encode() + path.read_bytes())
    runs = home.landing / "runs"
    for path in _files(runs) if runs.exists() else ():
        digest.update(f"{path.relative_to(runs)} {path.stat().st_size}\0".encode())
    return digest.hexdigest()


def warnings_if_unchanged(home: Home, inputs: str) -> list[str] | None:
    """The warnings of the refresh that has published just this; None where a refresh has something to do."""
    try:
        note = msgspec.json.decode(_note(home).read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError):
        return None
    return note.warnings if note.inputs == inputs and note.published == _published(home) else None


def note_published(home: Home, inputs: str, warnings: list[str]) -> None:
    """Remember what was published, and from what."""
    note = Note(inputs, _published(home), warnings)
    fresh = _note(home).with_suffix(".tmp")
    fresh.write_bytes(msgspec.json.encode(note))
    fresh.replace(_note(home))


def _note(home: Home) -> Path:
    return home.build_database.with_name("refreshed.json")


def _published(home: Home) -> dict[str, tuple[int, int]]:
    """Size and time of every file that a refresh leaves for readers, nights included."""
    public = home.public_database.parent
    return {
        str(path.relative_to(public)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in _files(public)
        if not path.name.endswith(".wal")
    }


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
