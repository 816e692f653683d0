"""When an answer has lost too much at once (METHOD 4), in `gpu_census.census.shrinking`, without any listing.

Cases worked out by hand, then properties over random looks, and an independent second writing of the rule as judge.
Looks are words of letters, one letter for each thing that is there, `-` for nothing; `!` marks an exempt look. In the
hand-made cases a look is shrunk when half of it or more has gone; marks are `x` for what stays suspicious.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_census.census.shrinking import AGREEING, Look, list_is_shrunk, region_is_shrunk, suspicious_looks
from gpu_census_tests.oracle.suspicion import suspicious_places

A_FEW_HUNDRED_CASES = settings(max_examples=300, deadline=None, derandomize=True)
SETS = st.frozensets(st.sampled_from("abcdef"))
LOOKS = st.lists(st.builds(Look, SETS, st.booleans() | st.just(False)), max_size=12)
# few sets and hardly any exempt look, so that the same is told again and again
STUBBORN = st.lists(st.builds(Look, st.sampled_from(["abcd", "abc", "ab", "a", ""]).map(frozenset)), max_size=12)


def things(count: int) -> set[int]:
    return set(range(count))


def half_gone(before: AbstractSet, now: AbstractSet) -> bool:
    return region_is_shrunk(before, now, pairs=1, share=0.5)


def looks_of(told: str) -> list[Look]:
    return [Look(frozenset(word.strip("-!")), exempt=word.endswith("!")) for word in told.split()]


def judged(looks: list[Look], is_shrunk: Callable[[AbstractSet, AbstractSet], bool] = half_gone) -> list[bool]:
    return suspicious_looks(looks, is_shrunk)[0]


def marks_of(looks: list[Look]) -> str:
    return "".join("x" if mark else "." for mark in judged(looks))


@pytest.mark.parametrize(
    ("before", "gone", "shrunk"),
    [
        (0, 0, False),
        (1, 0, False),
        (1, 1, True),  # all of them
        (2, 1, False),  # half, but one only
        (2, 2, True),
        (3, 2, False),
        (10, 2, False),
        (10, 3, True),
        (15, 3, True),  # three are exactly a fifth
        (16, 3, False),
        (20, 3, False),
        (20, 4, True),
        (100, 19, False),
        (100, 20, True),
    ],
)
def test_a_region_may_lose_two_pairs_or_less_than_a_fifth_but_never_all(before, gone, shrunk):
    assert region_is_shrunk(things(before), things(before - gone), pairs=3, share=0.2) is shrunk


@pytest.mark.parametrize(
    ("before", "gone", "shrunk"),
    [(0, 0, False), (1, 1, True), (9, 1, True), (10, 1, False), (30, 3, False), (30, 4, True), (40, 40, True)],
)
def test_a_list_may_lose_a_tenth_of_its_regions(before, gone, shrunk):
    assert list_is_shrunk(things(before), things(before - gone), share=0.1) is shrunk


def test_what_is_new_makes_up_for_nothing():
    assert region_is_shrunk({"a", "b"}, {"c", "d", "e"}, pairs=3, share=0.2)
    assert list_is_shrunk({"a", "b"}, {"a", "c", "d"}, share=0.1)


@pytest.mark.parametrize("size", [3, 7, 10, 25, 100])
def test_a_share_is_met_exactly(size):
    """Shares are decimals, which binary floats are not: 0.07 × 100 is more than 7, 0.29 × 100 less than 29."""
    for percent, gone in product(range(1, 100), range(size)):
        of_region = region_is_shrunk(things(size), things(size - gone), pairs=0, share=percent / 100)
        of_list = list_is_shrunk(things(size), things(size - gone), share=percent / 100)
        assert of_region is (gone > 0 and 100 * gone >= percent * size)
        assert of_list is (100 * gone > percent * size)


@pytest.mark.parametrize(
    ("told", "marks"),
    [
        ("-", "."),
        ("ab ab", ".."),
        ("- ab", ".."),
        ("ab -", ".x"),
        ("ab - -", ".xx"),
        ("ab - - ab", ".xx."),
        ("abcd abc ab a", "...x"),  # against the last good one, not against the first
        ("abcd a abc", ".x."),  # and not against a suspicious one
    ],
)
def test_a_look_is_judged_against_the_last_good_one(told, marks):
    assert marks_of(looks_of(told)) == marks


@pytest.mark.parametrize(
    ("told", "marks"),
    [
        ("ab - - -", "...."),
        ("ab - - - -", "....."),
        ("abcd a a a -", "....x"),  # the three are the last good one
        ("abcd a a a ab -", ".....x"),
        ("ab - - ab - -", ".xx.xx"),  # a good one in between starts the count anew
        ("ab - ab - ab -", ".x.x.x"),
        ("abcd a b b b", ".x..."),  # one that differs starts it with itself
        ("abcd a a b b a a", ".xxxxxx"),
        ("abcd a a b b b", ".xx..."),
    ],
)
def test_three_in_a_row_that_agree_are_accepted_together(told, marks):
    assert marks_of(looks_of(told)) == marks


@pytest.mark.parametrize(
    ("told", "marks"),
    [
        ("ab -!", ".."),
        ("ab -! -", "..."),  # it is the last good one
        ("ab - - -!", ".xx."),
        ("ab - -! - -", ".x..."),
        ("ab! -", ".x"),
        ("ab - abcd! a", ".x.x"),
    ],
)
def test_an_exempt_look_is_good_and_the_last_good_one(told, marks):
    assert marks_of(looks_of(told)) == marks


@A_FEW_HUNDRED_CASES
@given(st.lists(SETS, max_size=10))
def test_what_never_loses_anything_is_never_suspicious(news):
    known = [frozenset().union(*news[: number + 1]) for number in range(len(news))]
    assert not any(judged([Look(named) for named in known]))


@A_FEW_HUNDRED_CASES
@given(LOOKS)
def test_the_first_look_and_exempt_ones_are_never_suspicious(looks):
    marks = judged(looks)
    assert len(marks) == len(looks)
    assert not any(mark for mark, look in zip(marks, looks, strict=True) if look.exempt)
    assert marks[:1] in ([], [False])


@A_FEW_HUNDRED_CASES
@given(LOOKS | STUBBORN)
def test_a_mark_depends_on_no_later_look_but_those_that_agree_with_it(looks):
    """Told so far, a look is marked or not; all that can still happen is that it is freed by the next two."""
    marks = judged(looks)
    for number in range(len(looks)):
        at_first, in_time = (judged(looks[: number + more])[number] for more in (1, AGREEING))
        assert in_time is marks[number]
        if at_first is not marks[number]:
            assert (at_first, marks[number]) == (True, False)
            around = range(max(0, number - AGREEING + 1), number + 1)
            triples = [looks[start : start + AGREEING] for start in around]
            assert any(len(triple) == AGREEING and len({look.named for look in triple}) == 1 for triple in triples)


@A_FEW_HUNDRED_CASES
@given(LOOKS | STUBBORN)
def test_only_the_last_looks_that_wait_can_still_be_accepted(looks):
    for number in range(1, len(looks)):
        so_far, waiting = suspicious_looks(looks[:number], half_gone)
        assert all(so_far[number - waiting :])
        assert judged(looks)[: number - waiting] == so_far[: number - waiting]


@A_FEW_HUNDRED_CASES
@given(LOOKS | STUBBORN, st.integers(1, 12))
def test_the_last_good_look_and_those_that_wait_are_all_that_need_be_known_of_the_past(looks, number):
    past, future = looks[:number], looks[number:]
    marks, waiting = suspicious_looks(past, half_gone)
    good = [look for look, mark in zip(past, marks, strict=True) if not mark][-1:]
    afresh = [*good, *past[len(past) - waiting :], *future]
    expected = judged(looks)[len(past) - waiting :]
    assert judged(afresh)[len(good) :] == expected


@A_FEW_HUNDRED_CASES
@given(LOOKS | STUBBORN)
def test_three_marked_in_a_row_never_agree(looks):
    marks = judged(looks)
    for start in range(len(looks) - AGREEING + 1):
        same = len({look.named for look in looks[start : start + AGREEING]}) == 1
        assert not (same and all(marks[start : start + AGREEING]))


@A_FEW_HUNDRED_CASES
@given(LOOKS | STUBBORN, st.integers(1, 4), st.sampled_from([0.0, 0.2, 0.5, 1.0]))
def test_the_oracle_marks_the_same_looks(looks, pairs, share):
    def shrunk(before: AbstractSet, now: AbstractSet) -> bool:
        return region_is_shrunk(before, now, pairs=pairs, share=share)

    told = [(place, frozenset(look.named), look.exempt) for place, look in enumerate(looks)]
    marked = [place for place, mark in enumerate(judged(looks, shrunk)) if mark]
    assert suspicious_places(told, shrunk) == marked
