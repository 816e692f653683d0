"""What the ECS API answers (version 2014-05-26), as far as it is read.

What belongs here: the shapes of three answers, named as the API's operations. What does not: what they mean. The
trap: every list is wrapped twice, in a plural and in a singular name.
"""

from __future__ import annotations

import msgspec


class RegionItem(msgspec.Struct, rename="pascal"):
    """A region, its name in the language asked for, and the host that answers for it."""

    region_id: str
    local_name: str | None = None
    region_endpoint: str | None = None


class RegionList(msgspec.Struct, rename="pascal"):
    """The inner wrapping."""

    region: list[RegionItem]


class DescribeRegions(msgspec.Struct, rename="pascal"):
    """The regions that this account may use."""

    regions: RegionList


class InstanceType(msgspec.Struct, rename="pascal"):
    """A type and what it holds. `GPUSpec` may name a card where `GPUAmount` is 0, and hide it behind a word."""

    instance_type_id: str
    gpu_amount: int | None = msgspec.field(name="GPUAmount", default=None)
    gpu_spec: str | None = msgspec.field(name="GPUSpec", default=None)


class InstanceTypeList(msgspec.Struct, rename="pascal"):
    """The inner wrapping."""

    instance_type: list[InstanceType]


class DescribeInstanceTypes(msgspec.Struct, rename="pascal"):
    """A page of the catalogue of all types, whichever region has them."""

    instance_types: InstanceTypeList
    next_token: str | None = None


class SupportedResource(msgspec.Struct, rename="pascal"):
    """A type (`Value`) on the list of a zone."""

    value: str
    status: str | None = None
    status_category: str | None = None


class SupportedResourceList(msgspec.Struct, rename="pascal"):
    """The inner wrapping."""

    supported_resource: list[SupportedResource] = []


class AvailableResource(msgspec.Struct, rename="pascal"):
    """The resources of one kind (`Type`)."""

    type: str
    supported_resources: SupportedResourceList | None = None


class AvailableResourceList(msgspec.Struct, rename="pascal"):
    """The inner wrapping."""

    available_resource: list[AvailableResource] = []


class AvailableZone(msgspec.Struct, rename="pascal"):
    """What one zone lists."""

    zone_id: str
    available_resources: AvailableResourceList | None = None


class AvailableZoneList(msgspec.Struct, rename="pascal"):
    """The inner wrapping."""

    available_zone: list[AvailableZone]


class DescribeAvailableResource(msgspec.Struct, rename="pascal"):
    """Zone by zone, what a region lists for one way of paying."""

    available_zones: AvailableZoneList
