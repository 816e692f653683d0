"""Publishing: the copy keeps everything, the swap is whole, and a failure changes nothing and leaves nothing.

Readers are other processes, as in life: within one process DuckDB hands out the database it already has open.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest

from gpu_census.leftovers import remove_leftovers
from gpu_census.warehouse.publish import compact, publish

SECONDS = 30
BUILD = """
CREATE TABLE census AS
SELECT DATE '2024-11-20' AS census_date, 'it''s' AS word, ['a', 'b'] AS words, NULL::DOUBLE AS gap;
COMMENT ON TABLE census IS 'The date: it''s one row.';
COMMENT ON COLUMN census.census_date IS 'The day.';
CREATE TABLE empty (n BIGINT);
CREATE SCHEMA reference;
CREATE TABLE reference.country AS SELECT 'IE' AS country_iso2;
COMMENT ON TABLE reference.country IS 'Countries.';
CREATE VIEW of_ireland AS FROM reference.country WHERE country_iso2 = 'IE';
CREATE MACRO census_as_of(as_of) AS TABLE SELECT * FROM census WHERE census_date <= as_of;
CREATE MACRO again_as_of(as_of) AS TABLE SELECT word FROM census_as_of(as_of) AS census;
COMMENT ON MACRO TABLE again_as_of IS 'Again.';
"""
LOOK = """
import duckdb, json, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
print(json.dumps([connection.execute(query).fetchall() for query in sys.argv[2:]], default=str))
"""

WAIT_AND_LOOK = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
input()
print(connection.execute(sys.argv[2]).fetchall())
"""


@pytest.fixture
def build(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(tmp_path / "build.duckdb")) as connection:
        connection.execute(BUILD)
        yield connection


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """In a folder that does not exist yet, whose name wants quoting."""
    return tmp_path / "what's public" / "gpu_census.duckdb"


def look(path: Path, *queries: str) -> list[list[list[object]]]:
    """What a process of its own reads."""
    run = subprocess.run(
        [sys.executable, "-c", LOOK, str(path), *queries], capture_output=True, text=True, timeout=SECONDS
    )
    assert run.returncode == 0, run.stderr
    answers: list[list[list[object]]] = json.loads(run.stdout)
    return answers


def test_tables_schemas_views_macros_and_comments_are_published(build, target):
    publish(build, target)
    asked = {
        "FROM census": [["2024-11-20", "it's", ["a", "b"], None]],
        "FROM empty": [],
        "FROM of_ireland": [["IE"]],
        "FROM again_as_of(DATE '2024-11-20')": [["it's"]],
        "FROM again_as_of(DATE '2024-11-19')": [],
        "SELECT comment FROM duckdb_tables() WHERE comment IS NOT NULL ORDER BY ALL": [
            ["Countries."],
            ["The date: it's one row."],
        ],
        "SELECT column_name, comment FROM duckdb_columns() WHERE comment IS NOT NULL": [["census_date", "The day."]],
        "SELECT comment FROM duckdb_functions() WHERE function_name = 'again_as_of'": [["Again."]],
        "SELECT column_type FROM (DESCRIBE census)": [["DATE"], ["VARCHAR"], ["VARCHAR[]"], ["DOUBLE"]],
    }
    assert look(target, *asked) == list(asked.values())
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_the_published_file_can_be_read_by_duckdb_1_5(build, target):
    """Bytes 8 to 12 of a database are the magic word, the next eight its storage version; 1.5 reads up to 68."""
    publish(build, target)
    head = target.read_bytes()[:20]
    assert head[8:12] == b"DUCK"
    assert int.from_bytes(head[12:20], "little") <= 68


def test_a_reader_keeps_the_old_file_and_the_next_one_gets_the_new(build, target):
    publish(build, target)
    old = target.stat().st_ino
    query = "SELECT word FROM census"
    with subprocess.Popen(
        [sys.executable, "-c", WAIT_AND_LOOK, str(target), query],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        build.execute("UPDATE census SET word = 'new'; DROP TABLE empty")
        publish(build, target)
        assert look(target, query) == [[["new"]]]
        told, _ = reader.communicate("go\n", timeout=SECONDS)
    assert told == '[("it\'s",)]\n'
    assert target.stat().st_ino != old


def test_compacting_keeps_what_is_in_a_database_and_gives_back_the_space(build, tmp_path):
    path = tmp_path / "build.duckdb"
    build.execute("CREATE TABLE big AS SELECT md5(i::VARCHAR) AS text FROM range(200000) AS t(i)")
    build.execute("CHECKPOINT; DROP TABLE big; CHECKPOINT")
    build.close()
    before = path.stat().st_size
    compact(path)
    assert path.stat().st_size < before / 5
    assert look(path, "SELECT word FROM census", "FROM again_as_of(DATE '2024-11-20')") == [[["it's"]], [["it's"]]]
    assert sorted(found.name for found in tmp_path.iterdir() if "build" in found.name) == ["build.duckdb"]


def gone_process() -> int:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_kept(target):
    target.parent.mkdir()
    dead, alive = gone_process(), os.getppid()
    names = [f".{target.name}.{process}.tmp{end}" for process in (dead, alive, "x") for end in ("", ".wal")]
    kept = [*names[2:], target.name, f"{target.name}.{dead}.tmp"]
    for name in {*names, *kept}:
        (target.parent / name).touch()
    remove_leftovers(target.parent)
    assert sorted(path.name for path in target.parent.iterdir()) == sorted(kept)


def test_half_a_copy_under_the_number_of_this_very_process_is_no_hindrance(build, target):
    """In a container every run may have the same process number."""
    target.parent.mkdir()
    for end in ("", ".wal"):
        (target.parent / f".{target.name}.{os.getpid()}.tmp{end}").write_bytes(b"half a database")
    publish(build, target)
    assert look(target, "SELECT word FROM census") == [[["it's"]]]
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_log_that_a_killed_writer_left_does_not_lock_readers_out(build, target):
    """Someone opened the published file for writing, wrote, and was killed: the log is of a file that is gone."""
    publish(build, target)
    writing = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]);"
        "c.execute('PRAGMA disable_checkpoint_on_shutdown'); c.execute('CREATE TABLE mine (n INT)'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", writing, str(target)], timeout=SECONDS)
    assert target.with_name(f"{target.name}.wal").exists()
    publish(build, target)
    assert look(target, "SELECT word FROM census") == [[["it's"]]]


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond 64 KiB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def failing(name: str) -> Iterator[None]:
    with patch(name, side_effect=OSError(28, "No space left on device")):
        yield


@pytest.mark.parametrize(
    "trouble",
    [full_disk, partial(failing, "os.fsync"), partial(failing, "os.replace")],
    ids=["write", "sync", "rename"],
)
def test_a_failing_copy_changes_nothing_and_leaves_nothing_behind(build, target, trouble):
    publish(build, target)
    before = target.read_bytes()
    build.execute("CREATE TABLE big AS SELECT md5(i::VARCHAR) AS text FROM range(20000) AS t(i); CHECKPOINT")
    with trouble(), pytest.raises((OSError, duckdb.Error)):
        publish(build, target)
    assert target.read_bytes() == before
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    publish(build, target)
    assert look(target, "SELECT count(*) FROM big") == [[[20000]]]
