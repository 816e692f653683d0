"""What an EC2 type holds, for AWS's price lists, which say of a type no more than its class and a number of GPUs.

What belongs here: the reference tables first, then AWS's own classes, so that a family nobody has heard of is listed.
What does not: sources that name the accelerator themselves (`ec2_api`). The trap: inference chips are a class of their
own, `Machine Learning ASIC Instances`, and have no GPU.
"""

from __future__ import annotations

from gpu_census.providers.contract import accelerators_in

CLASSES = ("gpu", "machine learning asic")


def accelerators(
    instance_type: str, *, instance_family: str = "", gpus: float | None = None
) -> tuple[tuple[str, float | None], ...]:
    """(label, count) of each accelerator; an unknown type that AWS calls accelerated goes by its own name."""
    known = accelerators_in("aws", instance_type)
    if len(known) == 1 and known[0][1] is None:
        return ((known[0][0], gpus or None),)
    if not known and (gpus or instance_family.strip().lower().startswith(CLASSES)):
        return ((instance_type, gpus or None),)
    return known
