"""Source `regions_page`: the documentation's table of regions and zones.

What belongs here: that the regions exist, and where. What does not: accelerators; the table's column of machine types
names series without telling what of them a zone has.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from gpu_census.providers.contract import Ask, Offering, Region, source
from gpu_census.providers.google.doc_tables import HOSTS
from gpu_census.providers.google.region_list import REGIONS_PAGE, regions_listed


@source(
    title="Compute Engine regions and zones, documentation page",
    evidence="docs",
    hosts=HOSTS,
    url=REGIONS_PAGE,
    licence="CC BY 4.0",
    regions_complete=True,
    verified="described",
    notes="A list of regions only: it answers for no accelerator. Internal regions (us-east7, us-central2) are not on "
    "it. The text of the page was read in a public copy, its markup only through public code that reads it.",
)
async def regions_page(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region with its place, answering for none."""
    for code, place in sorted((await regions_listed(ask)).items()):
        yield Region(code, name=place or None, answered=False)
