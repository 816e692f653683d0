"""Seeweb: which cloud server plans with a GPU can be ordered in which region.

What belongs here: the API's list of plans. What does not: plans without a region, which cannot be ordered anywhere now.
The traps: numbers are texts, and a plan without a GPU says "0"; a plan names only the regions that have it now, so
silence proves nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from gpu_census.providers.contract import Ask, AskError, Offering, Region, source
from gpu_census.providers.tokens import key_in_header

URL = "https://api.seeweb.it/ecs/v2/plans"
KEY = "SEEWEB_API_TOKEN"


class Place(msgspec.Struct):
    """A region that has the plan now."""

    location: str


class Plan(msgspec.Struct):
    """A plan."""

    name: str
    gpu: str | int | None = None
    gpu_label: str | None = None
    hourly_price: float | None = None
    available: bool = True
    available_regions: list[Place] = []


class Plans(msgspec.Struct):
    """All plans, on one page."""

    plans: list[Plan]
    status: str = "ok"


@source(
    title="Cloud server plans and the regions that have them",
    evidence="stock",
    hosts=("api.seeweb.it",),
    url="https://docs.seeweb.it/api/ecs",
    verified="recorded",
    positive_only=True,
    credentials=(KEY,),
    notes="Only regions that have a plan now are named; the recorded answer was trimmed.",
)
async def plans(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region that any plan names, and the plans with a GPU there."""
    answer = await ask.json(URL, as_type=Plans, sign=key_in_header(ask, "x-apitoken", KEY))
    listed = answer.body.plans
    codes = sorted({place.location for plan in listed for place in plan.available_regions})
    if answer.body.status != "ok" or not codes:
        raise AskError(ask.provider, f"no plan with a region (status {answer.body.status!r}); check {KEY}", url=URL)
    for code in codes:
        yield Region(code)
        for plan in {plan.name: plan for plan in listed}.values():
            if _cards(plan) != 0 and any(place.location == code for place in plan.available_regions):
                yield Offering(
                    region_code=code,
                    instance_type=plan.name,
                    accelerator_label=plan.gpu_label or plan.name,
                    accelerator_count=_cards(plan),
                    status="available" if plan.available else "sold_out",
                    price=plan.hourly_price or None,
                    currency="EUR" if plan.hourly_price else None,
                    payload_sha256=answer.sha256,
                )


def _cards(plan: Plan) -> float | None:
    """How many cards; None where the number cannot be read and only the label tells of a card."""
    try:
        return float(plan.gpu or 0)
    except ValueError:
        return None if plan.gpu_label else 0
