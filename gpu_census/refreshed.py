"""What came of a refresh. `refresh_outcome` reads it from a run, the CLI prints it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Refreshed:
    """`problems` kept the census from being published; `warnings` did not.

    `requests` are those sent to each provider; `swapped` is false where the published file held all this already and
    was left as it is.
    """

    published: bool
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    requests: dict[str, int] = field(default_factory=dict)
    swapped: bool = True
