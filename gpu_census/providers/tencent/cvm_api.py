"""Tencent Cloud's signed CVM API: what every zone of a region sells, and whether it is in stock.

What belongs here: the list of regions and the question to each. What does not: the rows (`zone_configs.py`) and the
signature. The traps: CVM's own DescribeRegions is marked as suspended, so the region product is asked; it lists edge
regions, too; finance regions answer only at a host of their own, so each region is asked at its own; errors come with
status 200; prices name no currency, which is that of the account.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from gpu_census.providers.contract import Answer, Ask, AskError, Offering, Region, source
from gpu_census.providers.tencent.signature import CREDENTIALS, tc3_signer, written
from gpu_census.providers.tencent.zone_configs import (
    CHARGE_TYPES,
    Quota,
    Refusal,
    ZoneConfigs,
    offerings,
    quotas,
    refused,
)

REGIONS = "https://region.tencentcloudapi.com/"
AVAILABLE = "AVAILABLE"


class ListedRegion(msgspec.Struct, rename="pascal"):
    """A region of the region product."""

    region: str
    region_name: str | None = None
    region_state: str | None = None


class RegionSet(msgspec.Struct, rename="pascal"):
    """The answer of DescribeRegions."""

    region_set: list[ListedRegion] | None = None
    error: Refusal | None = None


class RegionAnswer(msgspec.Struct):
    """Its envelope."""

    response: RegionSet = msgspec.field(name="Response")


class ZoneAnswer(msgspec.Struct):
    """The envelope of DescribeZoneInstanceConfigInfos."""

    response: ZoneConfigs = msgspec.field(name="Response")


@source(
    title="Tencent Cloud CVM API: stock by zone",
    evidence="stock",
    hosts=("region.tencentcloudapi.com", "cvm.*.tencentcloudapi.com"),
    url="https://www.tencentcloud.com/document/api/213/33254",
    verified="documented",
    # sold by invitation or in HCC clusters, and missing for an account without a word
    scope=("all", "-A800", "-H800"),
    credentials=CREDENTIALS,
    extra="tencent",
    connections=4,
    notes=(
        "The account needs region:DescribeRegions and cvm:DescribeZoneInstanceConfigInfos. It answers for what this "
        "account may buy; A800, H800 and new families are sold by invitation. No prices: they are in the currency of "
        "the account, which the answer does not name."
    ),
)
async def cvm_api(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Regions of CVM, then what is on sale in all zones of each."""
    listed = await _regions(ask)
    open_regions = [code for code, region in listed.items() if region.region_state in (AVAILABLE, None)]
    for code in sorted(set(listed) - set(open_regions)):
        ask.fault(f"{code}: not asked, its RegionState is {listed[code].region_state}")
        yield Region(code, name=listed[code].region_name, answered=False)

    async def read(code: str) -> tuple[list[Quota], str]:
        return await _on_sale(ask, code)

    async for code, answer in ask.each(open_regions, read):
        yield Region(code, name=listed[code].region_name, answered=answer is not None)
        for offering in offerings(code, *answer, currency=None) if answer else ():
            yield offering


async def _regions(ask: Ask) -> dict[str, ListedRegion]:
    answer = await _asked(ask, REGIONS, "DescribeRegions", "2022-06-27", {"Product": "cvm"}, as_type=RegionAnswer)
    response = answer.body.response
    if response.error is not None:
        raise refused(ask, response.error, answer.url)
    if not response.region_set:
        raise AskError(ask.provider, "DescribeRegions lists no region: ask again", url=answer.url)
    return {region.region.strip(): region for region in sorted(response.region_set, key=lambda one: one.region)}


async def _on_sale(ask: Ask, code: str) -> tuple[list[Quota], str]:
    """The rows of all zones with the answer's digest. Raises `AskError` for an error, and for nothing at all."""
    filters = [{"Name": "instance-charge-type", "Values": list(CHARGE_TYPES)}]
    answer = await _asked(
        ask,
        f"https://cvm.{code}.tencentcloudapi.com/",
        "DescribeZoneInstanceConfigInfos",
        "2017-03-12",
        {"Filters": filters},
        region=code,
        as_type=ZoneAnswer,
    )
    rows = quotas(ask, answer.body.response, answer.url)
    if not rows:
        raise AskError(ask.provider, "no type in any zone: not complete", url=answer.url)
    return rows, answer.sha256


async def _asked(
    ask: Ask, url: str, action: str, version: str, parameters: Mapping[str, Any], *, region: str = "", as_type: Any
) -> Answer[Any]:
    headers = {"content-type": "application/json", "x-tc-action": action, "x-tc-version": version}
    if region:
        headers["x-tc-region"] = region
    return await ask.json(url, as_type=as_type, body=written(parameters), headers=headers, sign=tc3_signer(ask))
