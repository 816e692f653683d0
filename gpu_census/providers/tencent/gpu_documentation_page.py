"""Tencent Cloud's documentation of GPU instances: which family is sold in which zones, by its own word.

What belongs here: which pages there are, and what makes them an answer. What does not: reading them (`gpu_pages.py`).
The traps: computing and rendering types have pages of their own, and a T4 may be on either, so only both are an answer;
the two sites number the pages differently, and either may be rewritten; a region that no family names is not on them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from gpu_census.providers.contract import Ask, AskError, Offering, Region, source
from gpu_census.providers.tencent.gpu_pages import GpuPage, read_page

# by site: computing instances, rendering instances
SITES = (
    ("https://cloud.tencent.com/document/product/560/19700", "https://cloud.tencent.com/document/product/560/63854"),
    (
        "https://www.tencentcloud.com/document/product/560/19701",
        "https://www.tencentcloud.com/document/product/560/19700",
    ),
)

Read = list[tuple[GpuPage, str]]


@source(
    title="Tencent Cloud documentation of GPU instances (product 560): types by zone",
    evidence="docs",
    hosts=("cloud.tencent.com", "www.tencentcloud.com"),
    url="https://cloud.tencent.com/document/product/560/19700",
    verified="described",
    # as the archived states of these pages: A800 and H800 are sold in HCC clusters, with pages of their own
    scope=("NVIDIA", "-A800", "-H800"),
    notes=(
        "The Chinese pages, or the English ones where the Chinese cannot be read. Known from the Markdown that they "
        "were made of until 2023, not from the pages as they are served. Zones are named by city and number, and "
        "turned into codes by the reference table; families on an allowlist count as sold by request."
    ),
)
async def gpu_documentation_page(ask: Ask) -> AsyncIterator[Region | Offering]:
    """The types of the first site whose pages can both be read."""
    pages = await _pages(ask)
    for doubt in (doubt for page, _ in pages for doubt in page.doubts):
        ask.fault(doubt)
    certain = not any(page.doubts for page, _ in pages)
    found = {
        (zone.region_code, zone.zone, name): _offering(page, name, zone.region_code, zone.zone, digest)
        for page, digest in pages
        for name in page.types
        for zone in page.zones_of(name)
    }
    if not found:
        raise AskError(
            ask.provider, "no type with a zone on the pages: they have changed, read them anew", url=SITES[0][0]
        )
    for code in sorted({code for code, _, _ in found}):
        yield Region(code, answered=certain)
    for key in sorted(found) if certain else ():
        yield found[key]


async def _pages(ask: Ask) -> Read:
    """Both pages of a site. Raises `AskError` where neither site's can be read."""
    told = []
    for site in SITES:
        try:
            return [await _page(ask, url) for url in site]
        except AskError as error:
            told.append(error.told)
            ask.fault(error.told)
    raise AskError(ask.provider, f"the pages of neither site can be read: {'; '.join(told)}")


async def _page(ask: Ask, url: str) -> tuple[GpuPage, str]:
    answer = await ask.html(url, must_hold="<table")
    page = read_page(answer.body)
    if not page.types:
        wrong = "no table of instance types with a column GPU: the page has changed, or a script fills it"
        raise AskError(ask.provider, wrong, url=answer.url)
    return page, answer.sha256


def _offering(page: GpuPage, name: str, code: str, zone: str, digest: str) -> Offering:
    label, count = page.types[name]
    return Offering(
        region_code=code,
        zone=zone,
        instance_type=name,
        accelerator_label=label,
        accelerator_count=count,
        status="by_request" if page.is_on_request(name) else "offered",
        payload_sha256=digest,
    )
