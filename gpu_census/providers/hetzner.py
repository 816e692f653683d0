"""Hetzner Cloud: its locations.

What belongs here: that they exist, and where. What does not: server types, since the cloud product has none with a
GPU, and dedicated servers, where Hetzner does sell GPUs: they are no cloud offering. So it answers for no accelerator.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from gpu_census.providers.bearer import bearer
from gpu_census.providers.contract import Ask, Offering, Region, source
from gpu_census.providers.paging import whole_list

URL = "https://api.hetzner.cloud/v1/locations"
TOKEN = "HCLOUD_TOKEN"
PER_PAGE = 50


class Location(msgspec.Struct):
    """A location."""

    name: str
    city: str | None = None
    country: str | None = None


class Pagination(msgspec.Struct):
    """Where the list goes on, and how many there are."""

    next_page: int | None = None
    total_entries: int | None = None


class Meta(msgspec.Struct):
    """About the list."""

    pagination: Pagination


class LocationPage(msgspec.Struct):
    """A page of locations."""

    locations: list[Location]
    meta: Meta


@source(
    title="Locations of the Cloud API",
    evidence="docs",
    hosts=("api.hetzner.cloud",),
    url="https://docs.hetzner.cloud/reference/cloud#locations",
    verified="documented",
    regions_complete=True,
    credentials=(TOKEN,),
    notes="A list of regions only: it answers for no accelerator. The cloud product has no GPU; GPUs are in dedicated "
    "servers, which are not counted.",
)
async def locations(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every location with its place, answering for none."""
    found = await whole_list(
        ask,
        f"{URL}?per_page={PER_PAGE}",
        as_type=LocationPage,
        rows=lambda page: page.locations,
        next_url=_next,
        total=lambda page: page.meta.pagination.total_entries,
        sign=bearer(ask, TOKEN),
    )
    for location, _ in found:
        yield Region(location.name, name=location.city, country_iso2=location.country, answered=False)


def _next(page: LocationPage) -> str | None:
    number = page.meta.pagination.next_page
    return f"?per_page={PER_PAGE}&page={number}" if number else None
