"""How much one night may ask, wait and hold. The environment may set what a person has reason to change."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields

from gpu_census.errors import UsageError

MIB = 2**20
LARGEST = 10**15
PREFIX = "GPU_CENSUS_"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of one refresh; each is set by `GPU_CENSUS_<NAME>` in the environment.

    Times are seconds, sizes bytes. Budgets are per provider; `connections` is per host, and a source may ask for
    fewer. An answer that is held in memory and one that goes to a file have caps of their own; one that comes slower
    than `slowest_bytes_per_second` after `silence_seconds` is given up. A host that fails `failures_in_a_row` requests
    is not asked twice any more. Runs are kept for `landing_days`, 0 for ever.
    """

    connections: int = 8
    connect_seconds: float = 3.0
    silence_seconds: float = 60.0
    slowest_bytes_per_second: int = 1_000
    attempts: int = 5
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 60.0
    throttled_wait_seconds: float = 15.0
    budget_seconds: float = 1200.0
    budget_requests: int = 5_000
    redirects: int = 5
    wire_bytes: int = 64 * MIB
    decoded_bytes: int = 256 * MIB
    file_wire_bytes: int = 2_048 * MIB
    file_decoded_bytes: int = 4_096 * MIB
    json_depth: int = 100
    failures_in_a_row: int = 3
    landing_days: int = 0


def limits_from_environment() -> Limits:
    """The limits, with what the environment sets. Raises `UsageError` for what is no number above zero."""
    chosen: dict[str, int | float] = {}
    for field in fields(Limits):
        name = f"{PREFIX}{field.name.upper()}"
        text = os.environ.get(name)
        if text is None:
            continue
        try:
            number = int(text) if isinstance(field.default, int) else float(text)
        except ValueError:
            number = -1
        if not (0 < number <= LARGEST or number == field.default == 0):
            raise UsageError(f"{name}={text}: must be a number above zero")
        chosen[field.name] = number
    return Limits(**chosen)  # type: ignore[arg-type]
