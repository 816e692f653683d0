"""A night on which nothing changed: asked conditionally, nothing rewritten, the published file left or moved by its
dates alone."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import pytest

from gpu_census_tests.processes import environment_of
from gpu_census_tests.stand_in.recordings import recordings
from gpu_census_tests.stand_in.server import StandIn
from gpu_census_tests.stand_in_night import Nights, public_sources

COMMAND = Path(sys.executable).with_name("gpu-census")
FIRST, SECOND = "2026-11-24", "2026-11-25"
# what must move with the date, and only that: when things were seen last, how often, and what each night answered
MOVES = {"census_date", "last_seen_on", "status_on", "evidence_on", "said_on", "sightings"}
OF_EACH_NIGHT = {"census", "source_coverage", "listing_census", "observation", "quarantine", "build_status"}


def got(cloud: StandIn) -> dict[str, int]:
    """The last status of each URL that was fetched."""
    return {seen.url: seen.status or 0 for seen in cloud.seen if seen.method == "GET"}


def test_what_is_known_is_asked_for_conditionally_and_not_written_again(tmp_path: Path) -> None:
    nights = Nights(tmp_path / "home", [source for source in public_sources() if source.name != "retail_price_walk"])
    first: dict[str, int] = {}
    nights.night(date(2026, 11, 24), etags=True, seen=lambda cloud: first.update(got(cloud)))
    written = {path: path.stat().st_mtime_ns for path in nights.home.listing.rglob("20*.parquet")}
    bodies = set(nights.home.landing.glob("objects/*/*"))
    second: dict[str, int] = {}
    nights.night(date(2026, 11, 25), etags=True, seen=lambda cloud: second.update(got(cloud)))
    known = [url for url, status in first.items() if status == 200]
    assert len(known) > 20
    # what could not be read the first time (cn-east-3 answers with a page) is asked for in full again
    assert [url for url in known if second[url] != 304 and "region=cn-east-3" not in url] == []
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert set(nights.home.landing.glob("objects/*/*")) == bodies
    listings = nights.listings()
    days = [
        listings.offerings.filter(listings.offerings["census_date"] == day)
        for day in (date(2026, 11, 24), date(2026, 11, 25))
    ]
    assert days[0].drop("census_date").equals(days[1].drop("census_date"))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, str]]:
    """Three refreshes of unchanged clouds, two on one date: a copy of what each published, and what it said."""
    home = tmp_path_factory.mktemp("unchanged")
    found = []
    for number, day in enumerate((FIRST, FIRST, SECOND)):
        with StandIn(recordings(), etags=True) as cloud:
            # documentation pages, price files and a paged API; the others are asked for as these are
            clouds = "alibaba,google,huawei"
            environment = environment_of(
                home, GPU_CENSUS_REPLAY=cloud.base, GPU_CENSUS_OFFLINE="", GPU_CENSUS_CLOUDS=clouds
            )
            line = [str(COMMAND), "refresh", "--census-date", day]
            result = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, result.stderr
        copy = home / f"copy_{number}.duckdb"
        os.link(home / "public" / "gpu_census.duckdb", copy)
        found.append((copy, result.stderr))
    return found


@pytest.mark.slow
def test_a_second_refresh_on_one_date_does_not_swap_the_file_and_says_so(nights: list[tuple[Path, str]]) -> None:
    (first, said_first), (second, said_second), (third, said_third) = nights
    assert first.samefile(second)
    assert not first.samefile(third)
    assert "Checked, unchanged" in said_second
    assert "unchanged" not in said_first + said_third


@pytest.mark.slow
def test_a_second_refresh_on_one_date_only_asks(nights: list[tuple[Path, str]]) -> None:
    steps = []
    for path in (nights[0][0].parent / "dagster" / "history" / "runs").glob("*-*.db"):
        with closing(sqlite3.connect(path)) as log:
            done = "SELECT DISTINCT step_key FROM event_logs WHERE dagster_event_type = 'STEP_SUCCESS'"
            steps.append({step for (step,) in log.execute(done)})
    only_asked, *whole = sorted(steps, key=len)
    assert only_asked == {"ask_the_clouds"}
    assert len(whole) == 2
    assert whole[0] == whole[1]
    assert len(whole[0]) > 40


@pytest.mark.slow
def test_on_a_new_date_only_what_must_move_moves(nights: list[tuple[Path, str]], tmp_path: Path) -> None:
    exports = []
    for path, _ in (nights[0], nights[2]):
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
            exports.append(
                {f"{s}.{t}": exported(connection, s, t, tmp_path) for s, t in tables if t not in OF_EACH_NIGHT}
            )
    assert len(exports[0]) > 30
    assert exports[0].keys() == exports[1].keys()
    assert {name for name in exports[0] if exports[0][name] != exports[1][name]} == set()


def exported(connection: duckdb.DuckDBPyConnection, schema: str, table: str, folder: Path) -> bytes:
    """The sorted Parquet of a table's columns that do not move."""
    described = connection.execute(f'DESCRIBE "{schema}"."{table}"').fetchall()
    still = ", ".join(f'"{row[0]}"' for row in described if row[0] not in MOVES)
    path = folder / "export.parquet"
    connection.execute(f'COPY (SELECT {still} FROM "{schema}"."{table}" ORDER BY ALL) TO \'{path}\' (FORMAT parquet)')
    return path.read_bytes()
