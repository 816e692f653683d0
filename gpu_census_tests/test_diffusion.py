"""How accelerators spread: each month is the census of its last day, and an arrival is a window in time."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest

from gpu_census.home import BUNDLED_ARCHIVE
from gpu_census_tests.archive_maker import make_archive, telling_dates
from gpu_census_tests.small_census import census_of, rows, write_listing_files, write_source
from gpu_census_tests.test_changes import H100, T4, nights

CENSUS_DATE = date(2026, 11, 23)
CERTAIN = """
SELECT accelerator_model, count(*), count(DISTINCT finding.country_iso2)
FROM finding_as_of($1) AS finding
JOIN profile_region_as_of($1) AS member USING (provider, region_code)
WHERE member.profile = $2 AND certain AND accelerator_model <> 'unknown'
GROUP BY ALL
"""


@pytest.fixture(scope="module")
def bundled() -> duckdb.DuckDBPyConnection:
    return census_of([BUNDLED_ARCHIVE], CENSUS_DATE)


def last_day(month: date) -> date:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return min(following - timedelta(days=1), CENSUS_DATE)


@pytest.mark.parametrize("month", [date(2023, 11, 1), date(2024, 11, 1), date(2025, 8, 1), date(2026, 11, 1)])
@pytest.mark.parametrize("profile", ["extended", "paper2024"])
def test_a_month_is_the_census_of_its_last_day(bundled, month, profile):
    spread = {
        row["accelerator_model"]: row
        for row in rows(bundled, f"FROM accelerator_diffusion WHERE profile = '{profile}' AND month = DATE '{month}'")
    }
    on = last_day(month)
    counted = bundled.execute(
        "SELECT accelerator_model, sum(regions), count(*) FROM country_accelerator_as_of($1) "
        "WHERE profile = $2 GROUP BY 1",
        [on, profile],
    ).fetchall()
    assert counted
    found = {model: (row["regions"], row["countries"]) for model, row in spread.items() if row["regions"]}
    assert found == {model: (regions, countries) for model, regions, countries in counted}
    certain = {
        model: (row["regions_at_least"], row["countries_at_least"])
        for model, row in spread.items()
        if row["regions_at_least"]
    }
    expected = bundled.execute(CERTAIN, [on, profile]).fetchall()
    assert certain == {model: (regions, countries) for model, regions, countries in expected}


def test_the_bounds_hold_in_every_month(bundled):
    broken = """
        FROM accelerator_diffusion
        WHERE NOT (regions_at_least <= regions_at_most AND regions <= regions_at_most)
            OR NOT (countries_at_least <= countries_at_most AND countries <= countries_at_most)
            OR countries > regions
    """
    assert bundled.execute(broken).fetchall() == []


def test_a_region_that_nobody_answers_for_may_hold_whatever_any_cloud_lists(tmp_path):
    nights(tmp_path, "api", {"2025-01-01": [H100, T4], "2025-01-02": [H100, T4]})
    write_source(tmp_path, "cirrus", "regions", evidence="docs")
    write_listing_files(
        tmp_path,
        "cirrus",
        "regions",
        "2025-01-01",
        regions=[{"region_code": "far", "country_iso2": "BR", "answered": "false"}],
    )
    query = "FROM accelerator_diffusion WHERE profile = 'extended' AND accelerator_model = 'H100' ORDER BY month"
    (january,) = rows(census_of([tmp_path], date(2025, 1, 20), only=["accelerator_diffusion"]), query)
    assert (january["regions_at_least"], january["regions"], january["regions_at_most"]) == (1, 1, 2)
    assert (january["countries_at_least"], january["countries"], january["countries_at_most"]) == (1, 1, 2)


def test_an_arrival_is_a_window_and_open_where_the_first_answer_had_it_already(tmp_path):
    nights(tmp_path, "api", {"2025-01-01": [T4], "2025-02-01": [T4, H100], "2025-02-02": [T4, H100]})
    found = rows(
        census_of([tmp_path], date(2025, 3, 1), only=["accelerator_arrival"]),
        "FROM accelerator_arrival ORDER BY accelerator_model",
    )
    assert [
        (row["accelerator_model"], row["country_iso2"], row["not_before_on"], row["first_seen_on"]) for row in found
    ] == [
        ("H100", "KE", date(2025, 1, 1), date(2025, 2, 1)),
        ("T4", "KE", None, date(2025, 1, 1)),
    ]


def test_a_price_comes_first_and_the_proof_later(tmp_path):
    nights(tmp_path, "prices", {"2025-01-01": [T4], "2025-01-20": [T4, H100]}, evidence="price", settled=True)
    nights(tmp_path, "api", {"2025-01-15": [T4], "2025-02-10": [T4, H100]}, settled=True)
    (row,) = rows(
        census_of([tmp_path], date(2025, 3, 1), only=["accelerator_arrival"]),
        "FROM accelerator_arrival WHERE accelerator_model = 'H100'",
    )
    assert (row["source"], row["evidence"], row["not_before_on"], row["first_seen_on"], row["proved_on"]) == (
        "prices",
        "price",
        date(2025, 1, 1),
        date(2025, 1, 20),
        date(2025, 2, 10),
    )


@pytest.mark.parametrize("seed", [2, 48])
def test_random_archives_spread_as_their_months_count(tmp_path, seed):
    archive = make_archive(tmp_path / "archive", seed=seed)
    connection = census_of([archive], telling_dates(archive)[-1])
    months = connection.execute("SELECT DISTINCT month FROM accelerator_diffusion ORDER BY month").fetchall()
    (newest,) = connection.execute("SELECT census_date FROM census").fetchall()[0]
    for (month,) in months[:: max(1, len(months) // 6)]:
        following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        on = min(following - timedelta(days=1), newest)
        counted = connection.execute(
            "SELECT profile, accelerator_model, count(*) FROM country_accelerator_as_of($1) GROUP BY 1, 2",
            [on],
        ).fetchall()
        spread = connection.execute(
            "SELECT profile, accelerator_model, countries FROM accelerator_diffusion "
            "WHERE month = $1 AND countries > 0",
            [month],
        ).fetchall()
        assert sorted(spread) == sorted(counted), month
