"""Alibaba Cloud's signed ECS API: which types each zone lists, and whether they can be bought now.

What belongs here: the walk over regions and ways of paying, and what the answers say. What does not: the shapes
(`ecs_answers.py`) and the signature. The traps: a region answers zone by zone, and whoever reads the first zone only
loses most of it; types sold by subscription alone are listed for `PrePaid` and not for `PostPaid`; what an account
may not see is missing without a word; the catalogue of types comes in pages of 100.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from gpu_census.census.vocabulary import STATUSES
from gpu_census.collect.request import with_parameters
from gpu_census.providers.alibaba.accelerated import BY_INVITATION, accelerators
from gpu_census.providers.alibaba.ecs_answers import (
    DescribeAvailableResource,
    DescribeInstanceTypes,
    DescribeRegions,
    InstanceType,
    SupportedResource,
)
from gpu_census.providers.alibaba.signature import CREDENTIALS, acs3_signer
from gpu_census.providers.contract import Ask, AskError, Offering, Region, source

CENTRAL = "https://ecs.aliyuncs.com/"
CHARGE_TYPES = ("PostPaid", "PrePaid")
# As documented: in stock; "insufficient stock", low assurance of supply; sold out and to be replenished; sold out and
# not to be replenished. The last is still a listing: the type runs there and is on the region's list, and were it
# left out, every shortage would be a withdrawal. It ends when the list no longer has it.
STATUS = {
    "WithStock": "available",
    "ClosedWithStock": "limited",
    "WithoutStock": "sold_out",
    "ClosedWithoutStock": "sold_out",
}
STATUS_WITHOUT_CATEGORY = {"Available": "available", "SoldOut": "sold_out"}
# a larger share of a region's types than this without an entry in the catalogue: pages of the catalogue are missing
UNKNOWN_SHARE = 1 / 3

Cards = tuple[tuple[str, float | None], ...]
Catalogue = Mapping[str, Cards]


@source(
    title="ECS API: types in stock by zone",
    evidence="stock",
    hosts=("ecs.aliyuncs.com", "ecs.*.aliyuncs.com", "ecs-*.aliyuncs.com"),
    url="https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describeavailableresource",
    verified="documented",
    scope=("all", *BY_INVITATION),
    credentials=CREDENTIALS,
    extra="alibaba",
    throttled="Throttling",
    connections=4,
    notes=(
        "The account needs ecs:DescribeRegions, ecs:DescribeInstanceTypes and ecs:DescribeAvailableResource. Which "
        "regions it sees depends on the site it belongs to: me-central-1 and na-south-1 on the international site, "
        "local regions on the China site. Types sold by invitation are missing without a word, so the cards of such "
        "families are outside its scope. Labels such as GPU H or G49 are the provider's and hide the card."
    ),
)
async def ecs_api(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Regions, then the catalogue of types, then what each region lists for either way of paying."""
    answer = await ask.json(
        CENTRAL, as_type=DescribeRegions, parameters={"AcceptLanguage": "en-US"}, **_signed(ask, "DescribeRegions")
    )
    regions = {region.region_id.strip(): region for region in answer.body.regions.region}
    if not regions:
        raise AskError(ask.provider, "DescribeRegions lists no region: may this account use any?", url=answer.url)
    catalogue = await _catalogue(ask)

    async def read(code: str) -> list[Offering]:
        host = (regions[code].region_endpoint or "").strip() or f"ecs.{code}.aliyuncs.com"
        return await _on_offer(ask, code, f"https://{host}/", catalogue)

    async for code, offerings in ask.each(sorted(regions), read):
        yield Region(code, name=(regions[code].local_name or "").strip() or None, answered=offerings is not None)
        for offering in offerings or ():
            yield offering


def _signed(ask: Ask, action: str) -> dict[str, Any]:
    """How to ask for an operation; without the first header the API answers in XML."""
    headers = {"accept": "application/json", "x-acs-action": action, "x-acs-version": "2014-05-26"}
    return {"headers": headers, "sign": acs3_signer(ask)}


