"""Readers while the census is refreshed: other processes that poll, that hold the file open, that refresh too."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gpu_census_tests.processes import environment_of
from gpu_census_tests.small_census import write_listing_files, write_source

COMMAND = Path(sys.executable).with_name("gpu-census")
DAYS = ["2024-02-01", "2024-03-01", "2024-04-01"]
PATIENCE = 120

# every table must tell one date: two would be half a census
ASK = """
import duckdb
QUERY = '''
SELECT list(DISTINCT census_date::VARCHAR), count(*)
FROM (SELECT census_date FROM census UNION ALL SELECT census_date FROM region UNION ALL SELECT census_date FROM finding
      UNION ALL SELECT census_date FROM country_census UNION ALL SELECT census_date FROM compute_tier)
'''
"""
POLL = (
    ASK
    + """
import json, os, pathlib, sys, time
os.nice(10)
database, stop = map(pathlib.Path, sys.argv[1:])
seen = []
while not stop.exists():
    if seen or database.exists():
        connection = duckdb.connect(str(database), read_only=True)
        seen.append(connection.execute(QUERY).fetchone())
        connection.close()
    time.sleep(0.2)
print(json.dumps(seen))
"""
)
HOLD = (
    ASK
    + """
import sys
connection = duckdb.connect(sys.argv[1], read_only=True)
print(connection.execute(QUERY).fetchone()[0], flush=True)
sys.stdin.readline()
print(connection.execute(QUERY).fetchone()[0], flush=True)
print(connection.execute("SELECT tier FROM compute_tier_as_of(DATE '2024-01-15') WHERE country_iso2 = 'FR' "
                         "AND profile = 'extended'").fetchall(), flush=True)
"""
)


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s until {what}"
        time.sleep(0.02)


@contextmanager
def started(*command: object, **options: object) -> Iterator[subprocess.Popen[str]]:
    """A process that is gone when the body is left, whatever happens."""
    process = subprocess.Popen([*map(str, command)], text=True, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@dataclass(frozen=True)
class Place:
    """A home, the archive its refreshes read, and the environment they run in."""

    home: Path
    archive: Path

    @property
    def database(self) -> Path:
        return self.home / "public" / "gpu_census.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        return environment_of(self.home)

    def refresh(self, day: str) -> list[object]:
        return [COMMAND, "refresh", "--no-bundled-archive", "--archive", self.archive, "--census-date", day]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An archive that sold an A100 in France and a V100 in Germany on 2024-01-01."""
    folder = tmp_path_factory.mktemp("readers")
    archive = folder / "archive"
    write_source(archive, "madeup", "api", settled=True)
    write_listing_files(
        archive,
        "madeup",
        "api",
        "2024-01-01",
        regions=[{"region_code": "r1", "country_iso2": "FR"}, {"region_code": "r2", "country_iso2": "DE"}],
        offerings=[
            {"region_code": "r1", "instance_type": "g1", "accelerator_label": "A100"},
            {"region_code": "r2", "instance_type": "g1", "accelerator_label": "V100"},
        ],
    )
    return Place(folder / "home", archive)


@dataclass(frozen=True)
class Swaps:
    """What was seen over three refreshes, the last two of them at once."""

    status: list[int]
    polled: list[list[object]]
    poll_errors: str
    held: list[str]
    hold_errors: str
    first: int
    second_told: str
    dates_while_second_waits: str


@pytest.fixture(scope="module")
def swaps(place: Place) -> Swaps:
    """Runs them. The second process of the pair starts while the first, which holds the lock, is stopped."""
    stop, told = (place.home.with_name(name) for name in ("stop", "second.txt"))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    quiet = {"env": place.environment, "stdout": subprocess.DEVNULL}
    with started(sys.executable, "-c", POLL, place.database, stop, **pipes) as poller:
        with started(*place.refresh(DAYS[0]), **quiet) as alone:
            status = [alone.wait(PATIENCE)]
        with started(sys.executable, "-c", HOLD, place.database, **pipes) as holder:
            before = holder.stdout.readline()
            with started(*place.refresh(DAYS[1]), **quiet) as first, told.open("w") as errors:
                until(lambda: holder_of_the_lock(place) == first.pid, "the first refresh holds the lock")
                first.send_signal(signal.SIGSTOP)
                with started(*place.refresh(DAYS[2]), stderr=errors, **quiet) as second:
                    until(
                        lambda: "waiting" in told.read_text() or second.poll() is not None, "the second says it waits"
                    )
                    meanwhile = published_dates(place)
                    first.send_signal(signal.SIGCONT)
                    status += [first.wait(PATIENCE), second.wait(PATIENCE)]
            after, hold_errors = holder.communicate("ask again\n", timeout=PATIENCE)
        stop.touch()
        answers, poll_errors = poller.communicate(timeout=PATIENCE)
    held = [before.strip(), *after.splitlines()]
    polled = json.loads(answers) if answers else []
    return Swaps(status, polled, poll_errors, held, hold_errors, first.pid, told.read_text(), meanwhile)


def holder_of_the_lock(place: Place) -> int:
    """The process that has taken it last; 0 in the moment in which it has not yet said which it is."""
    return int((place.home / "build" / "refresh.lock").read_text() or 0)


def published_dates(place: Place) -> str:
    code = ASK + "import sys\nprint(duckdb.connect(sys.argv[1], read_only=True).execute(QUERY).fetchone()[0])"
    command = [sys.executable, "-c", code, str(place.database)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout.strip()


@pytest.mark.slow
def test_a_reader_that_polls_during_three_refreshes_meets_no_error(swaps: Swaps) -> None:
    assert swaps.status == [0, 0, 0]
    assert swaps.poll_errors == ""
    assert len(swaps.polled) > len(DAYS)


@pytest.mark.slow
def test_a_poll_reads_a_whole_census_of_a_published_date_and_never_goes_back(swaps: Swaps) -> None:
    """One date over all tables; 1 + 2 regions + 2 findings + 3 profiles × 250 territories in two tables."""
    assert {tuple(dates) for dates, _ in swaps.polled} == {(day,) for day in DAYS}
    assert [dates for dates, _ in swaps.polled] == sorted(dates for dates, _ in swaps.polled)
    assert {rows for _, rows in swaps.polled} == {1 + 2 + 2 + 2 * 3 * 250}


@pytest.mark.slow
def test_a_handle_held_open_across_swaps_keeps_answering_of_the_census_it_opened(swaps: Swaps) -> None:
    assert swaps.hold_errors == ""
    assert swaps.held == [str([DAYS[0]]), str([DAYS[0]]), "[('north',)]"]


@pytest.mark.slow
def test_of_two_refreshes_at_once_the_second_says_that_it_waits_and_both_publish(swaps: Swaps) -> None:
    assert swaps.status == [0, 0, 0]
    assert f"another refresh is at work (process {swaps.first}); waiting for it to finish" in swaps.second_told
    assert swaps.dates_while_second_waits == str([DAYS[0]])
    assert swaps.polled[-1][0] == [DAYS[2]]
