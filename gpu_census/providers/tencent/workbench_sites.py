"""The two sites of Tencent Cloud's purchase workbench: CNY on the China site, USD on the international one.

What belongs here: what differs between the sites. What does not: asking and reading (`workbench.py`). The trap: the
workbench is the page's own and no documented API; it may change from one day to the next.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from gpu_census.providers.contract import Ask, Offering, Region, source
from gpu_census.providers.tencent.workbench import list_stock

CHINA = "workbench.cloud.tencent.com"
INTERNATIONAL = "workbench.tencentcloud.com"
# sold by invitation or in HCC clusters, and missing here without a word
SCOPE = ("all", "-A800", "-H800")
NOTES = (
    "The page behind the purchase workbench, known from public code that reads it; the rows are those of the official "
    "API. Zones without any type count as closed. Families by invitation may be missing, so A800 and H800 are out of "
    "its scope."
)


@source(
    title="Tencent Cloud purchase workbench, China site: stock by zone",
    evidence="stock",
    hosts=(CHINA,),
    url="https://buy.cloud.tencent.com/cvm",
    verified="described",
    scope=SCOPE,
    notes=NOTES,
    connections=4,
)
async def workbench_china(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Regions, zones and stock of the China site."""
    async for row in list_stock(ask, CHINA, currency="CNY"):
        yield row


@source(
    title="Tencent Cloud purchase workbench, international site: stock by zone",
    evidence="stock",
    hosts=(INTERNATIONAL,),
    url="https://buy.tencentcloud.com/cvm",
    verified="described",
    scope=SCOPE,
    notes=NOTES,
    connections=4,
)
async def workbench_international(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Regions, zones and stock of the international site."""
    async for row in list_stock(ask, INTERNATIONAL, currency="USD"):
        yield row
