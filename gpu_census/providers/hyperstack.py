"""Hyperstack (NexGen Cloud): which GPU flavors each region has, and whether they are in stock.

What belongs here: the API's list of flavors, grouped by card and region. What does not: the list of stocks, which
counts cards and names no flavor. The traps: flavors without a GPU are in groups with an empty card; what is sold to
spot customers is the same flavor with another ending; a card's form stands in its name.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from gpu_census.providers.contract import Ask, AskError, Offering, Region, source
from gpu_census.providers.tokens import key_in_header

URL = "https://infrahub-api.nexgencloud.com/v1/core/flavors"
KEY = "HYPERSTACK_API_KEY"
SPOT = "-spot"


class Flavor(msgspec.Struct):
    """A flavor in a region."""

    name: str
    region_name: str
    gpu: str = ""
    gpu_count: int = 0
    stock_available: bool = False


class Group(msgspec.Struct):
    """The flavors of one card in one region."""

    flavors: list[Flavor]


class Flavors(msgspec.Struct):
    """All flavors of all regions, on one page."""

    data: list[Group]
    status: bool = True


@source(
    title="Flavors by region, and whether they are in stock",
    evidence="stock",
    hosts=("infrahub-api.nexgencloud.com",),
    url="https://docs.hyperstack.cloud/docs/api-reference/list-flavors",
    verified="documented",
    credentials=(KEY,),
    notes="A flavor that is not in stock stays listed and counts as sold out.",
)
async def flavors(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region that has any flavor, and its GPU flavors."""
    answer = await ask.json(URL, as_type=Flavors, sign=key_in_header(ask, "api_key", KEY))
    listed = [flavor for group in answer.body.data for flavor in group.flavors]
    if not answer.body.status or not listed:
        raise AskError(ask.provider, f"no flavor at all; check {KEY}", url=answer.url)
    for code in sorted({flavor.region_name for flavor in listed}):
        yield Region(code)
        found: dict[tuple[str, str], Offering] = {}
        for flavor in listed:
            key = flavor.name.removesuffix(SPOT), flavor.gpu.removesuffix(SPOT)
            if flavor.region_name != code or not flavor.gpu or (key in found and not flavor.stock_available):
                continue
            found[key] = Offering(
                region_code=code,
                instance_type=key[0],
                accelerator_label=key[1],
                accelerator_count=float(flavor.gpu_count) or None,
                status="available" if flavor.stock_available else "sold_out",
                payload_sha256=answer.sha256,
            )
        for offering in found.values():
            yield offering
