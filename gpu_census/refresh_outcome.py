"""What came of a refresh, as the CLI tells it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Refreshed:
    """`problems` kept the census from being published; `warnings` did not."""

    published: bool
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
