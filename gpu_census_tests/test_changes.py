"""The change feed: every change has its cause and the observations it lies between, and the tiers add up.

Worked out by hand on small archives; on random archives the feed must lead from any date's tiers to any other's.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gpu_census.assets.plan import Plan
from gpu_census_tests.archive_maker import make_archive, telling_dates
from gpu_census_tests.small_census import census_of, rows, write_listing_files, write_source

SEEDS = (7, 33, 81, 122)
H100 = {"region_code": "one", "instance_type": "h.large", "accelerator_label": "H100", "accelerator_count": "8"}
T4 = H100 | {"instance_type": "t.large", "accelerator_label": "T4"}
MASKED = H100 | {"instance_type": "x.large", "accelerator_label": "GPU H"}
ONE = {"region_code": "one", "country_iso2": "KE"}
TWO = {"region_code": "two", "country_iso2": "KE"}


def nights(archive: Path, source: str, days: dict[str, list[dict[str, Any]]], **card: Any) -> None:
    """Write listings of a new provider: by day, the offerings; region one is always named, two where it offers."""
    write_source(archive, "nimbus", source, **card)
    for day, offered in days.items():
        named = [ONE, *([TWO] if any(row["region_code"] == "two" for row in offered) else [])]
        write_listing_files(archive, "nimbus", source, day, regions=named, offerings=offered)


def changes(archive: Path, until: date = date(2025, 12, 31)) -> list[dict[str, Any]]:
    query = "FROM census_change WHERE coalesce(profile = 'extended', TRUE) ORDER BY changed_on, kind, accelerator_model"
    return rows(census_of([archive], until, only=["census_change"]), query)


def told(found: list[dict[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in found]


def test_seeing_a_cloud_for_the_first_time_is_coverage_and_no_arrival_in_the_world(tmp_path):
    nights(tmp_path, "api", {"2025-01-01": [H100], "2025-01-02": [H100]})
    found = changes(tmp_path)
    assert told(found, "changed_on", "kind", "cause", "observed_before_on") == [
        (date(2025, 1, 1), "accelerator_arrived", "coverage", None),
        (date(2025, 1, 1), "region_opened", "coverage", None),
        (date(2025, 1, 1), "tier_changed", "coverage", None),
    ]
    assert found[2]["detail"] == "desert → north by nimbus one H100"


def test_an_arrival_is_real_where_a_complete_answer_before_did_not_have_it(tmp_path):
    nights(
        tmp_path, "api", {"2025-01-01": [T4], "2025-01-02": [T4], "2025-01-05": [T4, H100], "2025-01-06": [T4, H100]}
    )
    real = [row for row in changes(tmp_path) if row["cause"] == "real"]
    assert told(real, "changed_on", "kind", "accelerator_model", "observed_before_on", "observed_after_on") == [
        (date(2025, 1, 5), "accelerator_arrived", "H100", date(2025, 1, 2), date(2025, 1, 5)),
        (date(2025, 1, 5), "tier_changed", None, date(2025, 1, 2), date(2025, 1, 5)),
    ]
    assert {row["certainty"] for row in real} == {"confirmed"}


def test_an_arrival_seen_once_is_provisional(tmp_path):
    nights(tmp_path, "api", {"2025-01-01": [T4], "2025-01-05": [T4, H100]})
    newest = [row for row in changes(tmp_path) if row["changed_on"] == date(2025, 1, 5)]
    assert told(newest, "kind", "cause", "certainty") == [
        ("accelerator_arrived", "real", "provisional"),
        ("tier_changed", "real", "provisional"),
    ]


def test_a_withdrawal_is_dated_at_the_first_of_three_misses(tmp_path):
    days = {f"2025-01-0{day}": [T4, H100] if day < 4 else [T4] for day in range(1, 8)}
    nights(tmp_path, "api", days)
    gone = [row for row in changes(tmp_path) if row["changed_on"] > date(2025, 1, 1)]
    assert told(gone, "changed_on", "kind", "cause", "observed_before_on", "observed_after_on", "detail") == [
        (
            date(2025, 1, 4),
            "accelerator_withdrawn",
            "real",
            date(2025, 1, 3),
            date(2025, 1, 4),
            "was confirmed",
        ),
        (
            date(2025, 1, 4),
            "tier_changed",
            "real",
            date(2025, 1, 3),
            date(2025, 1, 4),
            "north → south by nimbus one H100",
        ),
    ]


def test_flapping_changes_nothing(tmp_path):
    nights(tmp_path, "api", {f"2025-01-{day:02}": [T4, H100] if day % 2 else [T4] for day in range(2, 31)})
    found = changes(tmp_path)
    assert [row["kind"] for row in found if row["accelerator_model"] == "H100"] == []
    assert [row["detail"] for row in found if row["kind"] == "tier_changed"] == ["desert → south by nimbus one T4"]


def test_a_better_source_that_lists_what_only_a_price_had_changes_the_finding(tmp_path):
    nights(tmp_path, "prices", {"2025-01-01": [T4]}, evidence="price", settled=True)
    nights(tmp_path, "api", {"2025-03-01": [T4]}, settled=True)
    found = [row for row in changes(tmp_path) if row["kind"] == "finding_changed"]
    assert told(found, "changed_on", "cause", "certainty", "detail") == [
        (date(2025, 3, 1), "coverage", "confirmed", "priced_only → confirmed")
    ]


def test_a_price_that_a_better_source_does_not_bear_out_is_evidence_and_no_withdrawal(tmp_path):
    nights(tmp_path, "prices", {"2025-01-01": [T4, H100]}, evidence="price", settled=True)
    nights(tmp_path, "api", {"2025-01-05": [T4], "2025-01-09": [T4]}, settled=True)
    found = [row for row in changes(tmp_path) if row["accelerator_model"] == "H100" and row["changed_on"].day > 1]
    assert told(found, "changed_on", "kind", "cause", "certainty", "detail") == [
        (date(2025, 1, 5), "finding_changed", "evidence", "priced", "priced_only → contradicted"),
        # more than seven days older than a better answer, the price takes no part
        (date(2025, 1, 9), "accelerator_withdrawn", "evidence", "priced", "was contradicted"),
    ]


def test_a_label_that_maps_to_no_model_is_told_when_it_appears(tmp_path):
    nights(tmp_path, "api", {"2025-01-01": [T4], "2025-01-02": [T4, MASKED], "2025-01-03": [T4, MASKED]})
    found = [row for row in changes(tmp_path) if row["kind"] == "unknown_label_appeared"]
    assert told(found, "changed_on", "cause", "detail", "observed_before_on") == [
        (date(2025, 1, 2), "real", "GPU H", date(2025, 1, 1))
    ]


def test_a_region_opens_and_closes_by_complete_lists(tmp_path):
    both = [T4, T4 | {"region_code": "two"}]
    days = {f"2025-01-0{day}": both if 3 <= day <= 4 else [T4] for day in range(1, 9)}
    nights(tmp_path, "api", days, regions_complete=True, settled=True)
    found = [row for row in changes(tmp_path) if row["region_code"] == "two"]
    assert told(found, "changed_on", "kind", "cause", "observed_before_on", "observed_after_on") == [
        (date(2025, 1, 3), "accelerator_arrived", "real", date(2025, 1, 2), date(2025, 1, 3)),
        (date(2025, 1, 3), "region_opened", "real", date(2025, 1, 2), date(2025, 1, 3)),
        (date(2025, 1, 5), "accelerator_withdrawn", "real", date(2025, 1, 4), date(2025, 1, 5)),
        (date(2025, 1, 5), "region_closed", "real", date(2025, 1, 4), date(2025, 1, 5)),
    ]


def test_nothing_after_the_census_date_is_told(tmp_path):
    nights(tmp_path, "api", {"2025-01-01": [T4], "2025-02-01": [T4, H100], "2025-02-02": [T4, H100]})
    assert {row["changed_on"] for row in changes(tmp_path, date(2025, 1, 31))} == {date(2025, 1, 1)}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_feed_leads_from_the_tiers_of_any_date_to_those_of_any_other(tmp_path, seed):
    archive = make_archive(tmp_path / "archive", seed=seed)
    dates = telling_dates(archive)
    connection = census_of([archive], dates[-1], only=["census_change", "compute_tier"])
    some = dates[:: max(1, len(dates) // 5)]
    for before, after in pairwise(some):
        known = tiers(connection, before)
        moves = connection.execute(
            "SELECT profile, country_iso2, detail FROM census_change "
            "WHERE kind = 'tier_changed' AND changed_on > $1 AND changed_on <= $2 ORDER BY changed_on",
            [before, after],
        ).fetchall()
        for profile, country, detail in moves:
            was, now = detail.split(" by ")[0].split(" → ")
            assert known[profile, country] == was, (seed, before, after, country)
            known[profile, country] = now
        assert known == tiers(connection, after), (seed, before, after)


@pytest.mark.parametrize("seed", [2, 19, 48, 103])
def test_no_stay_is_told_twice(tmp_path, seed):
    """By the grain of every model of all dates, whatever begins on the same day."""
    archive = make_archive(tmp_path / "archive", seed=seed)
    models = [model for model in Plan((archive,)).models if model.all_dates]
    connection = census_of([archive], telling_dates(archive)[-1], only=[model.name for model in models])
    for model in models:
        grain = ", ".join(model.grain)
        rows_of, distinct = (
            connection.execute(f"SELECT count(*) FROM (SELECT {kind} {grain} FROM {model.name})").fetchall()
            for kind in ("ALL", "DISTINCT")
        )
        assert rows_of == distinct, model.name


def tiers(connection: duckdb.DuckDBPyConnection, day: date) -> dict[tuple[str, str], str]:
    found = connection.execute("SELECT profile, country_iso2, tier FROM compute_tier_as_of($1)", [day]).fetchall()
    return {(profile, country): tier for profile, country, tier in found}
