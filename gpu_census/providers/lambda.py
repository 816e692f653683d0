"""Lambda: which instance types have capacity in which region right now.

What belongs here: the API's list of instance types. What does not: catalogues that put every type in every region.
The traps: a type without a region has no capacity now, which says nothing of where its machines stand, so silence
proves nothing; prices are in cents; the description of the card may be missing, the type's name is not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from gpu_census.providers.bearer import bearer
from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source

URL = "https://cloud.lambda.ai/api/v1/instance-types"


class Specs(msgspec.Struct):
    """What a type is made of."""

    gpus: int | None = None


class InstanceType(msgspec.Struct):
    """A type."""

    name: str
    gpu_description: str = ""
    price_cents_per_hour: float | None = None
    specs: Specs | None = None


class Place(msgspec.Struct):
    """A region with capacity."""

    name: str
    description: str | None = None


class Listed(msgspec.Struct):
    """A type and where it can be had now."""

    instance_type: InstanceType
    regions_with_capacity_available: list[Place]


class Answered(msgspec.Struct):
    """All types, keyed by name."""

    data: dict[str, Listed]


@source(
    title="Instance types and the regions that have capacity now",
    evidence="stock",
    hosts=("cloud.lambda.ai",),
    url="https://docs.lambda.ai/api/cloud",
    verified="recorded",
    positive_only=True,
    credentials=("LAMBDA_API_KEY",),
    notes="Only what has capacity is placed, so an empty list is no absence. The recorded answer was trimmed to three "
    "types.",
)
async def instance_types(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region that has capacity of anything, and the types it has."""
    answer = await ask.json(URL, as_type=Answered, sign=bearer(ask, "LAMBDA_API_KEY"))
    if not answer.body.data:
        raise AskError(ask.provider, "no instance type at all, not even one without capacity: ask again", url=URL)
    places = {
        place.name: place for listed in answer.body.data.values() for place in listed.regions_with_capacity_available
    }
    for code, place in sorted(places.items()):
        yield Region(code, name=place.description)
        for name, listed in answer.body.data.items():
            if any(region.name == code for region in listed.regions_with_capacity_available):
                yield _offering(code, name, listed.instance_type, answer.sha256)


def _offering(code: str, name: str, of_type: InstanceType, digest: str) -> Offering:
    known = accelerators_in("lambda", name)
    cents = of_type.price_cents_per_hour
    return Offering(
        region_code=code,
        instance_type=name,
        accelerator_label=known[0][0] if known else of_type.gpu_description or name,
        accelerator_count=float(of_type.specs.gpus) if of_type.specs and of_type.specs.gpus else None,
        status="available",
        price=cents / 100 if cents else None,
        currency="USD" if cents else None,
        payload_sha256=digest,
    )