async def _catalogue(ask: Ask) -> Catalogue:
    """Every type that there is, with its cards: those of the answer, else those that its family is known for."""
    types: list[InstanceType] = []
    pages = ask.pages(
        f"{CENTRAL}?MaxResults=100",
        as_type=DescribeInstanceTypes,
        next_url=_next_page,
        **_signed(ask, "DescribeInstanceTypes"),
    )
    async for page in pages:
        types += page.body.instance_types.instance_type
    if not any(item.gpu_amount for item in types):
        wrong = f"DescribeInstanceTypes lists {len(types)} types and none with a GPUAmount, which cannot be: ask again"
        raise AskError(ask.provider, wrong, url=CENTRAL)
    return {item.instance_type_id.strip(): _cards(item) for item in types}


def _next_page(body: DescribeInstanceTypes) -> str | None:
    return with_parameters("", {"MaxResults": "100", "NextToken": body.next_token}) if body.next_token else None


def _cards(item: InstanceType) -> Cards:
    known = accelerators(item.instance_type_id.strip())
    if not item.gpu_amount:
        return known
    label = (item.gpu_spec or "").strip() or (known[0][0] if known else item.instance_type_id.strip())
    # the API counts a virtual GPU as one; the reference table knows which part of the card it is
    part = next((count for _, count in known if count is not None and count < 1), None)
    return ((label, part if part is not None else float(item.gpu_amount)),)


async def _on_offer(ask: Ask, code: str, url: str, catalogue: Catalogue) -> list[Offering]:
    """What a region lists, each type of a zone in the best state that any way of paying gives it."""
    best: dict[tuple[str, str], tuple[str, str]] = {}
    for charge_type in CHARGE_TYPES:
        answer = await ask.json(
            url,
            as_type=DescribeAvailableResource,
            parameters={"RegionId": code, "DestinationResource": "InstanceType", "InstanceChargeType": charge_type},
            **_signed(ask, "DescribeAvailableResource"),
        )
        found = list(_listed(answer.body))
        if not found:
            raise AskError(ask.provider, f"no type in any zone for {charge_type}: not complete", url=answer.url)
        for zone, instance_type, status in found:
            key = (zone, instance_type)
            if key not in best or STATUSES.index(status) < STATUSES.index(best[key][0]):
                best[key] = (status, answer.sha256)
    _refuse_short(ask, {instance_type for _, instance_type in best}, catalogue)
    return [
        Offering(
            region_code=code,
            zone=zone,
            instance_type=instance_type,
            accelerator_label=label,
            accelerator_count=count,
            status=status,
            payload_sha256=digest,
        )
        for (zone, instance_type), (status, digest) in sorted(best.items())
        for label, count in catalogue.get(instance_type) or accelerators(instance_type)
    ]


def _listed(body: DescribeAvailableResource) -> Iterator[tuple[str, str, str]]:
    """(zone, type, status) of every zone."""
    for zone in body.available_zones.available_zone:
        for kind in zone.available_resources.available_resource if zone.available_resources else ():
            if kind.type != "InstanceType" or kind.supported_resources is None:
                continue
            for resource in kind.supported_resources.supported_resource:
                yield zone.zone_id.strip(), resource.value.strip(), _status(resource)


def _status(resource: SupportedResource) -> str:
    """Listed under a category that is new to us is still listed."""
    told = STATUS.get(resource.status_category or "") or STATUS_WITHOUT_CATEGORY.get(resource.status or "")
    return told or "offered"


def _refuse_short(ask: Ask, types: set[str], catalogue: Catalogue) -> None:
    unknown = types - set(catalogue)
    if len(unknown) > len(types) * UNKNOWN_SHARE:
        wrong = f"the catalogue lacks {len(unknown)} of {len(types)} types listed here: pages of it are missing"
        raise AskError(ask.provider, wrong)
