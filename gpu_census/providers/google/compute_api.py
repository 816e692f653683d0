"""Source `compute_api`: Compute Engine's accelerator types and machine types, zone by zone.

What belongs here: both lists, merged. Neither is enough: cards for N1 machines have no machine type, GB300 and some
TPUs no accelerator type. What does not: the form of the lists (`aggregated_list.py`), the signature
(`service_account.py`). The traps: a fraction of a card is counted as a whole one; `-vws` is the same card with a
graphics licence, and stays a type of its own; what the project may not see is not listed.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote

import msgspec

from gpu_census.collect.request import Signer
from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source
from gpu_census.providers.google.aggregated_list import Thing, Walk, Warned, last_part, walked
from gpu_census.providers.google.service_account import KEY_FILE, signed_by
from gpu_census.providers.google.zones import region_of

API = "https://compute.googleapis.com/compute/v1/projects"
AUDIENCE = "https://compute.googleapis.com/"
PROJECT = "GOOGLE_CLOUD_PROJECT"
EACH_PAGE = "maxResults=500&returnPartialSuccess=true"
_ACCELERATED = re.compile(r"gpu|tpu")


class _Region(msgspec.Struct):
    name: str
    zones: list[str] = []


class _Regions(msgspec.Struct, rename="camel"):
    items: list[_Region]
    next_page_token: str = ""
    unreachables: list[str] = []
    warning: Warned | None = None


@source(
    title="Compute Engine API, accelerator types and machine types",
    evidence="offering",
    hosts=("compute.googleapis.com",),
    url="https://cloud.google.com/compute/docs/reference/rest/v1/acceleratorTypes/aggregatedList",
    scope=("all", "-TPU v2", "-TPU v3"),
    regions_complete=True,
    verified="documented",
    credentials=(KEY_FILE, PROJECT),
    extra="google",
    notes=f"{KEY_FILE} is the path of a service account's JSON key (role Compute Viewer). Seen is what the project may "
    "see: AI zones only where their visibility is turned on, us-central2 only where it is allowed. TPU v2 and v3 were "
    "sold by the Cloud TPU service without being listed here, so silence does not cover them. A recorded answer was "
    "read for accelerator types; machine types and regions follow the reference documentation.",
)
async def compute_api(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region, answered for where both lists are complete for all its zones, and what its zones have."""
    sign = signed_by(ask.credential(KEY_FILE), audience=AUDIENCE)
    project = f"{API}/{quote(ask.credential(PROJECT), safe='')}"
    zones = await _zones_by_region(ask, project, sign)
    cards = await walked(ask, f"{project}/aggregated/acceleratorTypes?{EACH_PAGE}", sign=sign)
    machines = await walked(ask, f"{project}/aggregated/machineTypes?{EACH_PAGE}", sign=sign)
    for zone in (*cards.things, *machines.things):
        zones.setdefault(region_of(zone) or zone, set()).add(zone)
    for region in sorted(zones):
        lost = sorted(_lost(region, zones[region], cards, machines))
        yield Region(region, answered=not lost)
        if lost:
            ask.fault(f"{region}: not answered completely ({'; '.join(lost)})")
            continue
        for zone in sorted(zones[region]):
            for offering in _merged(region, zone, cards, machines):
                yield offering


async def _zones_by_region(ask: Ask, project: str, sign: Signer) -> dict[str, set[str]]:
    """The zones of every region that the project sees. Raises `AskError` for a list that is not whole."""
    url = f"{project}/regions?{EACH_PAGE}"

    def after(page: _Regions) -> str | None:
        return f"{url}&pageToken={quote(page.next_page_token, safe='')}" if page.next_page_token else None

    zones: dict[str, set[str]] = {}
    async for page in ask.pages(url, as_type=_Regions, next_url=after, sign=sign):
        if page.body.unreachables or page.body.warning:
            told = page.body.warning.code if page.body.warning else f"unreachable: {page.body.unreachables}"
            raise AskError(
                ask.provider, f"the list of regions is not whole ({told}); ask again later", url=ask.redaction.url(url)
            )
        zones |= {region.name: {last_part(zone) for zone in region.zones} for region in page.body.items}
    if not zones:
        raise AskError(ask.provider, "the list of regions is empty; check the project", url=ask.redaction.url(url))
    return zones


def _lost(region: str, zones: set[str], *walks: Walk) -> Iterator[str]:
    """Why a region is not answered completely; nothing where it is."""
    if not zones:
        yield "no zone is known"
    for name, walk in zip(("accelerator types", "machine types"), walks, strict=True):
        if walk.missing_somewhere:
            yield f"{name}: {walk.missing_somewhere}"
        for place, why in walk.missing.items():
            if place in (region, *zones) or region_of(place) == region:
                yield f"{name} of {place}: {why}"
        for zone in zones - set(walk.things) - set(walk.missing):
            yield f"{name} of {zone}: not listed"
    for zone in zones & {zone for zone, things in walks[-1].things.items() if not things}:
        # a zone may be without cards, but not without machines
        yield f"machine types of {zone}: none"


def _merged(region: str, zone: str, cards: Walk, machines: Walk) -> list[Offering]:
    """The accelerator types of a zone and its machine types that hold accelerators, each once."""
    held: list[tuple[str, str, float | None, str]]
    held = [(card.name, card.name, None, sha256) for card, sha256 in cards.things[zone]]
    for machine, sha256 in machines.things[zone]:
        held += [(machine.name, label, count, sha256) for label, count in _held_by(machine)]
    found = {
        (name, label): Offering(
            region_code=region,
            zone=zone,
            instance_type=name,
            accelerator_label=label,
            accelerator_count=count,
            payload_sha256=sha256,
        )
        for name, label, count, sha256 in held
    }
    return [found[key] for key in sorted(found)]


def _held_by(machine: Thing) -> list[tuple[str, float | None]]:
    """(label, count) of what a machine type holds: as the answer says, else as is known of the type."""
    known = accelerators_in("google", machine.name)
    if machine.accelerators:
        # the answer counts cards, whole ones, where a machine holds a fraction of one
        parts = {label: count for label, count in known if count is not None and count < 1}
        return [
            (held.guest_accelerator_type, parts.get(held.guest_accelerator_type, held.guest_accelerator_count))
            for held in machine.accelerators
        ]
    if known or not _ACCELERATED.search(machine.name):
        return list(known)
    return [(machine.name, None)]
