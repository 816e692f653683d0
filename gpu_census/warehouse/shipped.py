"""What was worked out of the project's own SQL models when they were written, so that nobody has to wait for it.

`python -m gpu_census.assets.catalog` writes `shipped.json`. Everything in it is found by the digest of what it was
worked out of, so that a changed model is simply worked out anew.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import msgspec

from gpu_census.warehouse.sql_text import Statement

ColumnLineage = dict[str, list[tuple[str, str]]]
SHIPPED = Path(__file__).with_name("shipped.json")


class Shipped(msgspec.Struct):
    """Statements by the digest of their text, column lineage by the digest of all it follows from."""

    statements: dict[str, Statement] = {}
    lineage: dict[str, ColumnLineage] = {}


@cache
def shipped() -> Shipped:
    """What ships with this version; nothing where the file is missing or of another form."""
    try:
        return msgspec.json.decode(SHIPPED.read_bytes(), type=Shipped)
    except (OSError, msgspec.DecodeError):
        return Shipped()


def write_shipped(found: Shipped) -> None:
    """Write the file, one entry a line, so that a change of one model changes one line."""
    parts = []
    for name in ("statements", "lineage"):
        rows = sorted(getattr(found, name).items())
        lines = [f"    {msgspec.json.encode(key).decode()}: {msgspec.json.encode(row).decode()}" for key, row in rows]
        parts.append(f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }")
    SHIPPED.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    shipped.cache_clear()


def digest_of(text: str) -> str:
    """A short digest of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
