"""The oracle's shrink guard against cases worked out by hand, split off `test_oracle.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpu_census_tests.oracle.by_hand import DAY, Archive, Told, after

HALF: Told = {code: ["A100", "M60"] for code in ("one", "two")}
FOUR: Told = HALF | {code: ["A100", "M60"] for code in ("three", "four")}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def marks(archive: Archive) -> list[tuple]:
    """(day, region, whether the whole listing is) of the suspicious answers."""
    return [((on - DAY).days, code, whole) for *_, on, code, whole in archive.on(999).suspicious_answers]


@pytest.mark.parametrize(
    ("nights", "suspicious"),
    [
        (["abc", "ab"], ""),  # one of three
        (["abc", "b"], ""),  # two of three
        (["abc", ""], "1"),  # all
        (["abcdefgh", "abcde"], "1"),  # three of eight
        (["", "abc"], ""),
        (["abc", "", "", "abc"], "12"),
        (["abc", "", "", ""], ""),
        (["abc", "", None, "", ""], ""),
        (["abc", "", "", "abc", ""], "124"),
        (["abcdefgh", "ab", "abc", "ab", "ab"], "1234"),
        (["abcdefgh", "abc", "abc", "abc", "a"], ""),  # three accepted are what the next is compared with
        (["abcdefgh", "abc", "abc", "abc", ""], "4"),
    ],
)
def test_an_answer_that_has_lost_too_much(archive, nights, suspicious):
    """Each letter is a label of its own that maps to no model."""
    told = {day: {"one": None if night is None else list(night)} for day, night in enumerate(nights)}
    archive.source("acme/list", told)
    assert marks(archive) == [(int(day), "one", False) for day in suspicious]


def test_a_suspicious_answer_is_carried_forward(archive):
    archive.source("acme/list", {0: {"one": ["A100"]}, 1: {"one": []}, 2: {"one": []}})
    assert archive.findings(2) == {"A100": "confirmed"}
    assert archive.on(2).findings["acme", "one", "A100"]["evidence_on"] == after(0)


def test_three_that_agree_are_misses(archive):
    archive.source("acme/list", {day: {"one": [] if day else ["A100"]} for day in range(4)})
    assert archive.history() == [(None, 0, 1, True)]
    assert archive.findings(2) == {"": "not_listed"}


@pytest.mark.parametrize("stated", [{"settled": True}, {"positive_only": True}])
def test_settled_and_positive_only_are_never_suspicious(archive, stated):
    archive.source("acme/list", {0: FOUR, 1: {"one": []}}, regions_complete=True, **stated)
    assert marks(archive) == []


def test_a_list_that_has_lost_a_half_leaves_nothing_out_and_answers_nothing(archive):
    archive.source("acme/list", {0: FOUR, 1: HALF | {"far": ["V100"]}}, regions_complete=True)
    assert marks(archive) == [(1, "far", True), (1, "one", True), (1, "two", True)]
    assert archive.history() == [(None, 0, None, True)] * 8
    assert {code for _, code in archive.on(1).regions} == {"far", *FOUR}
    assert "V100" not in archive.findings(1, "far")
    assert archive.on(1).findings["acme", "one", "A100"]["evidence_on"] == DAY


def test_three_lists_that_agree_are_taken_at_their_word(archive):
    archive.source("acme/list", {0: FOUR, 1: HALF, 2: HALF, 3: HALF}, regions_complete=True)
    assert marks(archive) == []
    assert sorted(archive.history("A100"), key=repr) == [(None, 0, 1, True)] * 2 + [(None, 0, None, True)] * 2
    assert archive.on(1).regions == {("acme", "one"), ("acme", "two")}


@pytest.mark.parametrize("stated", [{}, {"regions_complete": True, "gone_regions": 0.5}])
def test_what_is_said_of_the_source_decides_whether_its_list_is_judged(archive, stated):
    archive.source("acme/list", {0: FOUR, 1: HALF}, **stated)
    assert marks(archive) == []


def test_a_list_that_names_no_region_is_none(archive):
    archive.source("acme/list", {0: FOUR, 1: {}, 2: {}, 3: {}, 4: FOUR}, regions_complete=True)
    assert marks(archive) == []
    assert archive.history() == [(None, 0, None, True)] * 8


def test_a_night_of_a_suspicious_list_is_none_of_any_region(archive):
    empty: Told = FOUR | {"one": []}
    archive.source("acme/list", {0: FOUR, 1: empty, 2: HALF, 3: empty, 4: empty}, regions_complete=True)
    assert marks(archive) == [(2, "one", True), (2, "two", True)]
    assert [stay for stay in archive.history("A100") if stay[2] is not None] == [(None, 0, 1, True)]
