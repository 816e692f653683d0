"""What everything that is kept between nights was made with: the code that reads and follows, and the reference tables.

What was made with anything else is made again, so that a better reading of a label or a region reaches all dates.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import polars as pl

from gpu_census.reference import tables

PACKAGE = Path(__file__).parents[1]
KINDS = (".py", ".csv")


@cache
def fingerprint() -> str:
    """A digest of all that decides how listings are read and followed, but the listings themselves."""
    try:
        made = version("gpu_census")
    except PackageNotFoundError:
        made = ""
    digest = hashlib.sha256(f"{made} {pl.__version__}".encode())
    files = [
        path for folder in (PACKAGE / "census", tables.FOLDER) for path in folder.rglob("*") if path.suffix in KINDS
    ]
    files += (PACKAGE / "archive").glob("*.py")
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
