"""STACKIT: which GPU flavors have a price in which region.

What belongs here: the price list's articles for servers, with and without a GPU. What does not: whether they can be
had, which only the project's own API tells. The traps: GPU servers are a product of their own; a flavor that spans the
zones of a region (metro) is an article of its own; the list comes in pages of 100; no field names the card, only the
flavor's series does.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import quote

import msgspec

from gpu_census.providers.contract import Ask, Offering, Region, accelerators_in, source
from gpu_census.providers.paging import whole_list

API = "https://pim.api.stackit.cloud/v2/skus"
GPU_PRODUCT = "GPU Server"
PRODUCTS = ("Server", GPU_PRODUCT)
CARDS = re.compile(r".*\.g(\d+)")


class Price(msgspec.Struct, rename="camel"):
    """What one unit costs."""

    value: str | None = None
    currency_code: str | None = None


class Attributes(msgspec.Struct):
    """What an article is; other articles have other fields."""

    flavor: str = ""
    metro: bool = False


class Sku(msgspec.Struct, rename="camel"):
    """An article of the price list in a region."""

    region: str
    product_name: str
    unit_billing: str = ""
    prices: list[Price] = []
    product_specific_attributes: Attributes = msgspec.field(default_factory=Attributes)


class Meta(msgspec.Struct, rename="camel"):
    """Where the list goes on."""

    next_cursor: str | None = None


class SkuPage(msgspec.Struct):
    """A page of articles."""

    data: list[Sku]
    meta: Meta


@source(
    title="Price list: servers and GPU servers by region",
    evidence="price",
    hosts=("pim.api.stackit.cloud",),
    url="https://docs.api.eu01.stackit.cloud/documentation/pim/version/v2",
    verified="documented",
    notes="The form is that of the answers that STACKIT's own open source code is tested with.",
)
async def price_list(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region with a price for any server, and its GPU servers."""
    skus = [row for product in PRODUCTS for row in await _skus(ask, product)]
    for code in sorted({sku.region for sku, _ in skus}):
        yield Region(code)
        found: dict[tuple[str, str], Offering] = {}
        for sku, sha256 in skus:
            offering = _offering(sku, sha256) if sku.region == code else None
            if offering is not None:
                found.setdefault((offering.zone, offering.instance_type), offering)
        for offering in found.values():
            yield offering


async def _skus(ask: Ask, product: str) -> list[tuple[Sku, str]]:
    """Every article of a product, with the digest of its page."""
    query = f"productName={quote(product)}&language=en&pageSize=100"

    def next_url(page: SkuPage) -> str | None:
        cursor = page.meta.next_cursor if page.data else None
        return f"?{query}&cursor={quote(cursor, safe='')}" if cursor else None

    return await whole_list(
        ask, f"{API}?{query}", as_type=SkuPage, rows=lambda page: page.data, next_url=next_url, total=lambda page: None
    )


def _offering(sku: Sku, sha256: str) -> Offering | None:
    """A GPU server; None for a server without."""
    flavor = sku.product_specific_attributes.flavor
    known = accelerators_in("stackit", flavor)
    if not flavor or not (known or sku.product_name == GPU_PRODUCT):
        return None
    cards = CARDS.fullmatch(flavor)
    price = _hourly(sku)
    return Offering(
        region_code=sku.region,
        zone=f"{sku.region}-m" if sku.product_specific_attributes.metro else "",
        instance_type=flavor,
        accelerator_label=known[0][0] if known else flavor,
        accelerator_count=float(cards[1]) if cards else None,
        price=price,
        currency=sku.prices[0].currency_code if price else None,
        payload_sha256=sha256,
    )


def _hourly(sku: Sku) -> float | None:
    """The price by the hour; None where the unit is another."""
    told = sku.prices[0].value if sku.prices and "hour" in sku.unit_billing.lower() else None
    try:
        return float(told or 0) or None
    except ValueError:
        return None
