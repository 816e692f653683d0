"""Exoscale: which zones sell which GPU families.

What belongs here: the API's list of instance types, which names the zones of each. What does not: prices, which have no
zone. The traps: asked unsigned it lists every type, asked with a key it leaves out what the account may not use, so it
is asked unsigned and `authorized` is not looked at; no field names the card, only the family does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source

URL = "https://api-ch-gva-2.exoscale.com/v2/instance-type"


class InstanceType(msgspec.Struct):
    """A type of the list."""

    family: str
    size: str
    gpus: int | None = None
    zones: list[str] | None = None


class InstanceTypes(msgspec.Struct, rename="kebab"):
    """All types, on one page."""

    instance_types: list[InstanceType]


@source(
    title="Instance types with their zones",
    evidence="offering",
    hosts=("api-ch-gva-2.exoscale.com",),
    url="https://openapi-v2.exoscale.com/operation/operation-list-instance-types",
    verified="documented",
    notes="Every zone is a place of its own and counts as a region. The zones are those that the types name; the host "
    "of any zone answers for all.",
)
async def instance_types(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every zone that any type names, and the GPU types of each."""
    answer = await ask.json(URL, as_type=InstanceTypes)
    types = answer.body.instance_types
    zones = sorted({zone for one in types for zone in one.zones or ()})
    if not zones or all(_is_gpu(one) for one in types):
        raise AskError(ask.provider, "no types without a GPU, or none with a zone: not complete", url=answer.url)
    for zone in zones:
        yield Region(zone)
        for one in _once(types, zone):
            name = f"{one.family}.{one.size}"
            known = accelerators_in("exoscale", name)
            yield Offering(
                region_code=zone,
                instance_type=name,
                accelerator_label=known[0][0] if known else one.family,
                accelerator_count=float(one.gpus) if one.gpus else None,
                payload_sha256=answer.sha256,
            )


def _is_gpu(one: InstanceType) -> bool:
    return bool(one.gpus) or one.family.startswith("gpu")


def _once(types: list[InstanceType], zone: str) -> list[InstanceType]:
    """The GPU types of a zone, one for each name."""
    return list({(one.family, one.size): one for one in types if _is_gpu(one) and zone in (one.zones or ())}.values())
