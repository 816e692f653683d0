"""`gpu-census shell`: how Harlequin is started; and, where it is installed, that it reads and cannot write."""

from __future__ import annotations

import importlib.util
import os
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gpu_census.cli import app
from gpu_census.commands.shell import shell
from gpu_census.errors import CensusError, UsageError
from gpu_census.home import Home
from gpu_census.warehouse.publish import publish
from gpu_census_tests.small_census import census_of
from gpu_census_tests.test_cli import made_up


@pytest.fixture
def census(home: Home, tmp_path: Path) -> Home:
    """A published census in the home of this test."""
    with closing(census_of([made_up(tmp_path / "archive", ["FR"])], date(2024, 2, 1))) as connection:
        publish(connection, home.public_database)
    return home


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that would have taken this process's place."""
    lines: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda path, line: lines.append([path, *line[1:]]))
    return lines


def pretend(monkeypatch: pytest.MonkeyPatch, *, installed: bool, terminal: bool) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if installed else None)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: terminal)


def test_harlequin_opens_the_published_file_read_only_and_without_the_readers_start_scripts(
    census: Home, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, installed=True, terminal=True)
    shell()
    (line,) = started
    assert line[:3] == [sys.executable, "-m", "harlequin"]
    assert {"--read-only", "--no-init"} <= set(line)
    assert line[-1] == str(census.public_database)


def test_without_harlequin_it_says_how_to_get_it(
    census: Home, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, installed=False, terminal=True)
    with pytest.raises(CensusError, match=r"pip install 'gpu-census\[shell\]'"):
        shell()
    assert started == []


def test_without_a_terminal_it_says_what_to_use_instead(
    census: Home, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, installed=True, terminal=False)
    with pytest.raises(UsageError, match="gpu-census sql -"):
        shell()
    assert started == []


def test_without_a_census_it_says_how_to_get_one(home: Home) -> None:
    result = CliRunner().invoke(app, ["shell"])
    assert isinstance(result.exception, CensusError)
    assert "run `gpu-census refresh`" in str(result.exception)


def test_harlequin_reads_the_census_and_cannot_write_to_it(census: Home) -> None:
    pytest.importorskip("harlequin", reason="the extra `shell` is not installed")
    from harlequin_duckdb import DuckDbAdapter

    before = census.public_database.read_bytes()
    adapter = DuckDbAdapter([str(census.public_database)], read_only=True, no_init=True)
    connection = adapter.connect()

    def rows(query: str) -> list[Any]:
        cursor = connection.execute(query)
        assert cursor is not None
        return cursor.fetchall().to_pylist()

    assert rows("SELECT tier FROM compute_tier WHERE country_iso2 = 'FR' AND profile = 'extended'") == [
        {"tier": "north"}
    ]
    with pytest.raises(Exception, match="read-only"):
        rows("CREATE TABLE mine AS SELECT 1")
    assert census.public_database.read_bytes() == before
