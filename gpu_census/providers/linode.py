"""Linode (Akamai Cloud): which GPU plans each region has available.

What belongs here: the API's regions, plans and availability, and what becomes of the three. What does not: video cards
(`accelerated_devices`), distributed sites, which are edge sites by the answer's own word. The traps: no field names the
card, only the plan's label or id does; availability lists plans that the list of plans does not know; a capability
says that a region may hold GPU plans, not which, and most of such regions have none available; a plan without a row
of availability is not unavailable; the GPU plans' base price may be 0.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

import msgspec

from gpu_census.providers.contract import Ask, Offering, Region, accelerators_in, source
from gpu_census.providers.paging import whole_list

API = "https://api.linode.com/v4"
PAGE_SIZE = 500
CAPABILITY = "GPU Linodes"
Row = TypeVar("Row")
CARD = re.compile(r"([^+]+?)(?:\s+GPU)?\s+x\d")  # in a label: `Dedicated 32GB + RTX6000 GPU x1`
GPU_PLAN = re.compile(r"g\d+-gpu-.+")


class RegionItem(msgspec.Struct):
    """A region of the list."""

    id: str
    label: str | None = None
    country: str = ""
    capabilities: list[str] = []
    site_type: str = "core"


class Price(msgspec.Struct):
    """What a plan costs."""

    hourly: float | None = None


class RegionPrice(Price):
    """What it costs in a region with prices of its own."""

    id: str = ""


class Plan(msgspec.Struct):
    """A plan of the list."""

    id: str
    label: str = ""
    gpus: int = 0
    plan_class: str = msgspec.field(name="class", default="")
    price: Price | None = None
    region_prices: list[RegionPrice] = []


class Stock(msgspec.Struct):
    """Whether a plan can be had in a region."""

    region: str
    plan: str
    available: bool


class Listed(msgspec.Struct, Generic[Row]):
    """A page of a list, and how many there are."""

    data: list[Row]
    page: int
    pages: int
    results: int


@source(
    title="Regions, plans and their availability",
    evidence="stock",
    hosts=("api.linode.com",),
    url="https://techdocs.akamai.com/linode-api/reference/get-regions-availability",
    verified="recorded",
    regions_complete=True,
    notes="A plan counts where it is available. A region with the capability to hold GPU plans and none available is "
    "listed with the capability's name, which hides the card. Distributed (edge) sites are left out.",
)
async def region_availability(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every core region, and the GPU plans available there."""
    regions = await _rows(ask, "regions", RegionItem)
    plans = {plan.id: plan for plan, _ in await _rows(ask, "linode/types", Plan)}
    rows = await _rows(ask, "regions/availability", Stock)
    for region, digest in regions:
        if region.site_type != "core":
            continue
        yield Region(region.id, name=region.label, country_iso2=region.country.upper() or None)
        gpu_rows = {row.plan: (row, proof) for row, proof in rows if row.region == region.id and _is_gpu(row, plans)}
        offerings = [_offering(row, plans.get(row.plan), proof) for row, proof in gpu_rows.values() if row.available]
        if not offerings and CAPABILITY in region.capabilities:
            offerings = [_unnamed(region.id, digest, is_listed=bool(gpu_rows))]
        for offering in offerings:
            yield offering


def _is_gpu(row: Stock, plans: dict[str, Plan]) -> bool:
    plan = plans.get(row.plan)
    return bool(GPU_PLAN.fullmatch(row.plan)) or (plan is not None and (plan.gpus > 0 or plan.plan_class == "gpu"))


def _offering(row: Stock, plan: Plan | None, digest: str) -> Offering:
    """A plan that is available; the card by its label, else by the plan's id, else the id itself."""
    known = accelerators_in("linode", row.plan)
    named = CARD.search(plan.label) if plan else None
    label, count = known[0] if known else (row.plan, None)
    price = _price(plan, row.region) if plan else None
    return Offering(
        region_code=row.region,
        instance_type=row.plan,
        accelerator_label=named[1].strip() if named else label,
        accelerator_count=float(plan.gpus) if plan and plan.gpus else count,
        status="available",
        price=price,
        currency="USD" if price else None,
        payload_sha256=digest,
    )


def _unnamed(code: str, digest: str, *, is_listed: bool) -> Offering:
    """A region that may hold GPU plans and has none available now."""
    return Offering(
        region_code=code,
        instance_type=CAPABILITY,
        accelerator_label=CAPABILITY,
        status="sold_out" if is_listed else "offered",
        payload_sha256=digest,
    )


def _price(plan: Plan, code: str) -> float | None:
    own = [price.hourly for price in plan.region_prices if price.id == code]
    base = plan.price.hourly if plan.price else None
    return (own[0] if own else base) or None


async def _rows(ask: Ask, path: str, of: type[Row]) -> list[tuple[Row, str]]:
    """Every row of a list, with the digest of its page."""
    return await whole_list(
        ask,
        f"{API}/{path}?page=1&page_size={PAGE_SIZE}",
        as_type=Listed[of],  # type: ignore[valid-type]
        rows=lambda page: page.data,
        next_url=lambda page: f"?page={page.page + 1}&page_size={PAGE_SIZE}" if page.page < page.pages else None,
        total=lambda page: page.results,
    )
