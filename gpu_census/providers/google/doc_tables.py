"""The tables of Google's documentation pages, as texts.

What belongs here: getting rows of cells out of a page, finding columns by the words of their heading. What does not:
what a column means. The traps: items of a cell are set apart by line breaks, bullets or list tags, decorated with
non-breaking and hair spaces and footnote marks; a note may be a row of one wide cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from gpu_census.collect.ask import Answer, Ask
from gpu_census.errors import AskError

WIDEST = 100
CLOSED = ("html", "table")
HOSTS = ("docs.cloud.google.com", "cloud.google.com")
BREAK = "\u2022"  # a bullet: what the pages themselves put before an item
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_NO_WORD = re.compile(r"^\W+|[\s*\u2020\u2021]+$")


@dataclass(frozen=True)
class Cell:
    """One cell; `marked` is its text with a bullet wherever an item may begin."""

    marked: str

    @property
    def text(self) -> str:
        """The text on one line."""
        return " ".join(self.marked.replace(BREAK, " ").split())

    @property
    def items(self) -> list[str]:
        """The items listed in it, without decoration; what holds no letter or digit is no item."""
        pieces = (_NO_WORD.sub("", " ".join(piece.split())) for piece in re.split(f"[{BREAK},;]", self.marked))
        return [piece for piece in pieces if re.search(r"\w", piece)]


Row = list[Cell]


async def documentation_page(ask: Ask, url: str) -> Answer[LexborHTMLParser]:
    """A whole page, in English: the words of the headings are what its tables are known by."""
    page = await ask.text(url, must_hold="</table", headers={"accept-language": "en"})
    # the parser mends a page that breaks off, and its last rows would be missed by nobody
    if any(len(re.findall(f"<{tag}\\b", page.body, re.I)) > page.body.lower().count(f"</{tag}") for tag in CLOSED):
        raise AskError(ask.provider, "the page breaks off before its end; ask again later", url=page.url)
    return Answer(LexborHTMLParser(page.body), page.sha256, page.url)


def tables_in(page: LexborHTMLParser) -> Iterator[list[Row]]:
    """The tables of a page; a cell that spans several rows or columns stands in each of them."""
    for table in page.css("table"):
        yield list(_spread(table.css("tr")))


def _spread(rows: list[LexborNode]) -> Iterator[Row]:
    """Rows of cells. A row that is one wide cell is a note, and stays one cell."""
    hanging: dict[int, tuple[Cell, int]] = {}
    for row in rows:
        nodes = row.css("th, td")
        cells: Row = []
        for node in nodes:
            _hang(cells, hanging)
            wide = 1 if len(nodes) == 1 and not cells else _span(node, "colspan")
            for _ in range(wide):
                if (tall := _span(node, "rowspan")) > 1:
                    hanging[len(cells)] = (_cell(node), tall)
                cells.append(_cell(node))
        _hang(cells, hanging)
        hanging = {place: (cell, left - 1) for place, (cell, left) in hanging.items() if left > 1}
        yield cells


def _hang(cells: Row, hanging: dict[int, tuple[Cell, int]]) -> None:
    """Put in the cells that hang down from rows above."""
    while len(cells) in hanging:
        cells.append(hanging[len(cells)][0])


def _span(node: LexborNode, name: str) -> int:
    told = node.attributes.get(name) or "1"
    return min(max(int(told), 1), WIDEST) if told.isdigit() else 1


def column(heading: Row, word: str, *, but: str = "") -> int | None:
    """Where the heading has a word (and not another one), whatever its case; None where it has not."""
    for place, cell in enumerate(heading):
        words = cell.text.casefold()
        if word in words and not (but and but in words):
            return place
    return None


def full_rows(ask: Ask, rows: list[Row], *, width: int, url: str) -> Iterator[Row]:
    """The rows with as many cells as the heading. Notes of one cell are left out; any other row is an `AskError`."""
    for row in rows:
        if len(row) == width:
            yield row
        elif len(row) > 1:
            told = " | ".join(cell.text for cell in row)
            wrong = f"a row has {len(row)} cells where the heading has {width}: {told!r}; read the page and adapt"
            raise AskError(ask.provider, wrong, url=url)


def _cell(node: LexborNode) -> Cell:
    for mark in node.css("sup"):
        mark.decompose()
    for item in node.css("br, li, p, div"):
        item.insert_before(BREAK)
    return Cell(_INVISIBLE.sub("", node.text()))
