"""`gpu-census diff`: two dates by today's knowledge, two nights as they were published, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from gpu_census.cli import app
from gpu_census.exports.nights import keep_night
from gpu_census.exports.published import open_published
from gpu_census.exports.tables import published_tables
from gpu_census.home import Home, sql_folder
from gpu_census.warehouse.publish import publish
from gpu_census.warehouse.relations import base_relations
from gpu_census.warehouse.sql_models import load_models
from gpu_census_tests.small_census import census_of
from gpu_census_tests.test_changes import H100, T4, nights

FIRST, SECOND = date(2025, 1, 4), date(2025, 2, 4)
DAYS = {"2025-01-01": [T4], "2025-01-02": [T4], "2025-02-01": [T4, H100], "2025-02-02": [T4, H100]}


def publish_night(home: Home, archive: Path, day: date) -> None:
    """What a night would publish of an archive, and keep."""
    publish(census_of([archive], day), home.public_database)
    models = load_models(sql_folder(), base_relations())
    with open_published(home) as connection:
        keep_night(connection, published_tables(connection, models), home.public_database.parent / "nights", day)


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which two nights of one archive were published."""
    folder = tmp_path_factory.mktemp("two")
    nights(folder / "archive", "api", DAYS)
    for day in (FIRST, SECOND):
        publish_night(Home(folder / "home"), folder / "archive", day)
    return Home(folder / "home")


@pytest.fixture
def of_two_nights(two_nights: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands read that home; none of them writes."""
    monkeypatch.setenv("GPU_CENSUS_HOME", str(two_nights.root))


OF_TWO_NIGHTS = pytest.mark.usefixtures("home", "of_two_nights")


def diff(*arguments: object, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["diff", *map(str, arguments)])
    if status == 0:
        assert result.exception is None, result.output
    else:
        assert result.exit_code != 0
        return f"{result.output} {result.exception}"
    return result.output


def published(*arguments: object) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(diff(FIRST, SECOND, "--published", "--format", "csv", *arguments))))


@OF_TWO_NIGHTS
def test_a_person_is_told_which_tiers_differ_and_why():
    told = diff(FIRST, SECOND)
    assert f"From {FIRST} to {SECOND}, by today's knowledge of both days." in told
    assert "1 countries and territories differ" in told
    (line,) = [line for line in told.splitlines() if "Kenya" in line]
    for word in ("KE", "south", "north", "real", "confirmed", "2025-01-02", "2025-02-01", "nimbus one H100"):
        assert word in line


@OF_TWO_NIGHTS
def test_rows_are_the_feed_of_the_period():
    rows = json.loads(diff(FIRST, SECOND, "--format", "json"))
    assert [(row["changed_on"], row["kind"], row["cause"]) for row in rows] == [
        ("2025-02-01", "accelerator_arrived", "real"),
        ("2025-02-01", "tier_changed", "real"),
    ]
    assert {row["profile"] for row in rows} == {None, "extended"}
    assert json.loads(diff("2025-02-01", SECOND, "--format", "json")) == []


@OF_TWO_NIGHTS
def test_two_nights_differ_because_the_world_did():
    (row,) = published()
    assert (row["country_iso2"], row["tier_before"], row["tier_after"], row["cause"]) == (
        "KE",
        "south",
        "north",
        "real",
    )


def test_two_nights_differ_because_a_source_was_added_that_speaks_of_the_past(home, tmp_path):
    nights(tmp_path / "first", "api", {"2025-01-01": [T4], "2025-01-02": [T4]})
    publish_night(home, tmp_path / "first", FIRST)
    nights(tmp_path / "first", "found_later", {"2025-01-03": [T4, H100]}, evidence="docs", settled=True)
    publish_night(home, tmp_path / "first", SECOND)
    (row,) = published()
    assert (row["known_before"], row["known_after"], row["cause"]) == ("north", "north", "coverage")


def test_two_nights_differ_because_a_profile_counts_otherwise(home, tmp_path):
    nights(tmp_path / "archive", "api", {"2025-01-01": [H100], "2025-01-02": [H100]})
    publish_night(home, tmp_path / "archive", FIRST)
    night = home.public_database.parent / "nights" / FIRST.isoformat()
    # as if the H100 had been an inference chip in those days
    classes = pl.read_parquet((night / "reference.profile_accelerator.parquet").read_bytes())
    then = classes.with_columns(
        reach=pl.when(accelerator_model="H100").then(1).otherwise("reach"),
    )
    then.write_parquet(night / "reference.profile_accelerator.parquet")
    tiers = pl.read_parquet((night / "compute_tier.parquet").read_bytes())
    kenya = pl.col("country_iso2") == "KE"
    tiers.with_columns(tier=pl.when(kenya).then(pl.lit("south")).otherwise("tier")).write_parquet(
        night / "compute_tier.parquet"
    )
    publish_night(home, tmp_path / "archive", SECOND)
    (row,) = published()
    assert (row["tier_before"], row["known_before"], row["cause"]) == ("south", "north", "definition")
    then.with_columns(classes["reach"]).write_parquet(night / "reference.profile_accelerator.parquet")
    (row,) = published()
    assert row["cause"] == "reference"


REFUSED = [
    (("2025-02-04", "2025-01-04"), "is not before"),
    (("2025-02-04", "2025-02-04"), "is not before"),
    (("2025-01-04", "2026-01-04"), "after the published census of 2025-02-04"),
    (("yesterday", "2026-01-04"), "no ISO date"),
    (("2025-01-04", "2025-02-04", "--profile", "mine"), "there are extended, followup2025, paper2024"),
    (("2025-01-03", "2025-02-04", "--published"), "nothing was published on 2025-01-03; there are 2025-01-04 to"),
]


@OF_TWO_NIGHTS
def test_what_cannot_be_compared_is_refused_with_what_to_do():
    for arguments, told in REFUSED:
        assert told in diff(*arguments, status=1), arguments


def test_before_anything_is_published_it_says_what_to_run(home):
    assert "run `gpu-census refresh`" in diff(FIRST, SECOND, status=1)
