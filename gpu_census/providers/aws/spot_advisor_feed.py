"""The EC2 spot advisor's feed: what can be bid for on the spot market of each region.

What belongs here: presence. What does not: savings and interruption rates. The trap: a type that the feed leaves out
may well be sold on demand, and the feed names types without saying what they hold, so a family that the reference
tables do not know yet goes unnoticed here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from gpu_census.providers.aws.partition import partition_of
from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source

FEED = "https://spot-bid-advisor.s3.amazonaws.com/spot-advisor-data.json"


class Feed(msgspec.Struct):
    """`spot_advisor` is region to operating system to instance type; what stands there is not read."""

    spot_advisor: dict[str, dict[str, dict[str, msgspec.Raw]]]


@source(
    title="EC2 spot advisor",
    evidence="docs",
    hosts=("spot-bid-advisor.s3.amazonaws.com",),
    url="https://aws.amazon.com/ec2/spot/instance-advisor/",
    verified="recorded",
    positive_only=True,
    notes="Types with a spot market in commercial regions, for any operating system. No China, no GovCloud.",
)
async def spot_advisor_feed(ask: Ask) -> AsyncIterator[Region | Offering]:
    """One file for all regions; Linux and Windows are one listing."""
    answer = await ask.json(FEED, as_type=Feed)
    listed = {
        region: sorted({name for types in systems.values() for name in types})
        for region, systems in sorted(answer.body.spot_advisor.items())
    }
    if not any(listed.values()):
        wrong = "expected instance types under region and operating system, and found none; compare the feed"
        raise AskError(ask.provider, wrong, url=answer.url)
    for region, types in listed.items():
        if not types:
            ask.fault(f"{region}: no instance type is listed at all")
        yield Region(region, cloud_partition=partition_of(region), answered=bool(types))
        for name in types:
            for label, count in accelerators_in(ask.provider, name):
                yield Offering(
                    region_code=region,
                    instance_type=name,
                    accelerator_label=label,
                    accelerator_count=count,
                    payload_sha256=answer.sha256,
                )
