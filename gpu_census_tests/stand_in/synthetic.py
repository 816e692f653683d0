"""Large answers that are made up as they are asked for, the same ones every time.

    AzurePrices(regions=REGIONS, pages=16)                        a price list as large as Azure's
    AzurePrices(regions=["eastus"], pages=4, lost=Lost(page=2))   whose first walk of each region misses a page
    Pages(300)                                                    many small answers, to measure latency with

`StandIn` plays them beside recordings.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from gpu_census_tests.stand_in.recordings import Recorded

ITEMS = 1000
NAMES_A_PAGE = 25
SHAPES = ("Standard_NC{}ads_A100_v4", "Standard_NC{}ads_H100_v5", "Standard_NC{}as_T4_v3", "Standard_NV{}ads_A10_v5")
METERS = (
    ("", "", 1.0),
    ("", " Windows", 1.2),
    (" Spot", "", 0.2),
    (" Low Priority", "", 0.3),
)
REGION, MARK = "@region@", "00000000"
REGIONS = (
    *("eastus", "eastus2", "westus", "westus2", "westus3", "centralus", "northcentralus", "southcentralus"),
    *("westcentralus", "canadacentral", "canadaeast", "brazilsouth", "mexicocentral", "northeurope", "westeurope"),
    *("uksouth", "ukwest", "francecentral", "germanywestcentral", "switzerlandnorth", "norwayeast", "swedencentral"),
    *("polandcentral", "italynorth", "spaincentral", "uaenorth", "qatarcentral", "israelcentral", "southafricanorth"),
    *("centralindia", "southindia", "westindia", "eastasia", "southeastasia", "japaneast", "japanwest"),
    *("koreacentral", "koreasouth", "australiaeast", "australiasoutheast", "newzealandnorth"),
)


@dataclass(frozen=True)
class Lost:
    """A page (from 0) that is missing from the `walk`-th walk (from 1) of every region, or of `region`.

    The pages behind it move up and the walk is shorter, as where prices are published anew during a walk.
    """

    page: int
    walk: int = 1
    region: str = ""


class AzurePrices:
    """Azure's retail prices of `pages` pages a region; a query that names no region gets one item of each.

    Every item is a GPU machine sold by the hour, so that no filter on name, service or price type leaves out any; of
    the filter only the region is looked at. A walk of a region begins with a request without `$skip`.
    """

    host = "prices.azure.com"

    def __init__(self, regions: Sequence[str] = REGIONS, pages: int = 16, lost: Lost | None = None) -> None:
        self.regions = regions
        self.pages = pages
        self.walks: Counter[str] = Counter()
        self._lost = lost

    def names(self) -> set[str]:
        """The instance types that every region has."""
        return {name for page in range(self.pages) for name in self.names_of(page)}

    @staticmethod
    def names_of(page: int) -> list[str]:
        """The instance types that this page has and no other."""
        numbers = range(page * NAMES_A_PAGE, (page + 1) * NAMES_A_PAGE)
        return [SHAPES[number % len(SHAPES)].format(number + 1) for number in numbers]

    def give(self, method: str, url: str, body: bytes) -> Recorded | None:
        """The page that is asked for."""
        parts = urlsplit(url)
        if method != "GET" or parts.netloc != self.host or parts.path != "/api/retail/prices":
            return None
        query = dict(parse_qsl(parts.query))
        named = re.search(r"armRegionName eq '([^']*)'", query.get("$filter", ""))
        if named is None:
            return Recorded(url, _whole([_in_region(_first_item(), region) for region in self.regions], None))
        region, page = named[1], int(query.get("$skip", 0)) // ITEMS
        if page == 0:
            self.walks[region] += 1
        lost = self._lost
        losing = lost and lost.walk == self.walks[region] and lost.region in ("", region)
        last = self.pages - (2 if losing else 1)
        if region not in self.regions or page > last:
            return Recorded(url, _whole([], None))
        shown = page + 1 if losing and lost and page >= lost.page else page
        return Recorded(url, _in_region(_items(shown), region, _next(query, page) if page < last else None))


def _next(query: dict[str, str], page: int) -> str:
    # the port is really there in what Azure links to
    link = urlencode(query | {"$skip": str((page + 1) * ITEMS)}, quote_via=quote, safe="$'")
    return f"https://{AzurePrices.host}:443/api/retail/prices?{link}"


def _whole(items: list[bytes], link: str | None) -> bytes:
    head = b'{"BillingCurrency":"USD","CustomerEntityId":"Default","CustomerEntityType":"Retail","Items":['
    return b'%b%b],"NextPageLink":%b,"Count":%d}' % (head, b",".join(items), json.dumps(link).encode(), len(items))


def _in_region(text: bytes, region: str, link: str | None = "") -> bytes:
    """The text as of one region; meters have a digest of the region in their number, for they are its own."""
    mark = b"%08x" % zlib.crc32(region.encode())
    text = text.replace(REGION.encode(), region.encode()).replace(MARK.encode(), mark)
    return text if link == "" else text.replace(b'"NextPageLink":null', b'"NextPageLink":' + json.dumps(link).encode())


@cache
def _items(page: int) -> bytes:
    """A page of no region yet, with no next page."""
    return _whole([json.dumps(item).encode() for item in _prices(page)], None)


def _first_item() -> bytes:
    return json.dumps(next(_prices(0))).encode()


def _prices(page: int) -> Iterator[dict[str, object]]:
    """The items of a page: each name in every sort, with its former prices."""
    names = AzurePrices.names_of(page)
    for place in range(ITEMS):
        name = names[place // (ITEMS // NAMES_A_PAGE)]
        sort, system, factor = METERS[place % len(METERS)]
        year = 2026 - place % (ITEMS // NAMES_A_PAGE) // len(METERS)
        number = page * ITEMS + place
        price = round(factor * (1 + number % 97 / 10), 4)
        short = name.removeprefix("Standard_").replace("_", " ")
        yield {
            "currencyCode": "USD",
            "tierMinimumUnits": 0.0,
            "retailPrice": price,
            "unitPrice": price,
            "armRegionName": REGION,
            "location": REGION.upper(),
            "effectiveStartDate": f"{year}-01-01T00:00:00Z",
            "meterId": f"{MARK}-0000-5000-8000-{number:012x}",
            "meterName": f"{short}{sort}",
            "productId": f"DZH318Z{page:05X}",
            "skuId": f"DZH318Z{page:05X}/{place:04X}",
            "productName": f"Virtual Machines {short.split()[0]} Series{system}",
            "skuName": f"{name}{sort}",
            "serviceName": "Virtual Machines",
            "serviceId": "DZH313Z7MMC8",
            "serviceFamily": "Compute",
            "unitOfMeasure": "1 Hour",
            "type": "Consumption",
            "isPrimaryMeterRegion": True,
            "armSkuName": name,
        }


class Pages:
    """Small JSON pages at `https://pages.example.com/list?page=N`, from 1, each with a link to the next one."""

    host = "pages.example.com"

    def __init__(self, count: int) -> None:
        self.urls = [f"https://{self.host}/list?page={number}" for number in range(1, count + 1)]

    def give(self, method: str, url: str, body: bytes) -> Recorded | None:
        """The page that is asked for."""
        if method != "GET" or url not in self.urls:
            return None
        number = self.urls.index(url) + 1
        items = [{"number": number * 10 + place} for place in range(10)]
        link = self.urls[number] if number < len(self.urls) else None
        return Recorded(url, json.dumps({"page": number, "items": items, "next": link}).encode())
