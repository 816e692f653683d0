"""The price maps behind the EC2 pricing page: small files, one per location, of on-demand Linux prices in USD.

What belongs here: the commercial and GovCloud locations. What does not: China, which has a price list of its own.
The traps: keys are captions and no instance types; a previous generation (P2, P3, G3) may stand in a second map, which
newer regions do not have; files that do not exist answer 403 as well as 404; locations are spelled in two ways, and
only one has maps (EU (Zurich), not Europe (Zurich)); the list of locations holds Local and Wavelength Zones, told apart
by `type`. Nothing of this is documented.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import msgspec

from gpu_census.providers.aws.accelerated import accelerators
from gpu_census.providers.aws.partition import partition_of
from gpu_census.providers.contract import Ask, AskError, Offering, Region, source

HOST = "https://b0.p.awsstatic.com"
LOCATIONS = f"{HOST}/locations/1.0/aws/current/locations.json"
MAPS = f"{HOST}/pricing/2.0/meteredUnitMaps/ec2/USD/current"
CURRENT, PREVIOUS = "ec2-ondemand-without-sec-sel", "previousgen-ondemand"
ABSENT = (403, 404)
SPELLINGS = (("Europe (", "EU ("), ("EU (", "Europe ("), ("GovCloud (US-West)", "GovCloud (US)"))


class Location(msgspec.Struct):
    """`type` is AWS Region, AWS Local Zone or AWS Wavelength Zone."""

    name: str = ""
    code: str = ""
    type: str = ""


class Priced(msgspec.Struct):
    """A price of one type."""

    instance_type: str = msgspec.field(name="Instance Type", default="")
    instance_family: str = msgspec.field(name="Instance Family", default="")
    operating_system: str = msgspec.field(name="Operating System", default="Linux")
    price: str | float | None = None


class PriceMap(msgspec.Struct):
    """`regions` is location name to caption to price."""

    regions: dict[str, dict[str, Priced]]


class Listed(msgspec.Struct, frozen=True):
    """A type in a location: its price, AWS's class of it, and the digest of the map that lists it."""

    price: float | None
    instance_family: str
    payload_sha256: str


@source(
    title="Price maps of the EC2 on-demand pricing page",
    evidence="price",
    hosts=("b0.p.awsstatic.com",),
    url="https://aws.amazon.com/ec2/pricing/on-demand/",
    verified="described",
    notes="Types with an on-demand Linux price. What is sold without one (P5e, Trn2, P6e) is missing. No China.",
    # sold by capacity block or in UltraServers, without an on-demand price
    scope=("all", "-H200", "-Trainium2", "-Trainium3", "-GB200", "-GB300"),
)
async def price_map(ask: Ask) -> AsyncIterator[Region | Offering]:
    """The regions of the list of locations, then the maps of each."""
    names = await _regions(ask)
    has_previous: set[bool] = set()
    async for code, maps in ask.each(names, lambda code: _maps(ask, names[code])):
        yield Region(code, name=names[code], cloud_partition=partition_of(code), answered=maps is not None)
        if maps is None:
            continue
        current, previous = maps
        has_previous.add(previous is not None)
        for name, listed in sorted(((previous or {}) | current).items()):
            for label, count in accelerators(name, instance_family=listed.instance_family):
                yield Offering(
                    region_code=code,
                    instance_type=name,
                    accelerator_label=label,
                    accelerator_count=count,
                    price=listed.price,
                    currency="USD" if listed.price is not None else None,
                    payload_sha256=listed.payload_sha256,
                )
    if has_previous == {False}:
        ask.fault(f"no location has a map of the previous generation ({PREVIOUS}), so P3 and older may be missing")


async def _regions(ask: Ask) -> dict[str, str]:
    """Code to location name of each region that has price maps, in the order of the codes."""
    answer = await ask.json(LOCATIONS, as_type=dict[str, Location])
    regions = [place for place in answer.body.values() if place.type == "AWS Region" and place.code and place.name]
    if not regions:
        types = sorted({place.type for place in answer.body.values()})
        wrong = f"expected locations of type 'AWS Region' with name and code, and found only the types {types}"
        raise AskError(ask.provider, wrong, url=answer.url)
    names = {place.code: place.name for place in regions if partition_of(place.code) != "china"}
    return dict(sorted(names.items()))


async def _maps(ask: Ask, location: str) -> tuple[dict[str, Listed], dict[str, Listed] | None]:
    """The current map of a location and the one of the previous generation, which may be absent."""
    for spelled in (location, *(location.replace(*pair) for pair in SPELLINGS if pair[0] in location)):
        current = await _map(ask, CURRENT, spelled)
        if current is not None:
            return current, await _map(ask, PREVIOUS, spelled)
    raise AskError(ask.provider, f"there is no price map of {location!r}, nor under another spelling of it")


async def _map(ask: Ask, kind: str, location: str) -> dict[str, Listed] | None:
    """Type to what a map says of it; None where there is no such map."""
    try:
        answer = await ask.json(f"{MAPS}/{kind}/{quote(location, safe='')}/Linux/index.json", as_type=PriceMap)
    except AskError as error:
        if error.status in ABSENT:
            return None
        raise
    rows = answer.body.regions.get(location)
    if rows is None:
        told = ", ".join(map(repr, sorted(answer.body.regions)[:3])) or "none"
        raise AskError(ask.provider, f"expected prices of {location!r}, came those of {told}", url=answer.url)
    listed: dict[str, Listed] = {}
    for row in rows.values():
        name = row.instance_type.strip()
        if name and row.operating_system == "Linux" and (name not in listed or listed[name].price is None):
            listed[name] = Listed(_price(row.price), row.instance_family, answer.sha256)
    if not listed and kind == CURRENT:
        wrong = f"expected rows with 'Instance Type' for Linux, and found none among {len(rows)}"
        raise AskError(ask.provider, wrong, url=answer.url)
    return listed


def _price(text: str | float | None) -> float | None:
    """A price per hour; none where 0 or a word stands for it."""
    try:
        price = float(text or 0)
    except ValueError:
        return None
    return price if 0 < price < float("inf") else None
