"""Source `graphql_stock`: what each data centre has in stock, by the public GraphQL endpoint.

What belongs here: the two questions that it answers without a key, and reading them. What does not: the community
cloud. Known from descriptions alone, hence `shape_only`. The traps: without a data centre the answer is global;
`stockStatus` null is "none now" and no error, so only what is in stock is evidence; errors come with status 200.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from gpu_census.collect.ask import Answer
from gpu_census.providers.contract import Ask, AskError, Offering, Region, source

URL = "https://api.runpod.io/graphql"
STATUS = {"High": "available", "Medium": "limited", "Low": "limited"}
COUNTS = (8, 1)
CENTRES = "{dataCenters{id name listed}}"
STOCK = (
    'query{gpuTypes{id lowestPrice(input:{secureCloud:true,dataCenterId:"%s",gpuCount:%d})'
    "{stockStatus uninterruptablePrice}}}"
)


class DataCentre(msgspec.Struct):
    """A data centre."""

    id: str
    name: str | None = None
    listed: bool | None = True


class Lowest(msgspec.Struct, rename="camel"):
    """Stock and price of so many cards."""

    stock_status: str | None = None
    uninterruptable_price: float | None = None


class GpuType(msgspec.Struct, rename="camel"):
    """A GPU."""

    id: str
    lowest_price: Lowest | None = None


class Data(msgspec.Struct, rename="camel"):
    """What was asked for."""

    data_centers: list[DataCentre] | None = None
    gpu_types: list[GpuType] | None = None


class Reply(msgspec.Struct):
    """The envelope."""

    data: Data | None = None
    errors: list[dict[str, Any]] | None = None


@source(
    title="GraphQL: stock of each data centre",
    evidence="stock",
    hosts=("api.runpod.io",),
    url="https://docs.runpod.io/sdks/graphql/manage-pods",
    verified="described",
    shape_only=True,
    positive_only=True,
    connections=4,
)
async def graphql_stock(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every listed data centre, and what it has in stock."""
    answer = await _put(ask, CENTRES)
    listed = answer.body.data.data_centers if answer.body.data else None
    if not listed:
        raise AskError(ask.provider, "no data centre at all, which cannot be: ask again", url=URL)
    centres = {centre.id: centre for centre in listed if centre.listed is not False}

    async def read(code: str) -> list[Offering]:
        return await _in_stock(ask, code)

    async for code, offerings in ask.each(centres, read):
        yield Region(code, name=centres[code].name, answered=offerings is not None)
        for offering in offerings or ():
            yield offering


async def _in_stock(ask: Ask, code: str) -> list[Offering]:
    """The most cards of each kind that can be had in a data centre."""
    found: dict[str, Offering] = {}
    for count in COUNTS:
        answer = await _put(ask, STOCK % (code, count))
        types = answer.body.data.gpu_types if answer.body.data else None
        if not types:
            raise AskError(ask.provider, f"no GPU type at all for {code}: not complete", url=URL)
        for one in types:
            lowest = one.lowest_price
            if lowest is None or not lowest.stock_status or one.id in found:
                continue
            price = lowest.uninterruptable_price
            found[one.id] = Offering(
                region_code=code,
                instance_type=one.id,
                accelerator_label=one.id,
                accelerator_count=float(count),
                status=STATUS.get(lowest.stock_status, "offered"),
                price=price or None,
                currency="USD" if price else None,
                payload_sha256=answer.sha256,
            )
    return list(found.values())


async def _put(ask: Ask, query: str) -> Answer[Reply]:
    answer = await ask.json(URL, as_type=Reply, body={"query": query})
    if answer.body.errors:
        told = answer.body.errors[0].get("message", "no message")
        raise AskError(ask.provider, f"refused: {told}", url=URL)
    return answer
