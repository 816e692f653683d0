"""Tencent Cloud's purchase workbench: what every zone sells right now, as its own page asks it.

What belongs here: the walk over regions and zones, the same on both sites. What does not: the sites
(`workbench_sites.py`) and the rows (`zone_configs.py`). The traps: errors come with status 200, in one of two places;
one lost zone would look like a withdrawal, so a region has answered only if all its zones have; a zone may be closed
and empty, a whole region may not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec

from gpu_census.providers.contract import Ask, AskError, Offering, Region
from gpu_census.providers.tencent.zone_configs import CHARGE_TYPES, Quota, Refusal, ZoneConfigs, offerings, quotas


class Zone(msgspec.Struct):
    """A zone of the list of regions."""

    zone: str = ""


class ListedRegion(msgspec.Struct):
    """A region with its zones."""

    region: str
    zones: list[Zone] | None = None


class RegionSet(msgspec.Struct, rename="pascal"):
    """The regions."""

    region_set: list[ListedRegion] | None = None
    error: Refusal | None = None


class RegionData(msgspec.Struct):
    """The envelope of the regions."""

    response: RegionSet | None = msgspec.field(name="Response", default=None)


class RegionAnswer(msgspec.Struct):
    """The answer of queryCvmRegion."""

    code: int | str = 0
    data: RegionData | None = None


class ZoneData(msgspec.Struct):
    """The envelope of a zone's rows."""

    response: ZoneConfigs | None = msgspec.field(name="Response", default=None)


class ZoneAnswer(msgspec.Struct):
    """The answer for one zone."""

    code: int | str = 0
    data: ZoneData | None = None


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What one zone sells, and the answer that says so."""

    quotas: list[Quota]
    digest: str


async def list_stock(ask: Ask, host: str, *, currency: str) -> AsyncIterator[Region | Offering]:
    """The regions of the workbench, and what is on sale in all zones of each."""
    zones = await _zones(ask, host)
    places = [(code, zone) for code, names in zones.items() for zone in names]
    region_of = {zone: code for code, zone in places}

    async def read(zone: str) -> Rows:
        return await _on_sale(ask, host, region_of[zone], zone)

    answers = {zone: rows async for zone, rows in ask.each([zone for _, zone in places], read)}
    for code, names in zones.items():
        rows = [row for name in names if (row := answers[name]) is not None]
        complete = len(rows) == len(names) and any(row.quotas for row in rows)
        if not any(row.quotas for row in rows) and len(rows) == len(names):
            ask.fault(f"{code}: no type in any of {len(names)} zones: not complete")
        yield Region(code, answered=complete)
        for row in rows if complete else ():
            for offering in offerings(code, row.quotas, row.digest, currency=currency):
                yield offering


async def _zones(ask: Ask, host: str) -> dict[str, list[str]]:
    """The zones of every region, sorted."""
    answer = await ask.json(f"https://{host}/cgi/area/queryCvmRegion", as_type=RegionAnswer, method="POST")
    response = answer.body.data.response if answer.body.data else None
    if str(answer.body.code) != "0" or response is None or not response.region_set:
        error = response.error if response else None
        told = f"code {answer.body.code}" + (f", {error.code}: {error.message}" if error else "")
        raise AskError(ask.provider, f"no RegionSet ({told}): ask again", url=answer.url)
    found: dict[str, set[str]] = {}
    for region in response.region_set:
        named = found.setdefault(region.region.strip(), set())
        named.update(zone.zone.strip() for zone in region.zones or () if zone.zone.strip())
    return {code: sorted(found[code]) for code in sorted(found)}


async def _on_sale(ask: Ask, host: str, code: str, zone: str) -> Rows:
    """What a zone answers. Raises `AskError` for an error, and for rows of other zones alone."""
    answer = await ask.json(
        f"https://{host}/cgi/api?i=cvm/DescribeZoneInstanceConfigInfos&uin=&region={code}",
        as_type=ZoneAnswer,
        body={
            "serviceType": "cvm",
            "action": "DescribeZoneInstanceConfigInfos",
            "region": code,
            "data": {
                "Filters": [
                    {"Name": "instance-charge-type", "Values": list(CHARGE_TYPES)},
                    {"Name": "zone", "Values": [zone]},
                ],
                "Platform": "LINUX",
                "Version": "2017-03-12",
            },
            "cgiName": "api",
        },
    )
    if answer.body.data is None and str(answer.body.code) != "0":
        raise AskError(ask.provider, f"answered with code {answer.body.code} and no data", url=answer.url)
    rows = quotas(ask, answer.body.data.response if answer.body.data else None, answer.url)
    for row in rows:
        row.zone = (row.zone or "").strip() or zone
    of_zone = [row for row in rows if row.zone == zone]
    if rows and not of_zone:
        raise AskError(ask.provider, f"asked for {zone}, answered for {rows[0].zone}", url=answer.url)
    return Rows(quotas=of_zone, digest=answer.sha256)
