"""(b) A hundred pages of a thousand prices each, from the stand-in on loopback.

The project asks, lands every page (digest, Zstandard, card), decodes it into checked types and looks whether the walk
is whole; gpuhunt asks and decodes. Each follows its own way: eight connections and next links, or 32 threads and
offsets.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.contestant import stopwatch
from benchmarks.measuring import FLOOR, FRESH, PEER, PROJECT, Case, Contestant, Results, Target, function
from benchmarks.peers import why_missing
from benchmarks.serving import stand_in

TITLE = "Azure prices"
MODULE = __name__
HOST = "prices.azure.com"
DAY = date(2026, 11, 24)
CONNECTIONS = 8


def cases(folder: Path, *, quick: bool) -> Iterator[Case]:
    """One walk, and what a night does: walks until two agree, and reading the rows out of what has landed."""
    regions, pages = (2, 2) if quick else (25, 4)
    count = regions * pages
    with stand_in("--azure-pages", pages) as base:
        targets = [Target("at most 1.0 × gpuhunt", 1.0, lambda of: of["project"].seconds / of["gpuhunt"].seconds)]
        yield Case(
            f"{TITLE}: one walk, {count} pages of 1,000 items",
            [
                Contestant("project", PROJECT, "asked, landed, decoded, checked",
                           function(MODULE, "project", base, regions, FRESH)),
                Contestant("gpuhunt", PEER, "gpuhunt's collector, specs given",
                           function(MODULE, "gpuhunt", base, regions),
                           missing=why_missing("gpuhunt", "azure.mgmt.compute", "azure.identity")),
                Contestant("httpx", FLOOR, "httpx, 8 connections, bytes only",
                           function(MODULE, "httpx_loop", base, regions, pages)),
            ],
            targets,
            _pages,
        )  # fmt: skip


def _pages(of: Results) -> Sequence[str]:
    counts = [f"{name} {one.told['pages']}" for name, one in of.items()]
    return [f"pages: {', '.join(counts)}"]


def names(count: int) -> list[str]:
    """The regions that are asked for."""
    from gpu_census_tests.stand_in.synthetic import REGIONS

    return list(REGIONS[:count])


def project(base: str, count: str, folder: str) -> dict[str, Any]:
    """A source that walks once through each region, asked as on any night."""
    from gpu_census.collect.landing import Landing
    from gpu_census.collect.limits import Limits
    from gpu_census.collect.network import Replay
    from gpu_census.collect.night import ask_clouds
    from gpu_census.providers.azure.price_item import n_series_offerings
    from gpu_census.providers.azure.retail_price_walk import _walk
    from gpu_census.providers.contract import Ask, Offering, Region, Source

    async def one_walk(ask: Ask) -> AsyncIterator[Region | Offering]:
        async def read(code: str) -> list[Offering]:
            _, priced = await _walk(ask, code)
            return n_series_offerings(code, priced)

        async for code, offerings in ask.each(names(int(count)), read):
            yield Region(code)
            for offering in offerings or ():
                yield offering

    source = Source(provider="azure", name="one_walk", list_types=one_walk, title="One walk", evidence="price",
                    hosts=(HOST,), url=f"https://{HOST}/", verified="recorded")  # fmt: skip
    with stopwatch:
        limits = Limits(connections=CONNECTIONS)
        night = ask_clouds([source], landing=Landing(Path(folder)), census_date=DAY, limits=limits, replay=Replay(base))
    (asked,) = night.asked
    if asked.faults:
        raise RuntimeError(asked.faults[0])
    return {"pages": asked.requests}


def gpuhunt(base: str, count: str) -> dict[str, Any]:
    """gpuhunt's collector; what it asks Azure's management API for is given."""
    from gpuhunt.providers import azure

    from gpu_census_tests.stand_in.synthetic import AzurePrices

    azure.prices_url = f"{base}/{HOST}/api/retail/prices"
    sizes = sorted(AzurePrices(pages=4).names())
    specs = {
        name: azure._InstanceSpec(name, 8, 64.0, 1, "A100", 80.0, azure.AcceleratorVendor.NVIDIA) for name in sizes
    }
    pages = 0

    class Given(azure.AzureProvider):
        def __init__(self) -> None:
            self.cache_dir = None

        def get_specs_and_regions(self) -> tuple[dict[str, Any], set[str]]:
            return specs, set(names(int(count)))

        def get_pages(self, *arguments: Any, **how: Any) -> Iterator[list[dict[str, Any]]]:
            nonlocal pages
            for page in super().get_pages(*arguments, **how):
                pages += 1
                yield page

    with stopwatch:
        offers = Given().get()
    return {"pages": pages, "offers": len(offers)}


def httpx_loop(base: str, count: str, pages: str) -> dict[str, Any]:
    """The same pages, fetched and dropped."""
    import asyncio
    from urllib.parse import quote

    import httpx

    def url(region: str, page: int) -> str:
        wanted = quote(f"armRegionName eq '{region}'", safe="")
        return f"{base}/{HOST}/api/retail/prices?$filter={wanted}&$skip={page * 1000}"

    urls = [url(region, page) for region in names(int(count)) for page in range(int(pages))]

    async def fetch() -> int:
        gate = asyncio.Semaphore(CONNECTIONS)
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=CONNECTIONS), timeout=30) as client:

            async def one(url: str) -> int:
                async with gate:
                    return len((await client.get(url)).content)

            return sum(await asyncio.gather(*map(one, urls)))

    with stopwatch:
        size = asyncio.run(fetch())
    return {"pages": len(urls), "bytes": size}
