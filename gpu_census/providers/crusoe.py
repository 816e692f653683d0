"""Crusoe: which instance types its documentation lists in which zone.

What belongs here: the page of virtual machine types. What does not: the capacity of each location, which is told only
to requests signed in a way that no package of Crusoe's offers. The traps: a location is a region and a letter; types
without a GPU stand in the same tables; which column holds the zones is not known, so they are looked for in the whole
row.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source

URL = "https://docs.crusoecloud.com/compute/virtual-machines/overview/index.html"
TYPE = re.compile(r"(?<![\w.-])([a-z0-9]+(?:-[a-z0-9]+)*)\.(\d+)x(?![\w-])")
ZONE = re.compile(r"(?<![\w-])([a-z]{2}-[a-z]+\d)-[a-z](?![\w-])")
WITH_GPU = re.compile(r".*-\d+gb(?:-.*)?")


@source(
    title="Documentation: virtual machine types and their zones",
    evidence="docs",
    hosts=("docs.crusoecloud.com",),
    url=URL,
    verified="described",
    shape_only=True,
    scope=("gpu",),
    notes="What is deployed, not what is free. The page is known from code that reads it, and was never seen.",
)
async def machine_types_page(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region that a row of the page names, and the GPU types of each zone."""
    page = await ask.html(URL, must_hold=r"[a-z]{2}-[a-z]+\d-[a-z]")
    found: dict[tuple[str, str, str], Offering] = {}
    regions: set[str] = set()
    for row in page.body.css("tr"):
        text = " ".join(cell.text(separator=" ") for cell in row.css("td"))
        zones = list(ZONE.finditer(text))
        regions.update(zone[1] for zone in zones)
        for named in TYPE.finditer(text):
            known = accelerators_in("crusoe", named[0])
            if not known and not WITH_GPU.fullmatch(named[1]):
                continue
            for zone in zones:
                found[zone[1], zone[0], named[0]] = Offering(
                    region_code=zone[1],
                    zone=zone[0],
                    instance_type=named[0],
                    accelerator_label=known[0][0] if known else named[1],
                    accelerator_count=float(named[2]),
                    payload_sha256=page.sha256,
                )
    if not found:
        raise AskError(ask.provider, "no GPU type with a zone in any row: the page has changed, read it anew", url=URL)
    for code in sorted(regions):
        yield Region(code)
        for key in sorted(key for key in found if key[0] == code):
            yield found[key]
