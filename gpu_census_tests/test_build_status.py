"""What may be published, and by whom: a build that is whole, checked and in order; one run at a time."""

from __future__ import annotations

import fcntl
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import dagster as dg
import duckdb
import pytest

from gpu_census.errors import CensusError, PublishError
from gpu_census.warehouse.build import BuildDatabase, acquire_lock
from gpu_census.warehouse.status import note_built, refuse_unfit

SECONDS = 30


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def built(connection: duckdb.DuckDBPyConnection, *relations: str) -> None:
    """Note relations as built, in this order."""
    for relation in relations:
        note_built(connection, relation)


READS = {"census": (), "region": ("census", "region_history"), "region_history": (), "finding": ("region",)}


def test_a_whole_build_in_order_is_fit(connection):
    built(connection, "region_history", "census", "region", "finding")
    refuse_unfit(connection, READS)
    built(connection, "finding")  # once more, by itself, is no harm
    refuse_unfit(connection, READS)


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ([], "census has not been built; materialize it first"),
        (["census", "region_history", "region"], "finding has not been built; materialize it first"),
        (["census", "region_history", "finding", "region"], "finding is older than region, which it reads"),
        (["census", "region_history", "region", "finding", "census"], "region is older than census, which it reads"),
        (["census", "region_history", "region", "finding", "region"], "finding is older than region, which it reads"),
    ],
)
def test_a_build_that_is_not_whole_or_not_in_order_is_refused(connection, order, told):
    built(connection, *order)
    with pytest.raises(PublishError, match=f"^{told}"):
        refuse_unfit(connection, READS)


def test_a_failed_blocking_check_is_refused_until_it_passes(connection):
    built(connection, "census", "region_history")
    note_built(connection, "region", failed=["unique", "not_null"])
    built(connection, "finding")
    told = "region failed not_null, unique; the published database stays as it was"
    with pytest.raises(PublishError, match=f"^{told}$"):
        refuse_unfit(connection, READS)
    built(connection, "region", "finding")
    refuse_unfit(connection, READS)


HOLD = """
import sys, time
from pathlib import Path
from gpu_census.warehouse.build import BuildDatabase, acquire_lock
acquire_lock(Path(sys.argv[1]), print)
print("held", flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_one_run_at_a_time_and_the_lock_of_a_killed_one_is_free(tmp_path):
    path = tmp_path / "not yet" / "refresh.lock"
    held: queue.Queue[int] = queue.Queue()
    said: queue.Queue[str] = queue.Queue()
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        waiting = threading.Thread(target=lambda: held.put(acquire_lock(path, said.put)), daemon=True)
        waiting.start()
        told = said.get(timeout=SECONDS)
        assert told == f"another refresh is at work (process {holder.pid}); waiting for it to finish"
        with pytest.raises(queue.Empty):
            held.get(timeout=0.2)
        os.kill(holder.pid, signal.SIGKILL)
        handle = held.get(timeout=SECONDS)
    assert path.read_text() == str(os.getpid())
    with path.open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(handle)
    os.close(acquire_lock(path, pytest.fail))


@pytest.mark.parametrize("size", [0, 4096, 12287])
def test_a_build_that_was_killed_while_it_was_made_is_made_anew(tmp_path, size):
    path = tmp_path / "gpu_census.duckdb"
    path.write_bytes(bytes(size))
    path.with_name(path.name + ".wal").write_bytes(b"of the dead")
    build = BuildDatabase(database=str(path))
    build.setup_for_execution(dg.build_init_resource_context())
    with build.get_transaction() as connection:
        connection.execute("CREATE TABLE one AS SELECT 1 AS number")
    build.teardown_after_execution(dg.build_init_resource_context())
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("FROM one").fetchall() == [(1,)]


def test_a_file_that_is_no_build_is_named_and_left_and_the_lock_is_free_again(tmp_path):
    path = tmp_path / "gpu_census.duckdb"
    path.write_bytes(b"something else" * 1000)
    build = BuildDatabase(database=str(path))
    with pytest.raises(CensusError, match=r"cannot be opened: .*or delete it: everything in it is made again"):
        build.setup_for_execution(dg.build_init_resource_context())
    assert path.read_bytes() == b"something else" * 1000
    os.close(acquire_lock(path.with_name("refresh.lock"), pytest.fail))


def test_a_step_that_fails_leaves_nothing_of_what_it_wrote(tmp_path):
    build = BuildDatabase(database=str(tmp_path / "gpu_census.duckdb"))
    build.setup_for_execution(dg.build_init_resource_context())
    with pytest.raises(duckdb.CatalogException), build.get_transaction() as connection:
        connection.execute("CREATE TABLE one AS SELECT 1 AS number; FROM missing")
    with build.get_connection() as connection:
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]
    build.teardown_after_execution(dg.build_init_resource_context())
