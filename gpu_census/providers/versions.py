"""Which version of a provider's reading made a listing: a digest of everything the reading is made of."""

from __future__ import annotations

import hashlib
import inspect
from functools import cache
from pathlib import Path

from gpu_census.providers import contract, live_sources
from gpu_census.providers.contract import Source
from gpu_census.reference.instance_types import REFERENCE

DIGITS = 12


def parser_version(source: Source) -> str:
    """A digest of the provider's file or folder, of what providers share, and of the tables of instance types."""
    return _digest(Path(inspect.getfile(source.list_types)), source.provider)


@cache
def _digest(path: Path, provider: str) -> str:
    folder = Path(contract.__file__).parent
    own = sorted(path.parent.glob("*.py")) if path.parent != folder else [path]
    tables = [REFERENCE / kind / f"{provider}.csv" for kind in ("instance_accelerator", "instance_family")]
    digest = hashlib.sha256()
    for file in (*own, *_shared(folder), *tables):
        digest.update(file.read_bytes() if file.exists() else b"")
    return digest.hexdigest()[:DIGITS]


@cache
def _shared(folder: Path) -> tuple[Path, ...]:
    """The files in which no source is defined: the contract, and what several providers read with."""
    of_sources = {inspect.getfile(source.list_types) for source in live_sources()}
    return tuple(path for path in sorted(folder.glob("*.py")) if str(path) not in of_sources)
