"""CoreWeave: which GPU instances are deployed in which availability zone, by its documentation.

What belongs here: the page that lists all zones, and the matrix of instances by zone. What does not: stock, which
CoreWeave does not publish. The traps: the matrix covers General Access zones only, so a region of Dedicated Access
zones exists without anything being known of its instances; zones are a region's code and a letter; an empty cell means
no, and so an empty matrix must be the wrong page.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from gpu_census.collect.ask import Answer
from gpu_census.providers.contract import Ask, AskError, Offering, Region, source
from gpu_census.providers.markdown import MarkdownTable, markdown_tables

DOCS = "https://docs.coreweave.com/platform"
ZONES_PAGE = f"{DOCS}/regions/all-availability-zones.md"
MATRIX_PAGE = f"{DOCS}/instances/availability-matrix.md"
GENERAL = "General Access"
YES, NO = ("yes",), ("", "no", "-")
# the countries that the page writes out; what another is called is looked up by the region's code
COUNTRY = {
    "Canada": "CA",
    "Denmark": "DK",
    "Norway": "NO",
    "Spain": "ES",
    "Sweden": "SE",
    "UK": "GB",
    "USA": "US",
}


@source(
    title="Documentation: instance availability matrix and list of availability zones",
    evidence="docs",
    hosts=("docs.coreweave.com",),
    url=MATRIX_PAGE,
    verified="documented",
    scope=("gpu",),
    regions_complete=True,
    notes="What is deployed, subject to capacity. Of Dedicated Access zones no instances are listed: their regions are "
    "not observed. Head and form of both pages were read in public copies, the matrix's own rows were not.",
)
async def availability_matrix(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region with its place, and the GPU instances of its General Access zones."""
    zones = await _zones(ask)
    page = await ask.text(MATRIX_PAGE, must_hold=r"##\s*GPU instances")
    deployed = _deployed(ask, page)
    for zone in deployed:
        zones.setdefault(zone, ("", GENERAL))
    for code in dict.fromkeys(_region(zone) for zone in zones):
        own = {zone: access for zone, (_, access) in zones.items() if _region(zone) == code}
        general = [zone for zone, access in own.items() if access == GENERAL]
        place = next((place for zone, (place, _) in zones.items() if zone in own and place), "")
        answered = bool(general) and all(zone in deployed for zone in general)
        if general and not answered:
            missing = ", ".join(zone for zone in general if zone not in deployed)
            ask.fault(f"{code}: the matrix has no column for {missing}: not complete")
        country = COUNTRY.get(place.rpartition(",")[2].strip())
        yield Region(code, name=place or None, country_iso2=country, answered=answered)
        for zone in general if answered else ():
            for instance_type, label, count in deployed[zone]:
                yield Offering(
                    region_code=code,
                    zone=zone,
                    instance_type=instance_type,
                    accelerator_label=label,
                    accelerator_count=count,
                    payload_sha256=page.sha256,
                )


def _region(zone: str) -> str:
    return re.sub(r"(?<=\d)[A-Z]$", "", zone)


async def _zones(ask: Ask) -> dict[str, tuple[str, str]]:
    """The place and the access of every zone."""
    page = await ask.text(ZONES_PAGE, must_hold="Availability Zone")
    zones = {}
    for table in markdown_tables(page.body):
        columns = [cell.text for cell in table.columns]
        if columns[:3] != ["Availability Zone", "Location", "Access Type"]:
            continue
        for zone, place, access, *_ in _full_rows(ask, table, page.url):
            zones[zone] = (place, access)
    if GENERAL not in {access for _, access in zones.values()}:
        raise AskError(ask.provider, f"no {GENERAL} zone in any table; read the page and adapt", url=page.url)
    return zones


def _full_rows(ask: Ask, table: MarkdownTable, url: str) -> list[list[str]]:
    wrong = [row for row in table.rows if len(row) != len(table.columns)]
    if wrong:
        told = f"a row has {len(wrong[0])} cells where the table has {len(table.columns)} columns; read the page"
        raise AskError(ask.provider, told, url=url)
    return [[cell.text for cell in row] for row in table.rows]


def _deployed(ask: Ask, page: Answer[str]) -> dict[str, list[tuple[str, str, float | None]]]:
    """(instance type, label, count) of what is in each zone of the matrix."""
    tables = [table for table in markdown_tables(page.body) if table.heading == "GPU instances"]
    if len(tables) != 1:
        raise AskError(ask.provider, f"{len(tables)} tables of GPU instances, not one; read the page", url=page.url)
    (table,) = tables
    found: dict[str, list[tuple[str, str, float | None]]] = {cell.text: [] for cell in table.columns[1:]}
    words = _full_rows(ask, table, page.url)
    for row, (label, *cells) in zip(table.rows, words, strict=True):
        instance_type = row[0].target.rstrip("/").rpartition("/")[2] or label
        count = re.search(r"(\d+)x", instance_type)
        for zone, cell in zip(found, cells, strict=True):
            if cell.casefold() not in (*YES, *NO):
                raise AskError(ask.provider, f"{label} in {zone} is {cell!r}, not Yes; read the page", url=page.url)
            if cell.casefold() in YES:
                found[zone].append((instance_type, label, float(count[1]) if count else None))
    if not any(found.values()):
        raise AskError(ask.provider, "nothing is deployed anywhere, which cannot be; read the page", url=page.url)
    return found
