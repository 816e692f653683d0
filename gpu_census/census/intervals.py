"""The rules of time (METHOD 4): which sightings of one thing by one source make an interval.

Pure: dates in, intervals out. A thing is a region, or an accelerator of an instance type in a region; its source
has looked at it on a list of days, each time completely. One sighting is not an arrival, one miss not a withdrawal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

MISSES_TO_WITHDRAW = 3


@dataclass(frozen=True)
class Looks:
    """The days on which a source looked completely, in order, and which of them are settled archives."""

    days: Sequence[date]
    settled: Sequence[bool]


@dataclass(frozen=True)
class Interval:
    """A stay: `valid_to` is the first day without it, None while it stays."""

    not_before_on: date | None
    valid_from: date
    valid_to: date | None
    last_seen_on: date
    confirmed: bool
    sightings: int


@dataclass
class _Stay:
    """A stay being followed; `last` is the index of its newest sighting among the looks."""

    interval: Interval
    last: int


def intervals_of(looks: Looks, runs: Sequence[tuple[int, int]]) -> tuple[list[Interval], list[date]]:
    """Intervals and unconfirmed sightings of one thing.

    `runs` are the maximal runs of looks in a row that saw it, as (first, last) indexes into `looks`, in order.
    """
    intervals: list[Interval] = []
    unconfirmed: list[date] = []
    stay: _Stay | None = None
    for first, last in runs:
        if stay is not None:
            if not _withdrawn(looks, stay.last, first):
                seen = stay.interval.sightings + last - first + 1
                stay.interval = replace(stay.interval, sightings=seen, last_seen_on=looks.days[last])
                stay.last = last
                continue
            intervals.append(_closed(looks, stay))
            stay = None
        if _confirmed(looks, first, last):
            stay = _Stay(_arrival(looks, first, last, confirmed=True), last)
        elif last + 1 == len(looks.days):
            stay = _Stay(_arrival(looks, first, last, confirmed=False), last)
        else:
            unconfirmed.append(looks.days[first])
    if stay is not None:
        gone = _withdrawn(looks, stay.last, len(looks.days))
        intervals.append(_closed(looks, stay) if gone else stay.interval)
    return intervals, unconfirmed


def interval_of_positive(days: Sequence[date]) -> Interval:
    """What a source that proves only what it lists has said on some days: true from the first of them on."""
    return Interval(None, min(days), None, max(days), confirmed=True, sightings=len(days))


def _confirmed(looks: Looks, first: int, last: int) -> bool:
    """The first look of all, a settled one, or a second sighting in a row."""
    return first == 0 or last > first or looks.settled[first]


def _arrival(looks: Looks, first: int, last: int, *, confirmed: bool) -> Interval:
    before = looks.days[first - 1] if first else None
    return Interval(before, looks.days[first], None, looks.days[last], confirmed, last - first + 1)


def _withdrawn(looks: Looks, last_seen: int, until: int) -> bool:
    """Whether the misses between two sightings, or after the last one, end the stay."""
    misses = until - last_seen - 1
    return misses >= MISSES_TO_WITHDRAW or any(looks.settled[last_seen + 1 : until])


def _closed(looks: Looks, stay: _Stay) -> Interval:
    return replace(stay.interval, valid_to=looks.days[stay.last + 1])
