"""Source `retail_price_walk`: the Retail Prices API, all sizes of a region, walked until two walks agree.

What belongs here: which regions to ask for, and walking their pages. What does not: what an item says
(`price_item.py`). The traps: prices are republished while the list is walked, its pages shift, and rows are lost
without a word, so one walk proves nothing; a wrong filter answers with an empty list and status 200, so the filter
names no size that a region may lack; with `$top` the next link asks for `$top=0`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, quote, urlsplit

import msgspec

from gpu_census.providers.azure.n_series import N_SERIES
from gpu_census.providers.azure.price_item import PriceItem, n_series_offerings
from gpu_census.providers.contract import Ask, AskError, Offering, Region, source
from gpu_census.reference.tables import reference_table

API = "https://prices.azure.com/api/retail/prices?api-version=2023-01-01-preview"
MACHINES = "serviceName eq 'Virtual Machines' and priceType eq 'Consumption'"
SOLD_EVERYWHERE = "Standard_D2s_v3"
WALKS_AT_LEAST, WALKS_AT_MOST = 2, 4
PARTITIONS = ("public", "government")
GOVERNMENT = ("usgov", "usdod")

Priced = list[tuple[PriceItem, str]]
Keys = set[tuple[str, str]]


class Place(msgspec.Struct, rename="camel"):
    """Where a price holds."""

    arm_region_name: str
    location: str | None = None


class Places(msgspec.Struct, rename="pascal"):
    """A page of prices of which only the places are read."""

    items: list[Place]
    next_page_link: str | None
    count: int | None = None


class Page(msgspec.Struct, rename="pascal"):
    """A page of prices."""

    items: list[PriceItem]
    next_page_link: str | None
    count: int | None = None


@source(
    title="Retail Prices API, by region",
    evidence="price",
    hosts=("prices.azure.com",),
    url="https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices",
    verified="recorded",
    scope=("all", "-GB300"),
    notes="A price is not an offering: sizes that were retired (V100, K80) or never opened (H200, GB200, MI300X) in a "
    "region are priced there. GB300 has no retail price anywhere, so silence does not cover it. Regions are those that "
    "the API prices a common size in, and those of the reference table; each is walked until two walks agree.",
)
async def retail_price_walk(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region that is known, answered for where its walks agree, and its N-series."""
    names, priced = await _regions(ask)

    async def read(code: str) -> list[Offering] | None:
        prices = await _agreed(ask, code)
        if prices is None and code in priced:
            raise AskError(ask.provider, "no size has a price there, which is no answer", url=_region_url(code))
        return None if prices is None else n_series_offerings(code, prices)

    async for code, offerings in ask.each(sorted(names), read):
        partition = "government" if code.startswith(GOVERNMENT) else "public"
        yield Region(code, name=names[code], cloud_partition=partition, answered=offerings is not None)
        for offering in offerings or ():
            yield offering


def prices_url(condition: str) -> str:
    """The first page of the machines' prices that meet a condition."""
    return f"{API}&$filter={quote(f'{MACHINES} and {condition}', safe='')}"


async def _regions(ask: Ask) -> tuple[dict[str, str | None], set[str]]:
    """Every region there is to ask for, with the name that the prices give it; and those that have prices for sure.

    Some regions of the reference table are not priced in public: that they have no prices is no fault.
    """
    known = reference_table("region").filter(provider="azure")
    listed = known["region_code"].filter(known["cloud_partition"].is_in(PARTITIONS))
    names: dict[str, str | None] = dict.fromkeys(listed)
    url = prices_url(f"armSkuName eq '{SOLD_EVERYWHERE}'")
    priced: set[str] = set()
    try:
        async for page in ask.pages(url, as_type=Places, next_url=lambda body: _next(ask, body)):
            _whole(ask, page.body, page.url)
            for place in page.body.items:
                if code := place.arm_region_name.strip():
                    priced.add(code)
                    names[code] = names.get(code) or place.location
        if not priced:
            raise AskError(ask.provider, f"no price of {SOLD_EVERYWHERE} at all: choose another common size", url=url)
    except AskError as error:
        ask.fault(f"new regions are not looked for, only the {len(listed)} known ones are asked: {error.told}")
        return names, set(names)
    return names, priced


async def _agreed(ask: Ask, code: str) -> Priced | None:
    """The N-series prices of all walks of a region, None where they agree that it has no prices at all.

    Raises `AskError` where no walk confirms those before it.
    """
    seen: Keys = set()
    priced: Priced = []
    lost: list[str] = []
    for number in range(1, WALKS_AT_MOST + 1):
        try:
            keys, items = await _walk(ask, code)
        except AskError as error:
            lost.append(f"walk {number} was lost: {error.told}")
            if len(lost) > WALKS_AT_MOST - WALKS_AT_LEAST:
                raise AskError(ask.provider, f"too few walks to compare; {'; '.join(lost)}") from None
            continue
        is_stable = keys <= seen and number - len(lost) >= WALKS_AT_LEAST
        seen |= keys
        priced += items
        if not is_stable:
            continue
        for told in lost:
            ask.fault(f"{code}: {told}; other walks agree without it")
        return priced if seen else None
    told = "; ".join(["each walk found prices that those before it had not", *lost])
    raise AskError(ask.provider, f"no two walks agree: {told}", url=_region_url(code))


async def _walk(ask: Ask, code: str) -> tuple[Keys, Priced]:
    """One walk through a region's prices: what identifies each, and those of the N-series with their answers."""
    keys: Keys = set()
    priced: Priced = []
    others = 0
    async for page in ask.pages(_region_url(code), as_type=Page, next_url=lambda body: _next(ask, body)):
        _whole(ask, page.body, page.url)
        items = [item for item in page.body.items if item.arm_region_name == code]
        others += len(page.body.items) - len(items)
        keys.update([(item.meter_id, item.sku_id) for item in items])
        priced += [(item, page.sha256) for item in items if item.arm_sku_name and N_SERIES.match(item.arm_sku_name)]
    if others and not keys:
        raise AskError(ask.provider, f"asked for {code}, came {others} prices of other regions", url=_region_url(code))
    return keys, priced


def _region_url(code: str) -> str:
    return prices_url("armRegionName eq '{}'".format(code.replace("'", "''")))


def _whole(ask: Ask, page: Page | Places, url: str) -> None:
    """Raise `AskError` for a page that holds fewer items than it says."""
    if page.count is not None and page.count > len(page.items):
        raise AskError(ask.provider, f"{page.count} items are announced, {len(page.items)} came", url=url)


def _next(ask: Ask, page: Page | Places) -> str | None:
    """The next page. Raises `AskError` for a link that is known to be refused."""
    link = page.next_page_link
    if link and parse_qs(urlsplit(link).query).get("$top") == ["0"]:
        raise AskError(ask.provider, "the next link asks for no items ($top=0): ask again", url=ask.redaction.url(link))
    return link
