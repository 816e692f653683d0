"""The two sites of Huawei Cloud's price calculator: prices in CNY on the China site, in USD on the international one.

What belongs here: what differs between the sites. What does not: reading the answers (`calculator.py`). The trap:
neither site lists every region; the China site has more of the mainland (Ulanqab is on none but that), so both are
asked, and a region that one leaves out says nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from gpu_census.providers.contract import Ask, Offering, Region, source
from gpu_census.providers.huawei.calculator import Site, list_priced

API = "api/calculator/rest/cbc/portalcalculatornodeservice/v4/api"
CHINA = Site(
    api=f"https://portal.huaweicloud.com/{API}",
    page="https://www.huaweicloud.com/pricing/calculator.html",
    language="zh-cn",
    currency="CNY",
)
INTERNATIONAL = Site(
    api=f"https://portal-intl.huaweicloud.com/{API}",
    page="https://www.huaweicloud.com/intl/en-us/pricing/calculator.html",
    language="en-us",
    currency="USD",
)
# the training chips are sold through ModelArts, of which a price list of ECS says nothing
SCOPE = ("all", "-Ascend 910", "-Ascend 910B", "-Ascend 910C")
NOTES = (
    "A price is not stock. Machines of ECS only: ModelArts, bare metal and home zones are elsewhere. Regions that a "
    "partner runs are marked so by the menu itself. The menu was recorded on 2026-04-01, and the answer of another "
    "service with it; the fields of an ECS answer are known from public code that reads it."
)


@source(
    title="Huawei Cloud price calculator, China site: ECS types with a price",
    evidence="price",
    hosts=("portal.huaweicloud.com",),
    url="https://www.huaweicloud.com/pricing/calculator.html#/ecs",
    verified="described",
    scope=SCOPE,
    notes=NOTES,
    connections=4,
)
async def calculator_china(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Regions and prices (CNY) of the China site."""
    async for row in list_priced(ask, CHINA):
        yield row


@source(
    title="Huawei Cloud price calculator, international site: ECS types with a price",
    evidence="price",
    hosts=("portal-intl.huaweicloud.com",),
    url="https://www.huaweicloud.com/intl/en-us/pricing/calculator.html#/ecs",
    verified="described",
    scope=SCOPE,
    notes=NOTES,
    connections=4,
)
async def calculator_international(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Regions and prices (USD) of the international site."""
    async for row in list_priced(ask, INTERNATIONAL):
        yield row
