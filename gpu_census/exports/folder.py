"""Put files into a folder that people read: each is whole at any moment, and one that would not change is not touched.

What belongs here: staging, comparing, renaming, removing what is no longer written. What does not: what is in a file.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gpu_census.leftovers import remove_leftovers

PACKAGE = "datapackage.json"


@dataclass(frozen=True)
class Swapped:
    """Names of the files that were written, left as they were, and removed."""

    written: list[str]
    unchanged: list[str]
    removed: list[str]


@contextmanager
def staging(target: Path, name: str = "export") -> Iterator[Path]:
    """An empty folder within `target`, on the same disk, gone when the body ends; what the dead left is removed."""
    target.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target)
    stage = target / f".{name}.{os.getpid()}.tmp"
    stage.mkdir()
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def swap_in(stage: Path, target: Path) -> Swapped:
    """Rename the staged files into `target`, the data package last, since it states the digests of the others.

    Files that the data package now in place names and that are not staged any more are removed; no other file is.
    """
    names = sorted((path.name for path in stage.iterdir()), key=lambda name: (name == PACKAGE, name))
    removed = [name for name in _written_before(target) if name not in names and (target / name).is_file()]
    written = [name for name in names if not same_file(stage / name, target / name)]
    for name in written:
        os.replace(stage / name, target / name)
    for name in removed:
        (target / name).unlink()
    return Swapped(written, [name for name in names if name not in written], removed)


def same_file(one: Path, other: Path) -> bool:
    """Whether both are there and hold the same bytes."""
    return other.is_file() and filecmp.cmp(one, other, shallow=False)


def _written_before(target: Path) -> Sequence[str]:
    """The files of the data package in place; a name that leads elsewhere is none of ours."""
    try:
        resources = json.loads((target / PACKAGE).read_text(encoding="utf-8"))["resources"]
        paths = [str(resource["path"]) for resource in resources]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [path for path in paths if Path(path).name == path]
