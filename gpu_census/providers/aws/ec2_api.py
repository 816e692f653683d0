"""The EC2 API: which types each region of the account offers, zone by zone, and what they hold.

What belongs here: what is asked, and how the answers fit together. What does not: the protocol (`ec2_query`). The
traps: a region that the account is not opted in to is listed and does not answer; a type is described only where it is
offered, and the description is the same everywhere, so each is described once; a fraction of a card has the count 0;
Inferentia is described twice; the names of zones differ between accounts, their identifiers do not; Local Zones
(use1-bos1-az1) stand among the zones.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field

from gpu_census.providers.aws.ec2_answers import DescribedTypes, OfferedTypes, Regions, accelerators
from gpu_census.providers.aws.ec2_query import CREDENTIALS, SESSION_TOKEN, asked, every_page
from gpu_census.providers.aws.partition import partition_of
from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source

FIRST_REGION = "us-east-1"
NOT_ENABLED = "not-opted-in"
TYPES_AT_ONCE = 100
ROWS_AT_ONCE = 1000
PLACES_TO_ASK = 2
ZONE_OF_REGION = re.compile(r"[a-z0-9]+-az\d+")


@dataclass(frozen=True)
class Batch:
    """Types to be described in one region."""

    region: str
    types: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.region}, {self.types[0]} to {self.types[-1]}"


@dataclass
class Descriptions:
    """What types hold. `failed` are those that no answer told of, `unnamed` those that the answers left out."""

    held: dict[str, dict[str, float | None]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    unnamed: set[str] = field(default_factory=set)


@source(
    title="EC2 API: instance type offerings by region and zone",
    evidence="offering",
    hosts=("ec2.*.amazonaws.com",),
    url="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html",
    verified="documented",
    regions_complete=True,
    credentials=CREDENTIALS,
    optional_credentials=(SESSION_TOKEN,),
    extra="aws",
    throttled="RequestLimitExceeded",
    notes="Regions of the commercial partition that the account is opted in to. Needs the permission ec2:Describe*.",
)
async def ec2_api(ask: Ask) -> AsyncIterator[Region | Offering]:
    """The regions, the types that each offers, what those hold, and the zones of the accelerated ones."""
    regions = await _regions(ask)
    enabled = [code for code, is_enabled in regions.items() if is_enabled]
    if len(enabled) < len(regions):
        ask.fault(f"not opted in, so not asked: {', '.join(code for code in regions if code not in enabled)}")
    offered = {code: types async for code, types in ask.each(enabled, lambda code: _offered(ask, code)) if types}
    described = await _described(ask, offered)
    known = [code for code, types in offered.items() if described.failed.isdisjoint(types)]
    for code in sorted(set(offered) - set(known)):
        ask.fault(f"{code}: some of its types were not described, so what they hold is not known")
    if described.unnamed:
        ask.fault(f"DescribeInstanceTypes leaves out what is offered: {', '.join(sorted(described.unnamed))}")
    accelerated = {
        code: {name: digest for name, digest in sorted(offered[code].items()) if described.held.get(name)}
        for code in known
    }
    zones = {code: found async for code, found in ask.each(known, lambda code: _zones(ask, code, accelerated[code]))}
    for code in regions:
        placed = zones.get(code)
        yield Region(code, cloud_partition=partition_of(code), answered=placed is not None)
        for name, zone, digest in placed or ():
            for label, count in described.held[name].items():
                yield Offering(
                    region_code=code,
                    zone=zone,
                    instance_type=name,
                    accelerator_label=label,
                    accelerator_count=count,
                    payload_sha256=digest,
                )


async def _regions(ask: Ask) -> dict[str, bool]:
    """Every region of the partition to whether the account may use it."""
    answer = await asked(ask, FIRST_REGION, "DescribeRegions", as_type=Regions, AllRegions=True)
    if not answer.body.regions:
        raise AskError(ask.provider, "DescribeRegions lists no region", url=answer.url)
    usable = {region.region_name: region.opt_in_status != NOT_ENABLED for region in answer.body.regions}
    return dict(sorted(usable.items()))


async def _offered(ask: Ask, region: str) -> dict[str, str]:
    """The types that a region offers, each with the digest of the answer. Raises `AskError` where there are none."""
    pages = every_page(
        ask,
        region,
        "DescribeInstanceTypeOfferings",
        as_type=OfferedTypes,
        LocationType="region",
        MaxResults=ROWS_AT_ONCE,
    )
    types = {row.instance_type: page.sha256 async for page in pages for row in page.body.instance_type_offerings}
    if not types:
        raise AskError(ask.provider, "offers no instance type at all, which no region does")
    return types


async def _described(ask: Ask, offered: Mapping[str, Mapping[str, str]]) -> Descriptions:
    """What every offered type holds: asked in the region with most types that offers it, then in one other."""
    found = Descriptions()
    places: dict[str, list[str]] = defaultdict(list)
    for region in sorted(offered, key=lambda region: (-len(offered[region]), region)):
        for name in offered[region]:
            places[name].append(region)
    for turn in range(PLACES_TO_ASK):
        left = {name: regions[turn] for name, regions in places.items() if name not in found.held and regions[turn:]}
        async for batch, held in ask.each(_batches(left), lambda batch: _described_in(ask, batch)):
            if held is None:
                found.failed.update(set(batch.types) - found.unnamed)
                continue
            found.held |= held
            found.failed.difference_update(batch.types)
            found.unnamed.update(batch.types)
    found.unnamed -= set(found.held)
    for name in found.unnamed:
        found.held[name] = dict(accelerators_in(ask.provider, name))
    return found


def _batches(left: Mapping[str, str]) -> Iterator[Batch]:
    """Types with the region to describe them in, as many at once as EC2 allows."""
    for region in sorted(set(left.values())):
        types = sorted(name for name, place in left.items() if place == region)
        for start in range(0, len(types), TYPES_AT_ONCE):
            yield Batch(region, tuple(types[start : start + TYPES_AT_ONCE]))


async def _described_in(ask: Ask, batch: Batch) -> dict[str, dict[str, float | None]]:
    """What types hold, by a filter: of types asked for by name, one that is not known there fails all."""
    pages = every_page(
        ask,
        batch.region,
        "DescribeInstanceTypes",
        as_type=DescribedTypes,
        Filters=[{"Name": "instance-type", "Values": list(batch.types)}],
        MaxResults=TYPES_AT_ONCE,
    )
    return {row.instance_type: accelerators(row) async for page in pages for row in page.body.instance_types}


async def _zones(ask: Ask, region: str, types: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(type, zone, digest of the answer) of each accelerated type; zone is empty where no zone of the region has it."""
    found: dict[tuple[str, str], str] = {}
    names = list(types)
    for start in range(0, len(names), TYPES_AT_ONCE):
        pages = every_page(
            ask,
            region,
            "DescribeInstanceTypeOfferings",
            as_type=OfferedTypes,
            LocationType="availability-zone-id",
            Filters=[{"Name": "instance-type", "Values": names[start : start + TYPES_AT_ONCE]}],
            MaxResults=ROWS_AT_ONCE,
        )
        async for page in pages:
            for row in page.body.instance_type_offerings:
                if row.instance_type in types and ZONE_OF_REGION.fullmatch(row.location):
                    found.setdefault((row.instance_type, row.location), page.sha256)
    zoned = {name for name, _ in found}
    found |= {(name, ""): digest for name, digest in types.items() if name not in zoned}
    return [(name, zone, digest) for (name, zone), digest in sorted(found.items())]
