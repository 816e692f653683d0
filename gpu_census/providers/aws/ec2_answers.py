"""What the EC2 API answers, as far as it is read, and which accelerators a described type holds.

What belongs here: the shapes, with the names of the EC2 API reference. What does not: asking. The traps: see
`accelerators`.
"""

from __future__ import annotations

import msgspec

from gpu_census.providers.aws.ec2_query import Page
from gpu_census.providers.contract import accelerators_in


class KnownRegion(msgspec.Struct, rename="pascal"):
    """`opt_in_status` is opt-in-not-required, opted-in or not-opted-in."""

    region_name: str
    opt_in_status: str = ""


class Regions(msgspec.Struct, rename="pascal"):
    """DescribeRegions."""

    regions: list[KnownRegion]


class OfferedType(msgspec.Struct, rename="pascal"):
    """A type in a location, which is a region or a zone."""

    instance_type: str
    location: str


class OfferedTypes(Page, kw_only=True):
    """DescribeInstanceTypeOfferings."""

    instance_type_offerings: list[OfferedType]


class Device(msgspec.Struct, rename="pascal"):
    """An accelerator. The last two are said of GPUs alone."""

    name: str = ""
    count: int | None = None
    logical_gpu_count: int | None = None
    gpu_partition_size: float | None = None


class GpuInfo(msgspec.Struct, rename="pascal"):
    """GPUs."""

    gpus: list[Device] = []


class NeuronInfo(msgspec.Struct, rename="pascal"):
    """AWS's own chips."""

    neuron_devices: list[Device] = []


class AcceleratorInfo(msgspec.Struct, rename="pascal"):
    """Chips for inference or media."""

    accelerators: list[Device] = []


class DescribedType(msgspec.Struct, rename="pascal"):
    """A type with whatever it holds."""

    instance_type: str
    gpu_info: GpuInfo = msgspec.field(default_factory=GpuInfo)
    neuron_info: NeuronInfo = msgspec.field(default_factory=NeuronInfo)
    inference_accelerator_info: AcceleratorInfo = msgspec.field(default_factory=AcceleratorInfo)
    media_accelerator_info: AcceleratorInfo = msgspec.field(default_factory=AcceleratorInfo)


class DescribedTypes(Page, kw_only=True):
    """DescribeInstanceTypes."""

    instance_types: list[DescribedType]


def accelerators(described: DescribedType) -> dict[str, float | None]:
    """Label to count of what a type holds, empty for most types.

    Inferentia is described as a Neuron device and again as an inference accelerator. Where EC2 describes nothing, the
    reference tables have the last word: they know types that were described otherwise at first.
    """
    held: dict[str, float | None] = {}
    own = (*described.gpu_info.gpus, *described.neuron_info.neuron_devices)
    for device in (*own, *described.media_accelerator_info.accelerators):
        label = device.name.strip() or described.instance_type
        count = _count(device)
        before = held.get(label)
        held[label] = count + before if count is not None and before is not None else count
    for device in described.inference_accelerator_info.accelerators:
        held.setdefault(device.name.strip() or described.instance_type, _count(device))
    return held or dict(accelerators_in("aws", described.instance_type))


def _count(device: Device) -> float | None:
    """How many whole cards, or what part of one: a part has the count 0, and a partition size below 1."""
    if device.count:
        return float(device.count)
    if device.logical_gpu_count and device.gpu_partition_size:
        return device.logical_gpu_count * device.gpu_partition_size
    return None
