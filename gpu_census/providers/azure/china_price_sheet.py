"""Source `china_price_sheet`: all retail prices of Azure China (21Vianet), in one CSV file.

What belongs here: finding the file and reading the rows of virtual machines. What does not: what a row says
(`price_item.py`). The traps: unlike the public cloud it is no list in pages but a file elsewhere, whose address is
signed and expires within hours; reservations and savings plans stand among its rows, priced for years and called
hourly; a file that breaks off at the end of a line looks whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import polars as pl

from gpu_census.providers.azure.n_series import N_SERIES
from gpu_census.providers.azure.price_item import PriceItem, n_series_offerings
from gpu_census.providers.contract import Ask, AskError, Offering, Region, source

SHEET = "https://prices.azure.cn/api/retail/pricesheet/download?api-version=2023-06-01-preview"
NEEDED = tuple(field.encode_name for field in msgspec.structs.fields(PriceItem))
OPTIONAL = ("location",)
SERVICE = "serviceName"
NEVER_EMPTY = (SERVICE, "type", "currencyCode", "retailPrice")


Machines = dict[str, tuple[str | None, list[PriceItem]]]


class Download(msgspec.Struct, rename="pascal"):
    """Where the newest file is."""

    download_url: str


@source(
    title="Azure China retail price sheet",
    evidence="price",
    hosts=("prices.azure.cn", "*.blob.core.chinacloudapi.cn"),
    url="https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices-china",
    verified="described",
    notes="A price is not an offering. The form of the first answer is documented; the columns of the file are known "
    "from public code that reads it. The file lies in a storage account of Azure China whose name may change, so any "
    "of them is allowed. Prices are in CNY, as given.",
)
async def china_price_sheet(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region that the sheet prices virtual machines in, and its N-series."""
    download = (await ask.json(SHEET, as_type=Download)).body.download_url
    sheet = await ask.file(download)
    try:
        machines = await asyncio.to_thread(_machines, sheet.body)
    except (ValueError, OSError, pl.exceptions.PolarsError) as error:
        raise AskError(ask.provider, f"cannot be read as the price sheet: {error}", url=sheet.url) from None
    for code, (name, items) in sorted(machines.items()):
        yield Region(code, name=name, cloud_partition="china")
        for offering in n_series_offerings(code, ((item, sheet.sha256) for item in items)):
            yield offering


def _machines(path: Path) -> Machines:
    """The regions of all virtual machines, each with its name and the prices of its N-series.

    Raises `ValueError` for a file of another form, or one that breaks off.
    """
    rows = pl.scan_csv(path, infer_schema=False)
    columns = rows.collect_schema().names()
    if missing := [name for name in (*NEEDED, SERVICE) if name not in columns]:
        raise ValueError(f"it has no column {', '.join(missing)}; see which name took its place")
    last = rows.select(NEVER_EMPTY).tail(1).collect(engine="streaming")
    if last.is_empty() or None in last.row(0):
        raise ValueError("it has no rows, or breaks off; ask again")
    wanted = (pl.col(SERVICE) == "Virtual Machines") & (pl.col("armRegionName").str.strip_chars() != "")
    read = [*NEEDED, *(name for name in OPTIONAL if name in columns)]
    machines: Machines = {}
    for row in rows.filter(wanted).select(read).collect(engine="streaming").iter_rows(named=True):
        _, items = machines.setdefault(row["armRegionName"].strip(), (row.get("location"), []))
        if N_SERIES.match(row["armSkuName"] or ""):
            items.append(msgspec.convert(row, PriceItem, strict=False))
    if not machines:
        raise ValueError("it has no price of a virtual machine in a region; see how the service is called now")
    return machines
