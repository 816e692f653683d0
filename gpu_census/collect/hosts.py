"""What is known of each host tonight: how many may ask it at once, and whether it answers at all."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from gpu_census.collect.limits import Limits
from gpu_census.errors import AskError

# answered so, a request may be answered well a little later
PASSING = frozenset((408, 425, 429, 500, 502, 503, 504, *range(520, 530)))
# answered so, or not at all, it is the host that is unwell, and not the question
UNWELL = (None, 429, 503)
ROUNDS_UNWELL = 4


@dataclass
class Host:
    """One host. `failures` counts requests that failed in a row, `unwell` those of them that no question could help."""

    name: str
    limits: Limits
    gate: asyncio.Semaphore
    failures: int = 0
    unwell: int = 0
    resting_until: float = 0.0

    @property
    def attempts(self) -> int:
        """How often one request may be tried: once where one after another has failed."""
        return 1 if self.failures >= self.limits.failures_in_a_row else self.limits.attempts

    def answered(self) -> None:
        """It answers."""
        self.failures = self.unwell = 0

    def failed(self, error: AskError) -> None:
        """A request has failed after all its attempts."""
        if error.passing:
            self.failures += 1
            self.unwell = self.unwell + 1 if error.status in UNWELL else 0
        elif error.status is not None:
            self.answered()

    def refuse_unwell(self, provider: str, told: str) -> None:
        """Raise `AskError` where it has failed so often that nobody should wait for it tonight."""
        if self.unwell >= self.limits.failures_in_a_row * ROUNDS_UNWELL:
            raise AskError(provider, f"not asked: {self.name} failed the last {self.unwell} requests", url=told)

    def rest(self, seconds: float) -> None:
        """It asks everybody to wait, not only who was told so."""
        self.resting_until = max(self.resting_until, time.monotonic() + seconds)

    async def rested(self) -> None:
        """Wait as long as it asks."""
        seconds = self.resting_until - time.monotonic()
        if seconds > 0:
            await asyncio.sleep(seconds)
