"""What the text of a SQL model says: what it selects, and where it names which relation.

sqlglot works it out (`sql_parsing`) and takes a while; for the project's own models the answer ships with it
(`shipped`), and nothing is parsed.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec


class SqlFault(Exception):
    """What is wrong with a SELECT, and in which line of the text."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class TableReference(msgspec.Struct, frozen=True):
    """Where the SQL names a relation: the name, and the span of text from `start` to `end`."""

    name: str
    start: int
    end: int
    aliased: bool
    line: int


class Statement(msgspec.Struct, frozen=True):
    """What a SELECT selects and reads, in the order of the text."""

    selected: tuple[str, ...]
    references: tuple[TableReference, ...]


@lru_cache(maxsize=256)
def read_sql(text: str) -> Statement:
    """Read a SELECT, with or without a header of comments. Raises `SqlFault`. The same text is read once a process."""
    from gpu_census.warehouse.shipped import digest_of, shipped

    found = shipped().statements.get(digest_of(text))
    if found is not None:
        return found
    from gpu_census.warehouse.sql_parsing import parse_sql

    return parse_sql(text)


def without_header(text: str) -> str:
    """The lines from the first that is no comment on, without a closing semicolon."""
    lines = text.splitlines()
    return "\n".join(lines[first_line(text) - 1 :]).rstrip().rstrip(";")


def first_line(text: str) -> int:
    """The number of the first line below the header."""
    lines = text.splitlines()
    return next((number for number, line in enumerate(lines, 1) if not line.startswith("--")), len(lines) + 1)
