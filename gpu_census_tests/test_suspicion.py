"""Suspicious nights of small archives (METHOD 4), through `gpu_census.census.history.histories`, worked out by hand.

What is tested: which nights and answers are suspicious, and that such a night is carried forward. The rule itself is
tested in `test_shrinking.py`. Days are counted from `DAY`; intervals are (not before, from, to, confirmed).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gpu_census.census.history import Histories
from gpu_census_tests.oracle.by_hand import Archive, Told, after
from gpu_census_tests.small_census import census_of, rows
from gpu_census_tests.test_history import histories_of, stays, told

HERE = ["A100", "V100"]
FOUR: Told = dict.fromkeys(("one", "two", "three", "four"), HERE)
HALF: Told = dict.fromkeys(("one", "two"), HERE)
THERE = (None, 0, None, True)
Say = Callable[..., Histories]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


@pytest.fixture
def say(archive: Archive, tmp_path: Path) -> Say:
    """The histories of one source that tells this night after night; `None` is a night without a listing."""

    def say(*nights: Told | None, **card: Any) -> Histories:
        archive.source("acme/list", {day: night for day, night in enumerate(nights) if night is not None}, **card)
        return histories_of([archive.folder], tmp_path / "listing")

    return say


def labels(count: int) -> list[str]:
    """Labels that map to no model, each of which is a pair of its own."""
    return [f"Warp {number}" for number in range(count)]


def of_one(*nights: list | None) -> list[Told]:
    """Nights of a source that has one region; `None` is a night on which it does not answer for it."""
    return [{"one": night} for night in nights]


def marks(found: Histories) -> list[tuple]:
    """(day, region) of the suspicious answers; (day, region, whole) where the whole listing is."""
    marked = told(found.suspicious_answer, "observed_on", "region_code", "whole")
    return [(day, region, "whole") if whole else (day, region) for day, region, whole in marked]


def judged(found: Histories, day: int) -> dict[str, Any]:
    """What is said of one night."""
    columns = ("asked", "answered", "suspicious", "complete", "used")
    [row] = told(found.observation, *columns, observed_on=after(day))
    return dict(zip(columns, row, strict=True))


@pytest.mark.parametrize("nights", [1, 2])
def test_half_the_regions_gone_for_a_night_or_two_change_nothing(say, nights):
    found = say(FOUR, FOUR, *[HALF] * nights, FOUR, regions_complete=True)
    days = range(2, 2 + nights)
    assert marks(found) == sorted((day, region, "whole") for day in days for region in HALF)
    for region in FOUR:
        assert stays(found.region_history, region) == [THERE]
        assert stays(found.offering_history, region) == [THERE, THERE]
    expected = {"asked": 2, "answered": 0, "suspicious": 2, "complete": False, "used": False}
    assert [judged(found, day) for day in days] == [expected] * nights
    runs = told(found.coverage_history, "answered", "in_list", "valid_from", "evidence_on", region_code="three")
    assert runs == [(True, "named", 0, 1), (True, "named", 2 + nights, 2 + nights)]
    asked_in_vain = told(found.coverage_history, "valid_from", "evidence_on", region_code="one", answered=False)
    assert asked_in_vain == [(2, 1 + nights)]
    assert told(found.region_history, "sightings", region_code="one") == [(3 + nights,)]  # it is named all the same


def test_half_the_regions_gone_for_three_nights_are_gone_since_the_first(say):
    found = say(FOUR, FOUR, HALF, HALF, HALF, regions_complete=True)
    assert marks(found) == []
    for region in ("three", "four"):
        gone = (None, 0, 2, True)
        assert stays(found.region_history, region) == [gone]
        assert stays(found.offering_history, region) == [gone, gone]
    assert stays(found.region_history, "one") == [THERE]
    whole = {"asked": 2, "answered": 2, "suspicious": 0, "complete": True, "used": True}
    assert [judged(found, day) for day in (2, 3, 4)] == [whole] * 3


def test_a_suspicious_list_names_regions_and_its_answers_are_not_used(say):
    """On day 1 a new region is named and the rest is gone but for one, which lists a T4."""
    found = say(FOUR, {"one": [*HERE, "T4"], "new": ["H100"]}, FOUR, regions_complete=True)
    assert marks(found) == [(1, "new", "whole"), (1, "one", "whole")]
    assert told(found.offering_history, "accelerator_model", region_code="one") == [("A100",), ("V100",)]
    assert told(found.offering_history, "accelerator_model", region_code="new") == []
    assert told(found.unconfirmed_sighting, "region_code", "instance_type", "seen_on") == [("new", None, 1)]


@pytest.mark.parametrize(
    ("nights", "marked"),
    [
        ([HERE, [], HERE], [1]),
        ([HERE, [], []], [1, 2]),
        ([HERE, [], [], []], []),
        ([HERE, [], [], None, []], []),  # a night without an answer is none in between
        ([HERE, [], [], HERE, []], [1, 2, 4]),  # a good one is: the count starts anew
        ([labels(9), labels(2), labels(3), labels(2), labels(2)], [1, 2, 3, 4]),  # so does one that differs
        ([labels(9), labels(2), labels(3), labels(3), labels(3)], [1]),
        ([labels(9), labels(6), labels(6), labels(6), labels(4), labels(1)], [5]),  # three accepted are the last good
        ([[], HERE, []], [2]),
        ([[], ["U30"], []], []),  # a video card is no pair
        ([["A100"], ["NVIDIA A100"]], []),  # two words for one model are one pair
        ([["A100", "NVIDIA A100", "Tesla A100"], ["A100"]], []),  # and so are three types of one model
    ],
)
def test_a_region_that_loses_too_much_is_suspicious_until_three_answers_agree(say, nights, marked):
    assert marks(say(*of_one(*nights))) == [(day, "one") for day in marked]


def test_a_night_without_any_listing_is_none_in_between(say):
    found = say(*of_one(HERE, []), None, *of_one([]), None, None, *of_one([]))
    assert marks(found) == []
    assert stays(found.offering_history) == [(None, 0, 1, True)] * 2


@pytest.mark.parametrize(
    ("before", "after", "suspicious"),
    [
        (20, 17, False),  # 15 %
        (20, 16, True),  # 20 %
        (15, 12, True),
        (10, 8, False),  # 20 %, but two only
        (3, 1, False),
        (2, 0, True),  # all
        (1, 0, True),
    ],
)
@pytest.mark.parametrize("complete", [False, True])
def test_how_many_pairs_of_a_region_may_be_gone(say, before, after, suspicious, complete):
    night: Told = {"two": HERE}
    found = say(night | {"one": labels(before)}, night | {"one": labels(after)}, regions_complete=complete)
    assert marks(found) == ([(1, "one")] if suspicious else [])
    expected = {"asked": 2, "answered": 2 - suspicious, "suspicious": int(suspicious), "complete": not suspicious}
    assert judged(found, 1) == expected | {"used": True}


@pytest.mark.parametrize(
    ("card", "marked"),
    [
        ({}, [(1, "one")]),
        ({"gone_pairs": 5}, []),
        ({"gone_share": 0.41}, []),
        ({"gone_pairs": 1, "gone_share": 0.1}, [(1, "one"), (1, "two")]),
    ],
)
def test_a_source_may_state_how_many_pairs_may_be_gone(say, card, marked):
    """Four of ten and one of ten are gone."""
    night: Told = {"one": labels(10), "two": labels(10)}
    assert marks(say(night, {"one": labels(6), "two": labels(9)}, **card)) == marked


@pytest.mark.parametrize(
    ("card", "whole"),
    [
        ({"regions_complete": True}, True),
        ({"regions_complete": True, "gone_regions": 0.5}, False),
        ({}, False),  # what a list leaves out that is not complete is not observed
        ({"gone_regions": 0.49}, True),
        ({"regions_complete": True, "settled": True}, False),
        ({"regions_complete": True, "positive_only": True}, False),
    ],
)
def test_whose_list_of_regions_is_judged(say, card, whole):
    assert marks(say(FOUR, HALF, **card)) == ([(1, "one", "whole"), (1, "two", "whole")] if whole else [])


@pytest.mark.parametrize("card", [{"settled": True}, {"positive_only": True}])
def test_what_a_settled_or_positive_only_source_lists_no_more_is_not_suspicious(say, card):
    found = say(*of_one(HERE, [], HERE, []), **card)
    assert marks(found) == []
    assert judged(found, 1) == {"asked": 1, "answered": 1, "suspicious": 0, "complete": True, "used": True}


def test_a_night_of_a_suspicious_list_is_no_night_of_any_region(say):
    """`one` is empty on days 1, 3 and 4, which agree: on day 2, when it is not, the list is suspicious."""
    empty: Told = FOUR | {"one": []}
    found = say(FOUR, empty, HALF, empty, empty, regions_complete=True)
    assert marks(found) == [(2, "one", "whole"), (2, "two", "whole")]
    assert stays(found.offering_history, "one") == [(None, 0, 1, True)] * 2


def test_an_unanswered_region_of_a_suspicious_list_is_no_answer_to_take_off(say):
    found = say(FOUR, HALF | {"two": None}, regions_complete=True)
    assert judged(found, 1) == {"asked": 2, "answered": 0, "suspicious": 2, "complete": False, "used": False}


def test_a_plain_list_of_regions_is_judged_too(say):
    four, half = (dict.fromkeys(codes) for codes in (FOUR, HALF))
    found = say(four, half, four, regions_complete=True)
    assert marks(found) == [(1, "one", "whole"), (1, "two", "whole")]
    assert [judged(found, day)["used"] for day in range(3)] == [True, False, True]
    assert stays(found.region_history, "three") == [THERE]


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("named", [{}, {"us-central2": []}], ids=["nothing", "no region"])
def test_a_list_in_which_nothing_is_a_region_is_no_list_and_leaves_none_out(archive, tmp_path, named, settled):
    """Google's us-central2 is internal, so a list of it alone names no region."""
    nights: list[Told] = [{"us-central1": HERE}, named, named, named]
    archive.source("google/list", dict(enumerate(nights)), regions_complete=True, settled=settled)
    found = histories_of([archive.folder], tmp_path / "listing")
    assert marks(found) == []
    assert stays(found.region_history, "us-central1", source="list") == [THERE]
    assert stays(found.offering_history, "us-central1") == [THERE, THERE]
    assert [judged(found, day)["used"] for day in range(4)] == [True, False, False, False]


