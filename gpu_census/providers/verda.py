"""Verda (DataCrunch until 2025): which instance types each location has free right now.

What belongs here: the API's locations, availability and instance types. What does not: catalogues that put every type
in every location. The traps: availability names types alone, and only those that are free, so silence proves nothing;
types without a GPU are among them; prices are texts.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import msgspec

from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source
from gpu_census.providers.tokens import fetched_token

API = "https://api.verda.com/v1"
CLIENT, SECRET = "VERDA_CLIENT_ID", "VERDA_CLIENT_SECRET"
WITHOUT_GPU = "CPU."
CARDS = re.compile(r"(\d+)[A-Z]")


class Location(msgspec.Struct):
    """A location."""

    code: str
    name: str | None = None
    country_code: str | None = None


class Available(msgspec.Struct):
    """The types that a location has free."""

    location_code: str
    availabilities: list[str]


class Cards(msgspec.Struct):
    """How many cards a type has."""

    number_of_gpus: int = 0


class InstanceType(msgspec.Struct):
    """A type."""

    instance_type: str
    model: str = ""
    gpu: Cards | None = None
    price_per_hour: str | float | None = None
    currency: str = ""


@source(
    title="Instance types free in each location",
    evidence="stock",
    hosts=("api.verda.com",),
    url="https://api.verda.com/v1/docs",
    verified="recorded",
    positive_only=True,
    credentials=(CLIENT, SECRET),
    notes="Only what is free at the time of asking is listed; what is not says nothing of where machines stand. The "
    "recorded answers were trimmed.",
)
async def instance_availability(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every location, and the GPU types that are free there."""
    sign = fetched_token(
        ask,
        f"{API}/oauth2/token",
        lambda: {
            "grant_type": "client_credentials",
            "client_id": ask.credential(CLIENT),
            "client_secret": ask.credential(SECRET),
        },
        advice=f"check {CLIENT} and {SECRET}",
        as_json=True,
    )
    listed = await ask.json(f"{API}/locations", as_type=list[Location], sign=sign)
    types = await ask.json(f"{API}/instance-types", as_type=list[InstanceType], sign=sign)
    answer = await ask.json(f"{API}/instance-availability", as_type=list[Available], sign=sign)
    if not types.body or not answer.body:
        raise AskError(ask.provider, "no instance type, or no location has any: ask again", url=answer.url)
    locations = {place.code: place for place in listed.body}
    by_name = {one.instance_type: one for one in types.body}
    free = {place.location_code: place.availabilities for place in answer.body}
    for code in [*locations, *sorted(set(free) - set(locations))]:
        place = locations.get(code)
        yield Region(
            code,
            name=place.name if place else None,
            country_iso2=place.country_code if place else None,
            answered=code in free,
        )
        for name in dict.fromkeys(free.get(code, ())):
            offering = _offering(code, name, by_name.get(name), answer.sha256)
            if offering is not None:
                yield offering


def _offering(code: str, name: str, of: InstanceType | None, sha256: str) -> Offering | None:
    """A type that is free; None for one without a GPU. A type that the list does not know is known by its name."""
    if name.startswith(WITHOUT_GPU) or (of is not None and of.gpu is not None and not of.gpu.number_of_gpus):
        return None
    known = accelerators_in("verda", name)
    label = known[0][0] if known else name
    cards = CARDS.match(name)
    price = _price(of)
    return Offering(
        region_code=code,
        instance_type=name,
        accelerator_label=of.model if of and of.model else label,
        accelerator_count=float(of.gpu.number_of_gpus) if of and of.gpu else (float(cards[1]) if cards else None),
        status="available",
        price=price,
        currency=of.currency.upper() or None if of and price else None,
        payload_sha256=sha256,
    )


def _price(of: InstanceType | None) -> float | None:
    try:
        return float(of.price_per_hour or 0) or None if of else None
    except ValueError:
        return None
