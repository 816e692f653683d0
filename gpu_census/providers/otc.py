"""Open Telekom Cloud: which GPU flavors have a price in which region.

What belongs here: the price calculator's list of ECS flavors. What does not: what a flavor holds, which only the user
guide tells. The traps: each flavor stands there once for every operating system; the rows come keyed by service or as
one list; a price is a text with its currency; there are rows for as many as are asked for, and no error where there
are more.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import msgspec

from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source

URL = "https://calculator.otc-service.com/en/open-telekom-price-api/"
AT_MOST = 5000
GPU_FLAVOR = re.compile(r"(?:p|pi|g)\d+[a-z]*\..+")
PRICE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Z]{3})")


class Item(msgspec.Struct, rename="camel"):
    """A flavor with an operating system, in a region."""

    opi_flavour: str
    region: str
    price_amount: str = ""
    unit: str = ""


class Stats(msgspec.Struct, rename="camel"):
    """How many rows there are."""

    count: int
    records_count: int = 0


class Result(msgspec.Struct):
    """The rows, by service or in one list."""

    stats: Stats
    result: dict[str, list[Item]] | list[Item]


class Prices(msgspec.Struct):
    """The envelope."""

    response: Result


@source(
    title="Price calculator: ECS flavors by region",
    evidence="price",
    hosts=("calculator.otc-service.com",),
    url="https://docs.otc.t-systems.com/price-calculator/api-ref/",
    verified="documented",
    notes="The form was seen in a recorded answer for another service, and ECS rows are read by public code. Which "
    "card a flavor holds is from the user guide of 2026-07-02.",
)
async def price_calculator(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region with a price for any flavor, and its GPU flavors."""
    answer = await ask.json(URL, as_type=Prices, parameters={"serviceName": "ecs", "limitMax": str(AT_MOST)})
    told = answer.body.response
    items = told.result if isinstance(told.result, list) else told.result.get("ecs", [])
    if not items or len(items) < max(told.stats.count, told.stats.records_count):
        wrong = f"{len(items)} rows where the answer tells of {told.stats.count}: not complete"
        raise AskError(ask.provider, wrong, url=answer.url)
    if all(_is_gpu(item) for item in items):
        raise AskError(ask.provider, "no flavor without a GPU: not complete", url=answer.url)
    for code in sorted({item.region.strip() for item in items}):
        yield Region(code)
        own = [item for item in items if item.region.strip() == code and _is_gpu(item)]
        for flavor in dict.fromkeys(_name(item) for item in own):
            yield _offering(code, flavor, [item for item in own if _name(item) == flavor], answer.sha256)


def _name(item: Item) -> str:
    return item.opi_flavour.strip().lower()


def _is_gpu(item: Item) -> bool:
    return bool(accelerators_in("otc", _name(item)) or GPU_FLAVOR.fullmatch(_name(item)))


def _offering(code: str, flavor: str, items: list[Item], sha256: str) -> Offering:
    """The flavor at the lowest of its prices, which is that without a licence."""
    known = accelerators_in("otc", flavor)
    label, count = known[0] if known else (flavor, None)
    told = [PRICE.fullmatch(item.price_amount.strip()) for item in items if item.unit.strip().lower() == "h"]
    prices = sorted((float(price[1]), price[2]) for price in told if price is not None and float(price[1]) > 0)
    return Offering(
        region_code=code,
        instance_type=flavor,
        accelerator_label=label,
        accelerator_count=count,
        price=prices[0][0] if prices else None,
        currency=prices[0][1] if prices else None,
        payload_sha256=sha256,
    )
