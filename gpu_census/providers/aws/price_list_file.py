"""The price list of EC2 in one region: a CSV file of some hundred megabytes, read without holding it.

What belongs here: finding the file in the index and reading types and prices from it. What does not: which partition,
which regions (`price_lists`). The traps: five lines stand before the header; the file has a row for every price of
every operating system, tenancy and term, and rows of Local Zones, Outposts, dedicated hosts (whose type is a family,
without a size), storage and traffic; a type that is only sold by capacity block, or no longer sold, is listed without a
price; the number of GPUs may be a fraction, `NA` or empty.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urljoin

import msgspec
import polars as pl

from gpu_census.providers.contract import Answer, Ask, AskError

FIRST_LINES = 20
HEADER_BEGINS = ("SKU,", '"SKU",')
NOT_TEXT = "\x1f"
NEEDED = ("Region Code", "Location Type", "Instance Type", "Instance Family", "GPU", "TermType", "Unit")
PRICED = ("PricePerUnit", "Currency", "Tenancy", "Operating System", "CapacityStatus", "Pre Installed S/W")
OPTIONAL = ("MarketOption",)
# what an hourly on-demand price of plain Linux on shared hardware says
PLAIN = {
    "TermType": ("OnDemand",),
    "Unit": ("Hrs",),
    "Tenancy": ("Shared",),
    "Operating System": ("Linux",),
    "CapacityStatus": ("Used",),
    "Pre Installed S/W": ("", "NA"),
    "MarketOption": ("", "OnDemand"),
}
TYPE, FAMILY, GPUS, PRICE, CURRENCY = "instance_type", "instance_family", "gpus", "price", "currency"


class IndexedRegion(msgspec.Struct, rename="camel"):
    """Where the newest price list of a region is."""

    region_code: str
    current_version_url: str


class RegionIndex(msgspec.Struct):
    """The index of price lists by region, Local and Wavelength Zones among them."""

    regions: dict[str, IndexedRegion]


class ListedType(msgspec.Struct, frozen=True):
    """An instance type of a region; the price is the one of on-demand Linux, where there is one."""

    instance_type: str
    instance_family: str
    gpus: float | None
    price: float | None
    currency: str | None


async def region_price_list(ask: Ask, index_url: str, region: IndexedRegion) -> Answer[list[ListedType]]:
    """The types in a region's price list. Raises `AskError` where the file has another form, or lists none."""
    path, dot, ending = urljoin(index_url, region.current_version_url).rpartition(".")
    if ending != "json":
        wrong = f"expected a currentVersionUrl that ends in .json, came {region.current_version_url!r}"
        raise AskError(ask.provider, wrong, url=index_url)
    answer = await ask.file(f"{path}{dot}csv")
    try:
        types = await asyncio.to_thread(listed_types, answer.body, region.region_code)
    except (ValueError, OSError, pl.exceptions.PolarsError) as error:
        raise AskError(ask.provider, f"cannot be read as a price list: {error}", url=answer.url) from None
    return Answer(types, answer.sha256, answer.url)


def listed_types(path: Path, region_code: str) -> list[ListedType]:
    """One row per type in the region itself, by name. Raises `ValueError` for a file of another form."""
    rows = pl.scan_csv(path, skip_lines=_lines_before_header(path), infer_schema=False)
    columns = rows.collect_schema().names()
    missing = [name for name in (*NEEDED, *PRICED) if name not in columns]
    if missing:
        raise ValueError(f"it has no column {', '.join(missing)}; see which name took its place")
    in_region = (
        (pl.col("Location Type") == "AWS Region")
        & (pl.col("Region Code") == region_code)
        & pl.col("Instance Type").str.contains(".", literal=True)
    )
    price = pl.when(_is_plain_price(columns)).then(pl.col("PricePerUnit")).cast(pl.Float64, strict=False)
    found = (
        rows.filter(in_region)
        .select("Instance Type", "Instance Family", "GPU", "Currency", price=pl.when(price > 0).then(price))
        .group_by(pl.col("Instance Type").alias(TYPE))
        .agg(
            pl.col("Instance Family").max().fill_null("").alias(FAMILY),
            pl.col("GPU").cast(pl.Float64, strict=False).max().alias(GPUS),
            pl.col("price").min().alias(PRICE),
            pl.col("Currency").filter(pl.col("price").is_not_null()).min().alias(CURRENCY),
        )
        .collect(engine="streaming")
        .sort(TYPE)
    )
    if found.is_empty():
        raise ValueError(f"it lists no instance type of {region_code}")
    return [ListedType(**row) for row in found.iter_rows(named=True)]


def _lines_before_header(path: Path) -> int:
    """How many lines stand before the header. The first ones have fewer fields, so they are read as whole lines."""
    lines = pl.scan_csv(
        path, has_header=False, separator=NOT_TEXT, quote_char=None, infer_schema=False, n_rows=FIRST_LINES
    )
    try:
        begins = lines.collect().to_series().fill_null("").to_list()
    except pl.exceptions.NoDataError:
        begins = []
    for number, line in enumerate(begins):
        if line.startswith(HEADER_BEGINS):
            return number
    first = begins[0][:60] if begins else ""
    raise ValueError(f"none of its first {FIRST_LINES} lines begins with SKU; it begins {first!r}")


def _is_plain_price(columns: list[str]) -> pl.Expr:
    """Whether a row is the hourly on-demand price of plain Linux on shared hardware."""
    asked = {name: words for name, words in PLAIN.items() if name in columns or name not in OPTIONAL}
    return pl.all_horizontal(pl.col(name).fill_null("").is_in(words) for name, words in asked.items())
