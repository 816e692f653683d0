"""Source `gpu_zones_page`: the documentation's table of GPU machine types by zone.

What belongs here: the machine series of each zone, in the page's words ("A3 High", "N1+V100"). What does not: TPUs,
of which the page says nothing. The traps: it names only zones that have a GPU, so its silence is about the regions of
the page of regions; its columns have had other names ("Zones", "GPU platforms").
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from selectolax.lexbor import LexborHTMLParser

from gpu_census.providers.contract import Answer, Ask, AskError, Offering, Region, source
from gpu_census.providers.google.doc_tables import HOSTS, Row, column, documentation_page, full_rows, tables_in
from gpu_census.providers.google.region_list import places_of, regions_or_fault
from gpu_census.providers.google.zones import region_of, zones_in

GPU_PAGE = "https://docs.cloud.google.com/compute/docs/regions-zones/gpu-regions-zones"
# the page does not say which part; this is the largest part of a card that is sold (g4-standard-24)
LARGEST_PART = 0.5


@source(
    title="GPU locations by zone, documentation page",
    evidence="docs",
    hosts=HOSTS,
    url=GPU_PAGE,
    licence="CC BY 4.0",
    scope=("gpu", "-P100"),
    verified="recorded",
    notes="The page leaves out P100, which is therefore out of scope, and A3 Edge (H100 in europe-west2 and "
    "northamerica-northeast2), which is not, since H100 is one model. What was read in a test is an excerpt of "
    "four regions.",
)
async def gpu_zones_page(ask: Ask) -> AsyncIterator[Region | Offering]:
    """The machine series of every zone; a region without any is answered for where the page of regions names it."""
    page = await documentation_page(ask, GPU_PAGE)
    rows = list(_zone_rows(ask, page))
    places = places_of([(zone, place) for zone, place, _ in rows]) | await regions_or_fault(ask)
    for code, place in sorted(places.items()):
        yield Region(code, name=place or None)
    found = {(zone, series): _offering(zone, series, page.sha256) for zone, _, listed in rows for series in listed}
    for key in sorted(found):
        yield found[key]


def _zone_rows(ask: Ask, page: Answer[LexborHTMLParser]) -> Iterator[tuple[str, str, list[str]]]:
    """(zone, place, machine series) for each row of the tables of GPUs; at least one."""
    read = 0
    for rows in tables_in(page.body):
        columns = _columns(rows[0]) if rows else None
        if columns is None:
            _refuse_zones(ask, rows, page.url)
            continue
        zone, series, place = columns
        for row in full_rows(ask, rows[1:], width=len(rows[0]), url=page.url):
            zones = zones_in(row[zone].text)
            if not zones:
                wrong = f"{row[zone].text!r} is not called as zones are; read the page and adapt zones.py"
                raise AskError(ask.provider, wrong, url=page.url)
            for name in zones:
                read += 1
                yield name, row[place].text if place is not None else "", row[series].items
    if not read:
        wrong = "no table with a column of zones and one of GPUs; the page has changed, adapt gpu_zones_page.py"
        raise AskError(ask.provider, wrong, url=page.url)


def _columns(heading: Row) -> tuple[int, int, int | None] | None:
    """Where zone, GPUs and place stand; None for another table."""
    zone = column(heading, "zone", but="type")
    series = column(heading, "gpu", but="zone")
    if zone is None or series is None:
        return None
    return zone, series, column(heading, "location")


def _refuse_zones(ask: Ask, rows: list[Row], url: str) -> None:
    """A table that is not read must not name zones: what it lists would be taken as absent."""
    named = next((zone for row in rows for cell in row for zone in zones_in(cell.text)), None)
    if named:
        heading = " | ".join(cell.text for cell in rows[0])
        wrong = f"a table headed {heading!r} names {named} and is not understood; read the page and adapt"
        raise AskError(ask.provider, wrong, url=url)


def _offering(zone: str, series: str, sha256: str) -> Offering:
    return Offering(
        region_code=region_of(zone) or zone,
        zone=zone,
        instance_type=series,
        accelerator_label=series,
        accelerator_count=LARGEST_PART if "fraction" in series.casefold() else None,
        payload_sha256=sha256,
    )
