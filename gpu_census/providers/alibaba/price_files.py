"""Alibaba Cloud's price files: every ECS type that has a list price, in every region, in one file per site.

What belongs here: finding the newest file of a site and reading it. What does not: stock. A list price is not stock,
and a type that can no longer be bought stays in the list for years, as do regions that were closed (Sydney, Mumbai).
The trap: every version of the file stays on the CDN, frozen; an old address answers as well as the newest. So the
version comes from the pricing page of the day or not at all.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator

import msgspec

from gpu_census.providers.alibaba.accelerated import BY_INVITATION, accelerators
from gpu_census.providers.contract import Answer, Ask, AskError, Offering, Region, source

CDN = "https://g.alicdn.com/aliyun"
FILE = "price/download/instancePrice.json"
SEPARATOR = "::"
# of all the prices of a type, the one that other clouds' lists give
PRICED_AS = ["vpc", "linux", "optimized"]
NOTES = (
    "A list price, not stock: retired types (gn4, gn5) stay listed, and so do the regions Sydney and Mumbai, closed in "
    "2024. Some types on sale have no list price. Cards sold by invitation or subscription are outside its scope."
)


class Hour(msgspec.Struct):
    """A price for a number of hours."""

    price: str | float | None = None
    period: str | int | None = None


class Prices(msgspec.Struct):
    """The prices of one type under one key; months and years are not read."""

    hours: list[Hour] | None = None


class PriceFile(msgspec.Struct, rename="camel"):
    """`pricingInfo` is keyed region::type::network::os::io."""

    pricing_info: dict[str, Prices]
    currency: str | None = None


@source(
    title="ECS price file of the China site (CNY)",
    evidence="price",
    hosts=("www.aliyun.com", "g.alicdn.com"),
    url="https://www.aliyun.com/price/ecs/ecs-pricing/zh",
    verified="described",
    scope=("all", *BY_INVITATION),
    notes=NOTES,
)
async def price_file_china(ask: Ask) -> AsyncIterator[Region | Offering]:
    """The newest file that the China site's pricing page names, read whole."""
    answer = await _newest_file(ask, "https://www.aliyun.com/price/ecs/ecs-pricing/zh", "ecs-price-info")
    for row in _rows(ask, answer):
        yield row


@source(
    title="ECS price file of the international site (USD)",
    evidence="price",
    hosts=("www.alibabacloud.com", "g.alicdn.com"),
    url="https://www.alibabacloud.com/en/product/ecs/pricing",
    verified="described",
    scope=("all", *BY_INVITATION),
    notes=NOTES,
)
async def price_file_international(ask: Ask) -> AsyncIterator[Region | Offering]:
    """The newest file that the international site's pricing page names, read whole."""
    answer = await _newest_file(ask, "https://www.alibabacloud.com/en/product/ecs/pricing", "ecs-price-info-intl")
    for row in _rows(ask, answer):
        yield row


async def _newest_file(ask: Ask, page_url: str, folder: str) -> Answer[PriceFile]:
    page = await ask.text(page_url, must_hold="ecs-price-info")
    version = newest_version(page.body, folder)
    if version is None:
        raise AskError(
            ask.provider,
            f"the pricing page names no version of {folder}; look where the page loads its prices from now: an older "
            "file would still be served, but is frozen",
            url=page.url,
        )
    return await ask.json(f"{CDN}/{folder}/{version}/{FILE}", as_type=PriceFile)


def newest_version(page: str, folder: str) -> str | None:
    """The highest version of the folder that a page names; slashes may be escaped, as in a script."""
    slash = r"(?:\\?/|%2[Ff]|\\u002[Ff])"
    found = re.findall(rf"{re.escape(folder)}{slash}(\d+(?:\.\d+)+)", page)
    return max(found, key=lambda version: [int(part) for part in version.split(".")], default=None)


def _rows(ask: Ask, answer: Answer[PriceFile]) -> Iterator[Region | Offering]:
    """The regions in the order of their codes, each followed by its accelerated types."""
    file = answer.body
    listed = _listed(file)
    if not any(listed.values()):
        raise AskError(
            ask.provider,
            "expected keys like region::ecs.type::vpc::linux::optimized, some of accelerated types, and found none "
            f"among {len(file.pricing_info)}; compare the file with what price_files.py reads",
            url=answer.url,
        )
    others = [key for key in file.pricing_info if not _place(key)]
    if others:
        ask.fault(f"{len(others)} of {len(file.pricing_info)} keys name no region and type, the first {others[0]!r}")
    for region, types in sorted(listed.items()):
        yield Region(region)
        for instance_type in sorted(types):
            price = types[instance_type]
            for label, count in accelerators(instance_type):
                yield Offering(
                    region_code=region,
                    instance_type=instance_type,
                    accelerator_label=label,
                    accelerator_count=count,
                    price=price if file.currency else None,
                    currency=file.currency if price is not None else None,
                    payload_sha256=answer.sha256,
                )


def _listed(file: PriceFile) -> dict[str, dict[str, float | None]]:
    """Region to accelerated type to price. A region without any, and a type without a usable price, are there too."""
    listed: dict[str, dict[str, float | None]] = {}
    for key, prices in file.pricing_info.items():
        place = _place(key)
        if place is None:
            continue
        region, instance_type = place
        types = listed.setdefault(region, {})
        if not accelerators(instance_type):
            continue
        types.setdefault(instance_type, None)
        if key.split(SEPARATOR)[2:] == PRICED_AS:
            types[instance_type] = _hourly(prices.hours or ())
    return listed


def _place(key: str) -> tuple[str, str] | None:
    """Region and type of a key. What follows them decides on the price alone, so it may be missing or new."""
    region, _, rest = key.partition(SEPARATOR)
    instance_type = rest.partition(SEPARATOR)[0].strip()
    return (region.strip(), instance_type) if region.strip() and instance_type.startswith("ecs.") else None


def _hourly(hours: Iterable[Hour]) -> float | None:
    """The price of one hour; none where there is none, or one that is no price."""
    for hour in hours:
        if str(hour.period) != "1":
            continue
        try:
            price = float(hour.price or 0)
        except ValueError:
            continue
        # 0 and 0.01 stand where no price was set; NaN and infinity compare false
        return price if 0.01 < price < float("inf") else None
    return None
