"""Source `tpu_zones_page`: the documentation's tables of TPU types by zone, one group for each continent.

What belongs here: the TPU types of each zone. What does not: GPUs. The traps: a table may hold several headings, each
naming another TPU version; some zones were marked "(single tenant)", which is sold by agreement only; us-central2 is
listed though it is internal.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser

from gpu_census.providers.contract import Answer, Ask, AskError, Offering, Region, source
from gpu_census.providers.google.doc_tables import HOSTS, Row, column, documentation_page, full_rows, tables_in
from gpu_census.providers.google.region_list import places_of, regions_or_fault
from gpu_census.providers.google.zones import region_of, zones_in, zones_with_remarks

TPU_PAGE = "https://docs.cloud.google.com/tpu/docs/regions-zones"
_VERSION = re.compile(r"tpu type \(([^()]+)\)", re.IGNORECASE)
_ONE_TENANT = re.compile(r"single.?tenant", re.IGNORECASE)


@source(
    title="TPU regions and zones, documentation page",
    evidence="docs",
    hosts=HOSTS,
    url=TPU_PAGE,
    licence="CC BY 4.0",
    scope=("TPU",),
    verified="described",
    notes="Texts of several versions of the page were read in public copies, its markup was not. Zones marked as "
    "single tenant are status by_request.",
)
async def tpu_zones_page(ask: Ask) -> AsyncIterator[Region | Offering]:
    """The TPU types of every zone; a region without any is answered for where the page of regions names it."""
    page = await documentation_page(ask, TPU_PAGE)
    found: dict[tuple[str, str, str], Offering] = {}
    for row in _tpu_rows(ask, page):
        key = row.zone, row.tpu_type, row.version
        # a zone listed twice is sold to all if it is anywhere listed without the mark
        if key not in found or not row.one_tenant:
            found[key] = _offering(row, page.sha256)
    places = places_of([(zone, "") for zone, _, _ in found]) | await regions_or_fault(ask)
    for code, place in sorted(places.items()):
        yield Region(code, name=place or None)
    for key in sorted(found):
        yield found[key]


@dataclass(frozen=True)
class _Row:
    zone: str
    tpu_type: str
    version: str
    one_tenant: bool


def _tpu_rows(ask: Ask, page: Answer[LexborHTMLParser]) -> Iterator[_Row]:
    """Each TPU type of each zone; at least one."""
    read = 0
    for rows in tables_in(page.body):
        for heading, below in _sections(ask, rows, page.url):
            version, column_of_zones = heading
            for row in below:
                for zone, remark in zones_with_remarks(row[column_of_zones].text):
                    read += 1
                    yield _Row(zone, _tpu_type(row[0].text, version), version, bool(_ONE_TENANT.search(remark)))
    if not read:
        wrong = "no table headed 'TPU type (…)' with a column of zones; the page has changed, adapt tpu_zones_page.py"
        raise AskError(ask.provider, wrong, url=page.url)


def _sections(ask: Ask, rows: list[Row], url: str) -> Iterator[tuple[tuple[str, int], list[Row]]]:
    """((TPU version, column of zones), rows below) for each heading in a table."""
    starts = [place for place, row in enumerate(rows) if row and _VERSION.search(row[0].text)]
    ends = [*starts, len(rows)]
    if any(zones_in(cell.text) for row in rows[: ends[0]] for cell in row):
        wrong = "a table that names zones is not headed 'TPU type (…)'; the page has changed, adapt tpu_zones_page.py"
        raise AskError(ask.provider, wrong, url=url)
    for start, end in pairwise(ends):
        heading = rows[start]
        version, zones = _VERSION.search(heading[0].text), column(heading, "zone")
        if version is None or zones is None:
            wrong = f"the table of {heading[0].text!r} has no column of zones; read the page and adapt"
            raise AskError(ask.provider, wrong, url=url)
        below = full_rows(ask, rows[start + 1 : end], width=len(heading), url=url)
        yield (version[1].strip(), zones), list(below)


def _tpu_type(text: str, version: str) -> str:
    """The type as written, such as `v2-8`; the version alone for "All v6e configurations", whose wording varies."""
    return version if text.casefold().startswith("all ") or not text else text


def _offering(row: _Row, sha256: str) -> Offering:
    return Offering(
        region_code=region_of(row.zone) or row.zone,
        zone=row.zone,
        instance_type=row.tpu_type,
        accelerator_label=row.version,
        status="by_request" if row.one_tenant else "offered",
        payload_sha256=sha256,
    )
