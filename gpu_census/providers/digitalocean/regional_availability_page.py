"""Source `regional_availability_page`: the documentation's table of Droplet plans by region.

What belongs here: the rows of that table that speak of a GPU. What does not: other products. Only a description of the
page is known, and how it writes its GPU rows is a guess: hence `shape_only`. The trap: a full and a half circle both
mean that it is there, and anything else that it is not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from gpu_census.providers.contract import Ask, AskError, Offering, Region, source
from gpu_census.providers.markdown import MarkdownTable, markdown_tables

URL = "https://docs.digitalocean.com/platform/regional-availability/index.html.md"
STATUS = {"✓": "offered", "◐": "limited"}


@source(
    title="Documentation: Droplet plans by region",
    evidence="docs",
    hosts=("docs.digitalocean.com",),
    url="https://docs.digitalocean.com/platform/regional-availability/",
    verified="described",
    shape_only=True,
    scope=("gpu",),
)
async def regional_availability_page(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region that the table of Droplet plans has a column for, and its GPU rows."""
    page = await ask.text(URL, must_hold=r"\|\s*Droplet Plans\s*\|")
    tables = [table for table in markdown_tables(page.body) if table.columns[0].text == "Droplet Plans"]
    if len(tables) != 1:
        raise AskError(ask.provider, f"{len(tables)} tables of Droplet plans instead of one; read the page", url=URL)
    rows = _gpu_rows(ask, tables[0])
    for place, cell in enumerate(tables[0].columns[1:], start=1):
        code = cell.text.lower()
        yield Region(code)
        for row in rows:
            status = STATUS.get(row[place])
            if status is not None:
                yield Offering(
                    region_code=code,
                    instance_type=row[0],
                    accelerator_label=row[0],
                    status=status,
                    payload_sha256=page.sha256,
                )


def _gpu_rows(ask: Ask, table: MarkdownTable) -> list[list[str]]:
    rows = [[cell.text for cell in row] for row in table.rows if "gpu" in row[0].text.casefold()]
    if not rows or any(len(row) != len(table.columns) for row in rows):
        raise AskError(ask.provider, "no whole row of the table speaks of a GPU; read the page and adapt", url=URL)
    return rows
