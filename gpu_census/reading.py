"""Read the published database: read-only, one connection per question, so that a swap is seen at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from gpu_census.errors import CensusError
from gpu_census.home import Home


@dataclass(frozen=True)
class Rows:
    """Column names and rows of an answer."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def published_file(home: Home) -> Path:
    """The published database. Raises `CensusError` where there is none."""
    path = home.public_database
    if not path.exists():
        raise CensusError(f"{path}: there is no published census yet; run `gpu-census refresh`")
    return path


def read_public(home: Home, query: str, values: Sequence[Any] = ()) -> Rows:
    """Run a query on the published database, with values for its question marks.

    Raises `CensusError` where there is no database, or the query is wrong.
    """
    path = published_file(home)
    try:
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            cursor = connection.execute(query, list(values) or None)
            if cursor is None:
                raise CensusError("the query is empty; try `FROM compute_tier LIMIT 5`")
            columns = [column[0] for column in cursor.description or []]
            return Rows(columns, cursor.fetchall() if columns else [])
    except duckdb.Error as error:
        hint = "\n`gpu-census sql --list` names the tables" if isinstance(error, duckdb.CatalogException) else ""
        hint = (
            "\n`gpu-census sql --list TABLE` names its columns" if isinstance(error, duckdb.BinderException) else hint
        )
        raise CensusError(f"the query fails: {error}{hint}") from None
