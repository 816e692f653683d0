"""The regions that the page "Regions and zones" lists, for every source that has to know which regions there are.

What belongs here: reading that page's table of zones into regions with their place. What does not: what is in a
region. The pages of GPU and TPU locations name only zones that have some; whether any other region exists, and so has
none, only this list can say.
"""

from __future__ import annotations

from collections.abc import Iterator

from gpu_census.collect.ask import Ask
from gpu_census.errors import AskError
from gpu_census.providers.google.doc_tables import column, documentation_page, full_rows, tables_in
from gpu_census.providers.google.zones import is_ai_zone, region_of, zones_in

REGIONS_PAGE = "https://docs.cloud.google.com/compute/docs/regions-zones"


async def regions_listed(ask: Ask) -> dict[str, str]:
    """Region code to place, in the page's order. Raises `AskError` where the table is not found."""
    page = await documentation_page(ask, REGIONS_PAGE)
    places: dict[str, str] = {}
    for rows in tables_in(page.body):
        if not rows:
            continue
        zone, place = column(rows[0], "zone"), column(rows[0], "location")
        if zone is None or place is None or zone == place:
            continue
        pairs = [
            (row[zone].text, row[place].text) for row in full_rows(ask, rows[1:], width=len(rows[0]), url=page.url)
        ]
        places |= {code: told for code, told in places_of(pairs).items() if code not in places}
    if not places:
        wrong = "no table with the columns Zones and Location that names a zone; the page has changed, adapt to it"
        raise AskError(ask.provider, wrong, url=page.url)
    return places


async def regions_or_fault(ask: Ask) -> dict[str, str]:
    """The same, but empty, and a fault, where the page cannot be read: the caller then answers for fewer regions."""
    try:
        return await regions_listed(ask)
    except AskError as error:
        ask.fault(f"the list of regions: {error.told}; regions without accelerators are not known this time")
        return {}


def places_of(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Region code to place, from (text that names zones, place); a standard zone's place before an AI zone's."""
    found = list(_zones(pairs))
    places = {region: place for region, zone, place in reversed(found) if not is_ai_zone(zone)}
    return {region: places.get(region, place) for region, _, place in found}


def _zones(pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    for text, place in pairs:
        for zone in zones_in(text):
            region = region_of(zone)
            if region:
                yield region, zone, place