@pytest.mark.parametrize("until", [1, 2, 3])
def test_a_suspicious_answer_is_carried_forward_with_its_age(archive, until):
    """Empty since day 1: until the third such night the A100 is there, as old as day 0."""
    nights = of_one(HERE, [], [], [])[: until + 1]
    archive.source("acme/list", dict(enumerate(nights)))
    census = census_of([archive.folder], after(until), only=["source_coverage", "finding"])
    [coverage] = rows(census, "SELECT asked, answered, suspicious, complete, carried_from, rows FROM source_coverage")
    findings = {row["accelerator_model"]: row["finding"] for row in rows(census, "FROM finding")}
    [evidence_on] = {row["evidence_on"] for row in rows(census, "FROM finding")}
    if until < 3:
        assert (findings, evidence_on) == ({"A100": "confirmed", "V100": "confirmed"}, after(0))
        expected = {"answered": 0, "suspicious": 1, "complete": False, "carried_from": after(0)}
    else:
        assert (findings, evidence_on) == ({"": "not_listed"}, after(3))
        expected = {"answered": 1, "suspicious": 0, "complete": True, "carried_from": None}
    assert coverage == {"asked": 1, "rows": 0} | expected


def test_one_suspicious_answer_leaves_the_others_of_its_night_in_use(archive):
    archive.source("acme/list", {0: FOUR, 1: FOUR | {"one": []}}, regions_complete=True)
    census = census_of([archive.folder], after(1), only=["source_coverage", "finding"])
    [coverage] = rows(census, "SELECT answered, suspicious, complete, carried_from FROM source_coverage")
    assert coverage == {"answered": 3, "suspicious": 1, "complete": False, "carried_from": None}
    dates = {row["region_code"]: row["evidence_on"] for row in rows(census, "FROM finding")}
    assert dates == dict.fromkeys(FOUR, after(1)) | {"one": after(0)}
