"""Source `sizes_api`: which Droplet sizes with a GPU each region offers.

What belongs here: the API's regions and sizes. What does not: sizes sold by contract only, which the API does not name.
The traps: a size with no region is nowhere; `available: false` means sold out, not gone; old regions stay in the list
although nothing new can be made there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from gpu_census.providers.bearer import bearer
from gpu_census.providers.contract import Ask, Offering, Region, source
from gpu_census.providers.paging import whole_list

API = "https://api.digitalocean.com/v2"
TOKEN = "DIGITALOCEAN_TOKEN"
PER_PAGE = 200


class GpuInfo(msgspec.Struct):
    """What card a size holds, and how many."""

    model: str = ""
    count: int | None = None


class Size(msgspec.Struct):
    """A Droplet size."""

    slug: str
    regions: list[str]
    available: bool = True
    gpu_info: GpuInfo | None = None
    price_hourly: float | None = None


class RegionItem(msgspec.Struct):
    """A region."""

    slug: str
    name: str | None = None


class Pages(msgspec.Struct):
    """The link to the next page."""

    next: str | None = None


class Links(msgspec.Struct):
    """The links; empty on the only page."""

    pages: Pages | None = None


class Meta(msgspec.Struct):
    """How many there are."""

    total: int | None = None


class ListPage(msgspec.Struct, kw_only=True):
    """What a page of either list says about itself."""

    links: Links | None = None
    meta: Meta | None = None


class SizePage(ListPage, kw_only=True):
    """A page of sizes."""

    sizes: list[Size]


class RegionPage(ListPage, kw_only=True):
    """A page of regions."""

    regions: list[RegionItem]


@source(
    title="Droplet sizes and the regions that offer them",
    evidence="offering",
    hosts=("api.digitalocean.com",),
    url="https://docs.digitalocean.com/reference/api/reference/sizes/",
    verified="recorded",
    regions_complete=True,
    credentials=(TOKEN,),
    notes="Sizes sold by contract only are not in it. The recorded answer was trimmed to three of 147 sizes.",
)
async def sizes_api(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region, and the GPU sizes that name it."""
    sign = bearer(ask, TOKEN)
    regions = await whole_list(
        ask,
        f"{API}/regions?per_page={PER_PAGE}",
        as_type=RegionPage,
        rows=lambda page: page.regions,
        next_url=_next,
        total=_total,
        sign=sign,
    )
    sizes = await whole_list(
        ask,
        f"{API}/sizes?per_page={PER_PAGE}",
        as_type=SizePage,
        rows=lambda page: page.sizes,
        next_url=_next,
        total=_total,
        sign=sign,
    )
    names = {item.slug: item.name for item, _ in regions}
    gpu_sizes = [(size, digest) for size, digest in sizes if size.gpu_info is not None]
    unnamed = {slug for size, _ in gpu_sizes for slug in size.regions} - set(names)
    for code in [*names, *sorted(unnamed)]:
        yield Region(code, name=names.get(code))
        for size, digest in gpu_sizes:
            if code in size.regions and size.gpu_info is not None:
                yield _offering(code, size, size.gpu_info, digest)


def _offering(code: str, size: Size, card: GpuInfo, digest: str) -> Offering:
    return Offering(
        region_code=code,
        instance_type=size.slug,
        accelerator_label=card.model or size.slug,
        accelerator_count=float(card.count) if card.count else None,
        status="offered" if size.available else "sold_out",
        price=size.price_hourly or None,
        currency="USD" if size.price_hourly else None,
        payload_sha256=digest,
    )


def _next(page: ListPage) -> str | None:
    return page.links.pages.next if page.links and page.links.pages else None


def _total(page: ListPage) -> int | None:
    return page.meta.total if page.meta else None
