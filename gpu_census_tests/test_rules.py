"""The rules that several models share: each threshold is exact, and an unknown date decides nothing."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest

from gpu_census.warehouse.rules import create_rules

DAY = date(2025, 1, 1)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as found:
        create_rules(found)
        yield found


@pytest.mark.parametrize(("days", "stale"), [(0, False), (180, False), (181, True)])
def test_an_answer_is_stale_after_180_days(connection, days, stale):
    query = "SELECT is_stale($1::DATE, $2::DATE)"
    assert connection.execute(query, [DAY, DAY + timedelta(days=days)]).fetchall() == [(stale,)]


def test_an_answer_that_was_never_given_is_neither_stale_nor_fresh(connection):
    assert connection.execute("SELECT is_stale(NULL::DATE, $1::DATE)", [DAY]).fetchall() == [(None,)]


@pytest.mark.parametrize(
    ("days", "newer_rank", "older_rank", "superseded"),
    [
        (7, 1, 1, False),  # not more than 7 days
        (8, 1, 1, True),
        (8, 1, 3, True),  # an offering after a price
        (8, 3, 1, False),  # a price after an offering
        (180, 3, 1, False),
        (181, 3, 1, True),  # any source after more than 180 days
        (-200, 1, 3, False),  # the older answer supersedes nothing
    ],
)
def test_a_newer_answer_supersedes_by_days_and_rank(connection, days, newer_rank, older_rank, superseded):
    query = "SELECT supersedes($1::DATE, $2, $3::DATE, $4)"
    values = [DAY + timedelta(days=days), newer_rank, DAY, older_rank]
    assert connection.execute(query, values).fetchall() == [(superseded,)]
