"""The partition of an AWS region, which its code tells and no answer says.

What belongs here: the prefixes. What does not: whether a code is a region at all (`reference/not_a_region.csv`).
"""

from __future__ import annotations

PREFIXES = {"us-gov-": "government", "cn-": "china", "eusc-": "sovereign"}


def partition_of(region_code: str) -> str:
    """`public` unless the code begins as those of another partition do."""
    return next((partition for prefix, partition in PREFIXES.items() if region_code.startswith(prefix)), "public")
