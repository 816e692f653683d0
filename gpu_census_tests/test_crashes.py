"""A refresh that is killed (kill -9) at any moment: what is published stays whole, and the next refresh succeeds."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from gpu_census_tests.processes import environment_of
from gpu_census_tests.small_census import write_listing_files, write_source

COMMAND = Path(sys.executable).with_name("gpu-census")
PATIENCE = 120
DATED = ["census", "region", "offering", "finding", "country_census", "compute_tier"]
# two regions, one offering, a finding for each region, three profiles of 249 ISO codes and Kosovo
ROWS = [1, 2, 1, 2, 750, 750]
# seconds after the lock is taken; a run works for longer
DELAYS = random.Random(20241117)
LATEST_KILL = 0.8


@dataclass(frozen=True)
class Place:
    """A home whose refreshes are killed, and the archive that they read."""

    home: Path
    archive: Path

    @property
    def database(self) -> Path:
        return self.home / "public" / "gpu_census.duckdb"

    def start(self, day: str) -> subprocess.Popen[bytes]:
        command = [COMMAND, "refresh", "--no-bundled-archive", "--archive", self.archive, "--census-date", day]
        environment = environment_of(self.home)
        silent = subprocess.DEVNULL
        return subprocess.Popen([*map(str, command)], env=environment, stdout=silent, stderr=silent)

    def killed(self, day: str, moment: Moment) -> subprocess.Popen[bytes]:
        """Start a refresh and kill it as soon as its moment has come."""
        began = time.time_ns()
        process = self.start(day)
        try:
            deadline = time.monotonic() + PATIENCE
            while not moment(self, process.pid, began) and process.poll() is None:
                assert time.monotonic() < deadline, "the moment never came"
                time.sleep(0.001)
        finally:
            process.kill()
            process.wait()
        return process

    def written_since(self, began: int, *names: str) -> bool:
        paths = [path for name in names for path in self.home.glob(name)]
        return any(path.stat().st_mtime_ns > began for path in paths if path.exists())

    def published(self) -> tuple[set[str], list[int], int]:
        """The dates that the tables tell, the rows of each, and how many tables and macros there are."""
        with closing(duckdb.connect(str(self.database), read_only=True)) as connection:
            rows = {name: connection.execute(f"SELECT census_date::VARCHAR FROM {name}").fetchall() for name in DATED}
            relations = "SELECT (SELECT count(*) FROM duckdb_tables()) + count(*) FROM duckdb_functions()"
            count = connection.execute(f"{relations} WHERE function_type = 'table_macro'").fetchall()[0][0]
        dates = {day for found in rows.values() for (day,) in found}
        return dates, [len(found) for found in rows.values()], count


Moment = Callable[[Place, int, int], bool]


def build_appears(place: Place, _: int, began: int) -> bool:
    return place.written_since(began, "build/gpu_census.duckdb", "build/gpu_census.duckdb.wal")


def listing_appears(place: Place, _: int, began: int) -> bool:
    return place.written_since(began, "listing/*/*.parquet", "listing/*/*/*.parquet")


def copy_appears(place: Place, _: int, began: int) -> bool:
    return place.written_since(began, "public/.*")


def some_time_after_the_lock() -> Moment:
    delay = int(DELAYS.uniform(0, LATEST_KILL) * 1e9)

    def moment(place: Place, process: int, _: int) -> bool:
        lock = place.home / "build" / "refresh.lock"
        return lock.read_text() == str(process) and time.time_ns() > lock.stat().st_mtime_ns + delay

    return moment


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An A100 in France and a region without accelerators in Germany; the first refresh ever is killed too."""
    folder = tmp_path_factory.mktemp("crashes")
    archive = folder / "archive"
    write_source(archive, "madeup", "api", settled=True)
    regions = [{"region_code": "r1", "country_iso2": "FR"}, {"region_code": "r2", "country_iso2": "DE"}]
    offerings = [{"region_code": "r1", "instance_type": "g1", "accelerator_label": "A100"}]
    write_listing_files(archive, "madeup", "api", "2024-01-01", regions=regions, offerings=offerings)
    return Place(folder / "home", archive)


@pytest.fixture(scope="module")
def whole(place: Place) -> int:
    """The first refresh ever is killed when its build appears; the next one publishes this many relations."""
    assert place.killed("2024-01-31", build_appears).returncode == -signal.SIGKILL
    assert not place.database.exists()
    assert place.start("2024-02-01").wait(PATIENCE) == 0
    dates, rows, relations = place.published()
    assert (dates, rows) == ({"2024-02-01"}, ROWS)
    return relations


@pytest.mark.slow
@pytest.mark.parametrize(
    ("day", "moment"),
    [
        pytest.param("2024-03-01", listing_appears, id="a listing is being written"),
        pytest.param("2024-04-01", copy_appears, id="the copy lies beside the published file"),
        pytest.param("2024-05-01", some_time_after_the_lock(), id="one moment by chance"),
        pytest.param("2024-06-01", some_time_after_the_lock(), id="another moment by chance"),
    ],
)
def test_a_killed_refresh_leaves_the_published_census_whole(place: Place, whole: int, day: str, moment: Moment) -> None:
    """None of these moments is after the swap, so what was published stays."""
    shutil.rmtree(place.home / "listing", ignore_errors=True)  # a listing that is there already is not written again
    process = place.killed(day, moment)
    assert process.returncode == -signal.SIGKILL
    assert place.published() == ({"2024-02-01"}, ROWS, whole)


@pytest.mark.slow
def test_the_refresh_after_the_kills_succeeds_and_leaves_nothing_of_the_dead(place: Place, whole: int) -> None:
    """Among the leftovers is what a process killed between two renames leaves, which no test can time."""
    dead = place.killed("2024-07-01", build_appears)
    for name in (f".madeup.{dead.pid}.tmp", f".madeup.{dead.pid}.old"):
        (place.home / "listing" / name).mkdir(exist_ok=True)
    (place.home / "public" / f".gpu_census.duckdb.{dead.pid}.tmp").write_bytes(b"half a copy")
    (place.home / "public" / f".gpu_census.duckdb.{dead.pid}.tmp.wal").write_bytes(b"half a log")
    assert place.start("2024-08-01").wait(PATIENCE) == 0
    assert place.published() == ({"2024-08-01"}, ROWS, whole)
    kept = [path for path in place.home.rglob("*") if "dagster" not in path.relative_to(place.home).parts]
    assert [path for path in kept if path.name.startswith(".") or path.suffix in (".tmp", ".old", ".wal")] == []


@pytest.mark.slow
def test_after_the_next_refresh_dagster_takes_no_killed_run_for_running(place: Place, whole: int) -> None:
    """A run that is `STARTED` for ever would be shown as running, and counted against the limit of runs at once."""
    history = place.home / "dagster" / "history" / "runs.db"
    with closing(sqlite3.connect(f"file:{history}?mode=ro", uri=True)) as connection:
        status = {status for (status,) in connection.execute("SELECT status FROM runs")}
    assert status <= {"SUCCESS", "FAILURE", "CANCELED"}
