"""Vultr: which GPU plans, virtual and bare metal, each location sells.

What belongs here: the public lists of locations, plans and bare metal plans. What does not: the stock of a location,
which is not known to answer without a key. The traps: the default list of plans leaves the GPU plans out; a plan may
hold a fraction of a card, told only by its memory; bare metal plans name the card in their id alone; a plan that is
sold out everywhere keeps its row with no locations.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import TypeVar
from urllib.parse import quote

import msgspec

from gpu_census.providers.contract import Ask, Offering, Region, source
from gpu_census.providers.paging import whole_list

API = "https://api.vultr.com/v2"
PER_PAGE = 500
METAL = re.compile(r"vbm-.*?gb-(?:(\d+)-)?([a-z0-9-]+?)-gpu\b.*")
# memory of one card, where a plan's memory tells how many it has; of other cards the count is not told
CARD_GB = {"NVIDIA_A100": 80, "NVIDIA_A16": 16, "NVIDIA_A40": 48, "NVIDIA_H100": 80, "NVIDIA_L40S": 48}


class RegionItem(msgspec.Struct):
    """A location."""

    id: str
    city: str | None = None
    country: str | None = None


class Plan(msgspec.Struct):
    """A plan, virtual or bare metal."""

    id: str
    locations: list[str]
    gpu_type: str | None = None
    gpu_vram_gb: float | None = None
    gpu_vram: float | None = None
    hourly_cost: float | None = None


class Links(msgspec.Struct):
    """The cursor of the next page."""

    next: str | None = None


class Meta(msgspec.Struct):
    """How many there are, and where it goes on."""

    total: int | None = None
    links: Links | None = None


class Page(msgspec.Struct):
    """A page of any of the three lists; trimmed copies have no `meta`."""

    meta: Meta | None = None


class RegionPage(Page, kw_only=True):
    """A page of locations."""

    regions: list[RegionItem]


class PlanPage(Page, kw_only=True):
    """A page of plans."""

    plans: list[Plan]


class MetalPage(Page, kw_only=True):
    """A page of bare metal plans."""

    plans_metal: list[Plan]


OnePage = TypeVar("OnePage", bound=Page)
Row = TypeVar("Row")


@source(
    title="Plans and bare metal plans with their locations",
    evidence="offering",
    hosts=("api.vultr.com",),
    url="https://www.vultr.com/api/#tag/plans",
    verified="recorded",
    regions_complete=True,
    notes="A plan's locations empty when it is sold out, so this is close to stock. The recorded answers of the plans "
    "were trimmed, the list of locations is of 2021.",
)
async def plans(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every location, and the GPU plans that name it."""
    everywhere = f"per_page={PER_PAGE}"
    regions = await _whole(ask, "regions", everywhere, RegionPage, lambda page: page.regions)
    virtual = await _whole(ask, "plans", f"type=all&{everywhere}", PlanPage, lambda page: page.plans)
    metal = await _whole(ask, "plans-metal", everywhere, MetalPage, lambda page: page.plans_metal)
    rows = [*virtual, *metal]
    cards = {plan.id: (plan, digest, card) for plan, digest in rows if (card := _card(plan)) is not None}
    known = {region.id: region for region, _ in regions}
    unnamed = {place for plan, *_ in cards.values() for place in plan.locations} - set(known)
    for code in [*known, *sorted(unnamed)]:
        place = known.get(code)
        yield Region(code, name=place.city if place else None, country_iso2=(place.country if place else None) or None)
        for plan, digest, (label, count) in cards.values():
            if code in plan.locations:
                yield Offering(
                    region_code=code,
                    instance_type=plan.id,
                    accelerator_label=label,
                    accelerator_count=count,
                    price=plan.hourly_cost or None,
                    currency="USD" if plan.hourly_cost else None,
                    payload_sha256=digest,
                )


def _card(plan: Plan) -> tuple[str, float | None] | None:
    """The card of a plan, and how many or what part; None for a plan without."""
    if plan.gpu_type:
        memory, of_one = plan.gpu_vram_gb or plan.gpu_vram, CARD_GB.get(plan.gpu_type)
        return plan.gpu_type, round(memory / of_one, 4) if memory and of_one else None
    bare = METAL.fullmatch(plan.id)
    if bare is not None:
        return bare[2], float(bare[1] or 1)
    return (plan.id, None) if plan.id.startswith("vcg-") else None


async def _whole(
    ask: Ask, path: str, query: str, as_type: type[OnePage], rows: Callable[[OnePage], list[Row]]
) -> list[tuple[Row, str]]:
    """Every row of a list; the link to the next page is a cursor, not an address."""

    def following(page: OnePage) -> str | None:
        cursor = page.meta.links.next if page.meta and page.meta.links else None
        return f"?{query}&cursor={quote(cursor, safe='')}" if cursor else None

    return await whole_list(
        ask,
        f"{API}/{path}?{query}",
        as_type=as_type,
        rows=rows,
        next_url=following,
        total=lambda page: page.meta.total if page.meta else None,
    )
