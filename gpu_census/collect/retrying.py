"""When the same question is asked again: after what, how often, and how long before.

What belongs here: the rules, told to tenacity. What does not: asking (`live`).
"""

from __future__ import annotations

import email.utils
import math
from collections.abc import Mapping
from datetime import UTC, datetime

import tenacity

from gpu_census.collect.budget import Budget
from gpu_census.collect.hosts import Host
from gpu_census.collect.limits import Limits
from gpu_census.errors import AskError

UNREADABLE_ATTEMPTS = 2


def retrying(limits: Limits, host: Host, budget: Budget) -> tenacity.AsyncRetrying:
    """Again after what may pass, twice as late each time, with jitter; at least as late as the cloud asks for."""
    first, longest = limits.first_wait_seconds, limits.longest_wait_seconds
    doubling = tenacity.wait_exponential(multiplier=first, max=longest) + tenacity.wait_random(0, first)

    def wait(state: tenacity.RetryCallState) -> float:
        return min(max(doubling(state), _error(state).wait_seconds or 0.0), longest)

    def is_enough(state: tenacity.RetryCallState) -> bool:
        error = _error(state)
        most = host.attempts
        if error.status == 200 or (error.wait_seconds or 0.0) > longest:
            most = min(most, UNREADABLE_ATTEMPTS)  # a page that stays, a host that asks for hours
        return state.attempt_number >= most or budget.seconds_left() < state.upcoming_sleep

    return tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, AskError) and error.passing),
        stop=is_enough,
        wait=wait,
        reraise=True,
    )


def _error(state: tenacity.RetryCallState) -> AskError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, AskError)  # nothing else is asked again after
    return error


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the answer asks to wait, given as a number or as a date; None where it does not say.

    A date is reckoned from the answer's own, whose clock may not be ours.
    """
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        until, now = _date(text), _date(headers.get("date", "")) or datetime.now(UTC)
        seconds = (until - now).total_seconds() if until else math.nan
    return None if math.isnan(seconds) else max(seconds, 0.0)


def _date(text: str) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
