"""Source `billing_catalog`: the on-demand prices of GPUs and TPUs in the Cloud Billing Catalog.

What belongs here: the price of one card or chip, by region. What does not: machine types, which have no price of their
own. The traps: an article is known by its description alone ("Nvidia Tesla A100 GPU running in Americas"); the same
card is listed again for every way of paying, several of them with usage type OnDemand, and the reserved ones at price
0 for regions that have no such card; one article is listed for regions where no zone has it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import msgspec

from gpu_census.providers.contract import Ask, AskError, Offering, Region, source

SERVICE = "https://cloudbilling.googleapis.com/v1/services/6F81-5844-456A/skus"
KEY = "GOOGLE_API_KEY"
ACCELERATORS = ("GPU", "TPU")
PLACEHOLDER = 0.01
_ARTICLE = re.compile(r"(?P<article>.+?)(?: running)? in [^()]+")
_OTHER_WAY_OF_PAYING = re.compile(
    r"\b(spot|preemptible|commitment|committed|reserved|dws|defined duration|calendar mode|flex start"
    r"|capacity optimized|sole tenancy)\b",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"1/(\d+)\b")


class _Category(msgspec.Struct, rename="camel"):
    resource_family: str = ""
    resource_group: str = ""
    usage_type: str = ""


class _Money(msgspec.Struct, rename="camel"):
    currency_code: str = ""
    units: int | str = 0
    nanos: int = 0


class _Rate(msgspec.Struct, rename="camel"):
    unit_price: _Money


class _Expression(msgspec.Struct, rename="camel"):
    usage_unit: str = ""
    tiered_rates: list[_Rate] = []


class _Pricing(msgspec.Struct, rename="camel"):
    pricing_expression: _Expression = msgspec.field(default_factory=_Expression)


class _Sku(msgspec.Struct, rename="camel"):
    description: str
    category: _Category
    service_regions: list[str] = []
    pricing_info: list[_Pricing] = []


class _Page(msgspec.Struct, rename="camel"):
    skus: list[_Sku]
    next_page_token: str = ""


@source(
    title="Cloud Billing Catalog, on-demand GPUs and TPUs",
    evidence="price",
    hosts=("cloudbilling.googleapis.com",),
    url="https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list",
    scope=("gpu", "TPU", "-GB200", "-GB300", "-TPU v2", "-TPU v3", "-TPU v4"),
    verified="recorded",
    credentials=(KEY,),
    notes="The price of one card or chip; a machine costs its CPU and memory besides, except B200 and parts of a card, "
    "whose price includes them. Spot, commitments, reservations, flex start and calendar mode are not read. New cards "
    "were without article for months, GB200 and GB300 still are, and TPU v2 to v4 belong to another service: silence "
    "does not cover them.",
)
async def billing_catalog(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region that any article of the family Compute names, and what is sold there on demand."""
    first = f"{SERVICE}?pageSize=5000&key={quote(ask.credential(KEY), safe='')}"

    def after(page: _Page) -> str | None:
        return f"{first}&pageToken={quote(page.next_page_token, safe='')}" if page.next_page_token else None

    regions: set[str] = set()
    found: dict[tuple[str, str], Offering] = {}
    async for page in ask.pages(first, as_type=_Page, next_url=after):
        for sku in page.body.skus:
            if sku.category.resource_family == "Compute":
                regions.update(sku.service_regions)
            for offering in _offerings(sku, page.sha256):
                key = offering.region_code, offering.instance_type
                found[key] = _cheaper(found.get(key), offering)
    if not found:
        wrong = "no on-demand article of the groups GPU and TPU; descriptions have changed, adapt billing_catalog.py"
        raise AskError(ask.provider, wrong, url=SERVICE)
    for code in sorted(regions | {region for region, _ in found}):
        yield Region(code)
    for key in sorted(found):
        yield found[key]


def _offerings(sku: _Sku, sha256: str) -> Iterator[Offering]:
    """What an article sells, in each of its regions; nothing unless it is an accelerator, on demand."""
    if sku.category.resource_group not in ACCELERATORS or sku.category.usage_type != "OnDemand":
        return
    if _OTHER_WAY_OF_PAYING.search(sku.description):
        return
    match = _ARTICLE.fullmatch(sku.description.strip())
    article = match["article"] if match else sku.description.strip()
    part = _FRACTION.match(article)
    price, currency = _hourly(sku)
    for code in sku.service_regions:
        yield Offering(
            region_code=code,
            instance_type=article,
            accelerator_label=article.removesuffix(" GPU"),
            accelerator_count=1 / int(part[1]) if part else 1,
            price=price,
            currency=currency,
            payload_sha256=sha256,
        )


def _hourly(sku: _Sku) -> tuple[float | None, str | None]:
    """The newest price for an hour, and its currency; None where there is none, or a placeholder."""
    expression = sku.pricing_info[-1].pricing_expression if sku.pricing_info else _Expression()
    if expression.usage_unit != "h":
        return None, None
    for rate in expression.tiered_rates:
        price = round(int(rate.unit_price.units or 0) + rate.unit_price.nanos / 1e9, 9)
        if price > PLACEHOLDER:
            return price, rate.unit_price.currency_code or None
    return None, None


def _cheaper(known: Offering | None, other: Offering) -> Offering:
    """Of two articles with one name in one region, the one with a price, and the lower one."""
    if known is None or (other.price is not None and (known.price is None or other.price < known.price)):
        return other
    return known
