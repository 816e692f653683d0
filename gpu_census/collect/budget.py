"""What one provider may still cost tonight, in requests and seconds, over all its sources."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from gpu_census.collect.limits import Limits
from gpu_census.errors import AskError


@dataclass
class Budget:
    """The budget of one provider."""

    limits: Limits
    began: float = field(default_factory=time.monotonic)
    requests: int = 0

    def seconds_left(self) -> float:
        """Until the time budget is used up."""
        return self.limits.budget_seconds - (time.monotonic() - self.began)

    def spend(self, provider: str, told: str) -> None:
        """One more request. Raises `AskError` where the budget is used up."""
        if self.requests >= self.limits.budget_requests:
            raise AskError(provider, f"not asked: {self.limits.budget_requests} requests were sent tonight", url=told)
        if self.seconds_left() <= 0:
            raise AskError(provider, f"not asked: {self.limits.budget_seconds:g} s are used up tonight", url=told)
        self.requests += 1
