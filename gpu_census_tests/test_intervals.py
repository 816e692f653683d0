"""The rules of time (METHOD 4) in `gpu_census.census.intervals`, without any listing.

Cases worked out by hand, then properties over random looks, and an independent second writing of the rules as judge.
`A` is a look that saw the thing, `-` one that did not; dates are written as days after the first look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_census.census.intervals import intervals_of, intervals_of_positive
from gpu_census_tests.oracle.intervals import spans

FIRST = date(2025, 1, 1)
A_HUNDRED_CASES = settings(max_examples=80, deadline=None, derandomize=True)
Seen = list[tuple[date, bool, bool]]


@dataclass(frozen=True)
class Interval:
    """A stay in days."""

    not_before_on: date | None
    valid_from: date
    valid_to: date | None
    last_seen_on: date
    confirmed: bool
    sightings: int


def runs_of(looks: Seen, thing: int = 0) -> list[dict[str, Any]]:
    """The maximal runs of sightings of a thing, as `intervals_of` wants them."""
    groups = [list(group) for _, group in groupby(range(len(looks)), key=lambda look: looks[look][1])]
    return [
        {
            "thing": thing,
            "first_look": group[0],
            "last_look": group[-1],
            "first_on": looks[group[0]][0],
            "last_on": looks[group[-1]][0],
            "looks": len(looks),
            "settled": looks[0][2],
        }
        for group in groups
        if looks[group[0]][1]
    ]


def answers(things: Sequence[Seen]) -> list[tuple[list[Interval], list[date]]]:
    """The intervals and unconfirmed sightings of things that are all followed at once."""
    texts = {"thing": pl.UInt32, "first_on": pl.Date, "last_on": pl.Date, "settled": pl.Boolean}
    numbers = dict.fromkeys(("first_look", "last_look", "looks"), pl.Int64)
    rows = [run for thing, looks in enumerate(things) for run in runs_of(looks, thing)]
    found, lone = intervals_of(pl.DataFrame(rows, schema=texts | numbers))
    told: list[tuple[list[Interval], list[date]]] = [([], []) for _ in things]
    for row in found.iter_rows(named=True):
        days = [day for day, *_ in things[row["thing"]]]
        before = days[row["first_look"] - 1] if row["first_look"] else None
        gone = days[row["last_look"] + 1] if row["gone"] else None
        stay = Interval(before, row["first_on"], gone, row["last_on"], row["confirmed"], row["sightings"])
        told[row["thing"]][0].append(stay)
    for row in lone.iter_rows(named=True):
        told[row["thing"]][1].append(row["first_on"])
    return told


def answer(looks: Seen) -> tuple[list[Interval], list[date]]:
    return answers([looks])[0]


def follow(seen: str, *, settled: bool = False) -> tuple[list[tuple], list[int]]:
    """Stays as (not before, from, to, confirmed, sightings) and unconfirmed sightings, one look a day."""
    intervals, lone = answer([(FIRST + timedelta(days=n), mark == "A", settled) for n, mark in enumerate(seen)])
    told = [
        (_day(one.not_before_on), _day(one.valid_from), _day(one.valid_to), one.confirmed, one.sightings)
        for one in intervals
    ]
    return told, [(day - FIRST).days for day in lone]


def _day(day: date | None) -> int | None:
    return None if day is None else (day - FIRST).days


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("A", [(None, 0, None, True, 1)]),
        ("AA-A", [(None, 0, None, True, 3)]),
        ("-", []),
        ("-A", [(0, 1, None, False, 1)]),
        ("-AA", [(0, 1, None, True, 2)]),
        ("---AA", [(2, 3, None, True, 2)]),
    ],
)
def test_the_first_look_is_the_baseline_and_later_arrivals_are_provisional_once(seen, expected):
    assert follow(seen) == (expected, [])


@pytest.mark.parametrize(
    ("seen", "expected", "unconfirmed"),
    [
        ("-A-", [], [1]),
        ("-A--AA", [(3, 4, None, True, 2)], [1]),
        ("-A-A", [(2, 3, None, False, 1)], [1]),  # the lone one does not lend its day to the next
        ("AA---A-", [(None, 0, 2, True, 2)], [5]),
    ],
)
def test_an_arrival_that_the_next_look_does_not_repeat_is_an_unconfirmed_sighting(seen, expected, unconfirmed):
    assert follow(seen) == (expected, unconfirmed)


@pytest.mark.parametrize(
    ("seen", "gone"),
    [
        ("AA-", None),
        ("AA--", None),
        ("AA---", 2),
        ("AA-----", 2),
        ("AA--A--A--", None),  # misses do not add up
        ("AA--A---", 5),
    ],
)
def test_three_misses_in_a_row_end_a_stay_at_the_first_of_them_and_fewer_leave_it_whole(seen, gone):
    assert follow(seen) == ([(None, 0, gone, True, seen.count("A"))], [])


def test_a_return_after_a_withdrawal_is_a_new_stay_that_begins_after_the_last_miss():
    assert follow("A---AA") == ([(None, 0, 1, True, 1), (3, 4, None, True, 2)], [])
    assert follow("A---A") == ([(None, 0, 1, True, 1), (3, 4, None, False, 1)], [])


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("-A-A", [(0, 1, 2, True, 1), (2, 3, None, True, 1)]),
        ("-A", [(0, 1, None, True, 1)]),
        ("A-", [(None, 0, 1, True, 1)]),
        ("AA--", [(None, 0, 2, True, 2)]),
        ("A-A", [(None, 0, 1, True, 1), (1, 2, None, True, 1)]),
    ],
)
def test_a_settled_look_confirms_arrivals_and_withdrawals_at_once(seen, expected):
    assert follow(seen, settled=True) == (expected, [])


@pytest.mark.parametrize("first", ["A", "-"])
def test_a_flapping_thing_looked_at_31_times_has_at_most_one_stay(first):
    """On, off, on …: from a sighting on it is one stay of 16; from a miss on each sighting stands alone."""
    other = "-" if first == "A" else "A"
    seen = (first + other) * 15 + first
    intervals, unconfirmed = follow(seen)
    if first == "A":
        assert (intervals, unconfirmed) == ([(None, 0, None, True, 16)], [])
    else:
        assert (intervals, unconfirmed) == ([], list(range(1, 31, 2)))


def test_days_between_looks_do_not_matter_only_looks_do():
    days = [FIRST, FIRST + timedelta(days=200), FIRST + timedelta(days=201), FIRST + timedelta(days=700)]
    intervals, unconfirmed = answer([(day, day in days[1:3], False) for day in days])
    assert intervals == [Interval(FIRST, days[1], None, days[2], confirmed=True, sightings=2)]
    assert unconfirmed == []


def test_what_a_positive_only_source_says_holds_from_its_earliest_day_on():
    first, last = FIRST + timedelta(days=3), FIRST + timedelta(days=400)
    runs = [(7, first, first, 1), (7, FIRST + timedelta(days=90), last, 2), (9, last, last, 1)]
    found = intervals_of_positive(
        pl.DataFrame(runs, schema=["thing", "first_on", "last_on", "sightings"], orient="row")
    )
    assert found.select("thing", "first_on", "last_on", "sightings", "confirmed").rows() == [
        (7, first, last, 3, True),
        (9, last, last, 1, True),
    ]


@st.composite
def observed(draw: st.DrawFn) -> Seen:
    """Looks in date order as (day, seen, settled); a source is settled or is not."""
    count = draw(st.integers(1, 40))
    gaps = draw(st.lists(st.integers(1, 400), min_size=count, max_size=count))
    seen = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    settled = draw(st.sampled_from([False, False, True]))
    days = [FIRST + timedelta(days=sum(gaps[: number + 1])) for number in range(count)]
    return [(day, sighted, settled) for day, sighted in zip(days, seen, strict=True)]


@A_HUNDRED_CASES
@given(observed())
def test_intervals_are_in_order_and_never_overlap(looks):
    intervals, _ = answer(looks)
    for one in intervals:
        assert one.valid_from <= one.last_seen_on
        assert one.valid_to is None or one.last_seen_on < one.valid_to
        assert one.not_before_on is None or one.not_before_on < one.valid_from
    for one, following in pairwise(intervals):
        assert one.valid_to is not None
        assert one.valid_to <= following.not_before_on < following.valid_from


@A_HUNDRED_CASES
@given(observed())
def test_every_sighting_is_in_exactly_one_interval_or_is_unconfirmed(looks):
    intervals, unconfirmed = answer(looks)
    counted = dict.fromkeys(intervals, 0)
    for day, seen, _ in looks:
        holding = [one for one in intervals if one.valid_from <= day and (one.valid_to is None or day < one.valid_to)]
        if seen:
            assert len(holding) + unconfirmed.count(day) == 1
            counted.update((one, counted[one] + 1) for one in holding)
        else:
            assert day not in unconfirmed
    assert all(one.sightings == count for one, count in counted.items())


@A_HUNDRED_CASES
@given(observed())
def test_bounds_are_looks_and_only_the_newest_stay_may_be_open_or_provisional(looks):
    intervals, _ = answer(looks)
    days = [day for day, *_ in looks]
    saw = {day: seen for day, seen, _ in looks}
    for one in intervals:
        assert saw[one.valid_from]
        assert saw[one.last_seen_on]
        before = days.index(one.valid_from) - 1
        assert one.not_before_on == (days[before] if before >= 0 else None)
        assert one.valid_to is None or one.valid_to == days[days.index(one.last_seen_on) + 1]
        assert one.confirmed or (one.valid_from == days[-1] and not looks[-1][2])
    assert all(one.valid_to is not None and one.confirmed for one in intervals[:-1])


@A_HUNDRED_CASES
@given(observed())
def test_a_second_writing_of_the_rules_agrees(looks):
    intervals, unconfirmed = answer(looks)
    theirs, lone = spans(looks, positive_only=False)
    found = [(i.not_before_on, i.valid_from, i.valid_to, i.last_seen_on, i.confirmed, i.sightings) for i in intervals]
    assert found == [
        (s.not_before_on, s.valid_from, s.valid_to, s.seen_on[-1], s.confirmed, len(s.seen_on)) for s in theirs
    ]
    assert unconfirmed == lone


@A_HUNDRED_CASES
@given(observed(), st.booleans())
def test_one_more_look_changes_only_the_newest_stay(looks, seen):
    """What is closed stays closed; an open stay may go on, end or, if provisional, vanish."""
    before, lone_before = answer(looks)
    after, lone_after = answer([*looks, (looks[-1][0] + timedelta(days=1), seen, looks[0][2])])
    closed = [one for one in before if one.valid_to is not None]
    assert after[: len(closed)] == closed
    assert lone_after[: len(lone_before)] == lone_before


@A_HUNDRED_CASES
@given(st.lists(observed(), min_size=1, max_size=5))
def test_things_followed_together_are_followed_as_if_each_were_alone(things):
    assert answers(things) == [answer(looks) for looks in things]
