"""Scaleway: which Instance types each zone has in stock.

What belongs here: the list of types of each zone, their availability, and what becomes of the two. What does not: the
product catalogue, where a type may stand for a zone that never has it. The traps: both answers are objects keyed by
type, in pages without a total, so the last page is known by being short; a type listed with `shortage` may never have
been there (L4 in fr-par-1), so a shortage counts only where Scaleway's own guide places the type in that zone.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import msgspec

from gpu_census.providers.contract import Ask, AskError, Offering, Region, source

API = "https://api.scaleway.com/instance/v1/zones"
# no list of zones can be asked for without an account; a new zone has to be added here
ZONES = {
    "fr-par": ("fr-par-1", "fr-par-2", "fr-par-3"),
    "it-mil": ("it-mil-1",),
    "nl-ams": ("nl-ams-1", "nl-ams-2", "nl-ams-3"),
    "pl-waw": ("pl-waw-1", "pl-waw-2", "pl-waw-3"),
}
# what the product availability guide of December 2025 places where
GUIDE = {
    "fr-par-1": r"RENDER-S",
    "fr-par-2": r"(B300-SXM|H100-SXM|H100|L40S|L4)-\d+-\d+G",
    "pl-waw-2": r"(H100|L40S|L4)-\d+-\d+G",
}
STATUS = {"available": "available", "scarce": "limited"}
PAGE = 100
PAGES_AT_MOST = 50
FULL_PAGES = (50, PAGE)  # 50 is what is given where the wish for 100 is not heard


class GpuInfo(msgspec.Struct):
    """What card a type holds."""

    gpu_name: str = ""


class ServerType(msgspec.Struct):
    """A type of a zone."""

    gpu: int | None = None
    gpu_info: GpuInfo | None = None
    mig_profile: str | None = None
    hourly_price: float | None = None


class ServerTypes(msgspec.Struct):
    """A page of types."""

    servers: dict[str, ServerType]


class Availability(msgspec.Struct):
    """Whether a type is in stock."""

    availability: str = ""


class Availabilities(msgspec.Struct):
    """A page of availabilities."""

    servers: dict[str, Availability]


Page = TypeVar("Page", ServerTypes, Availabilities)


@source(
    title="Instance types and their availability by zone",
    evidence="stock",
    hosts=("api.scaleway.com",),
    url="https://www.scaleway.com/en/developers/api/instance/#path-instance-types",
    verified="recorded",
    notes="Asked without a token, as public scripts do. A type that is only listed with a shortage counts where the "
    "product availability guide places it in that zone, and nowhere else.",
)
async def instance_availability(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Types and availability of every zone; a region has answered if all its zones have."""

    async def read(zone: str) -> list[Offering]:
        return await _in_zone(ask, zone)

    zones = [zone for names in ZONES.values() for zone in names]
    found = {zone: offerings async for zone, offerings in ask.each(zones, read)}
    for code, names in ZONES.items():
        answers = [offerings for name in names if (offerings := found[name]) is not None]
        answered = len(answers) == len(names)
        yield Region(code, answered=answered)
        for offerings in answers if answered else ():
            for offering in offerings:
                yield offering


async def _in_zone(ask: Ask, zone: str) -> list[Offering]:
    url = f"{API}/{zone}/products/servers"
    types, digests = await _all_pages(ask, url, ServerTypes)
    stock, stock_digests = await _all_pages(ask, f"{url}/availability", Availabilities)
    if not types or not stock:
        missing = "types" if not types else "availability of any type"
        raise AskError(ask.provider, f"no {missing} in {zone}: not complete; ask again", url=url)
    offerings = []
    for name, of_type in types.items():
        if not of_type.gpu:
            continue
        told = stock.get(name, Availability()).availability
        status = STATUS.get(told)
        if status is None and re.fullmatch(GUIDE.get(zone, ""), name) is None:
            continue
        label = of_type.gpu_info.gpu_name if of_type.gpu_info else ""
        offerings.append(
            Offering(
                region_code=zone.rpartition("-")[0],
                zone=zone,
                instance_type=name,
                accelerator_label=label or name,
                accelerator_count=_cards(of_type),
                status=status or ("sold_out" if told == "shortage" else "offered"),
                price=of_type.hourly_price or None,
                currency="EUR" if of_type.hourly_price else None,
                payload_sha256=stock_digests.get(name, digests[name]),
            )
        )
    return offerings


def _cards(of_type: ServerType) -> float | None:
    """Cards of a type; with a MIG profile (`3g.40gb`) so many sevenths of one."""
    if not of_type.mig_profile:
        return float(of_type.gpu or 0) or None
    slices = re.match(r"(\d)g\b", of_type.mig_profile)
    return round(int(slices[1]) / 7, 4) if slices else None


async def _all_pages(ask: Ask, url: str, as_type: type[Page]) -> tuple[dict[str, Any], dict[str, str]]:
    """Everything on all pages, and the digest of the page that each entry is from."""
    entries: dict[str, Any] = {}
    digests: dict[str, str] = {}
    for number in range(1, PAGES_AT_MOST + 1):
        page = await ask.json(url, as_type=as_type, parameters={"page": str(number), "per_page": str(PAGE)})
        if page.body.servers and set(page.body.servers) <= set(entries):
            raise AskError(ask.provider, f"page {number} repeats what came before: not complete", url=page.url)
        entries |= page.body.servers
        digests |= dict.fromkeys(page.body.servers, page.sha256)
        if len(page.body.servers) not in FULL_PAGES:
            return entries, digests
    raise AskError(ask.provider, f"more than {PAGES_AT_MOST} pages; read the API's documentation and adapt", url=url)
