"""The tables of documentation pages that are given as Markdown.

What belongs here: getting rows of cells out of the text, and the words and the target of a link. What does not: what a
column means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
RULE = re.compile(r":?-+:?")


@dataclass(frozen=True)
class MarkdownCell:
    """One cell: its words without mark-up, and where its first link leads."""

    text: str
    target: str = ""


@dataclass
class MarkdownTable:
    """A table under the heading that stands last above it."""

    heading: str
    columns: list[MarkdownCell]
    rows: list[list[MarkdownCell]] = field(default_factory=list)


def markdown_tables(text: str) -> Iterator[MarkdownTable]:
    """Every table with its rows, in order. A row may have more or fewer cells than the table has columns."""
    heading = ""
    table: MarkdownTable | None = None
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped.startswith("|"):
            if table is not None:
                yield table
            table = None
            heading = stripped.lstrip("#").strip() if stripped.startswith("#") else heading
            continue
        cells = [_cell(piece) for piece in re.split(r"(?<!\\)\|", stripped.strip("|"))]
        if table is None:
            table = MarkdownTable(heading, cells)
        elif not all(RULE.fullmatch(cell.text) for cell in cells):
            table.rows.append(cells)
    if table is not None:
        yield table


def _cell(piece: str) -> MarkdownCell:
    link = LINK.search(piece)
    text = re.sub(r"[*`]|<[^>]+>", "", LINK.sub(r"\1", piece))
    return MarkdownCell(" ".join(text.split()), link[2] if link else "")
