"""A refresh that asks nobody and would only say again what is published is not run; anything that differs runs it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

import gpu_census.refresh
from gpu_census import unchanged
from gpu_census.cli import app
from gpu_census.home import Home
from gpu_census.refreshed import Refreshed
from gpu_census.warehouse.publish import publish
from gpu_census_tests.small_census import census_of
from gpu_census_tests.test_changes import T4, nights

DAY = date(2025, 1, 3)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    nights(tmp_path / "archive", "api", {"2025-01-01": [T4], "2025-01-02": [T4]})
    return tmp_path / "archive"


@pytest.fixture
def ran(home: Home, archive: Path, monkeypatch: pytest.MonkeyPatch) -> list[date | None]:
    """The census dates of the runs: in place of a whole flow each publishes a small census, with a warning."""
    runs: list[date | None] = []

    def run(home: Home, *, census_date: date | None, **_: object) -> Refreshed:
        if not home.public_database.exists():
            publish(census_of([archive], DAY), home.public_database)
        runs.append(census_date)
        return Refreshed(published=True, warnings=["something is only incomplete"])

    monkeypatch.setattr(gpu_census.refresh, "refresh", run)
    return runs


def refresh(archive: Path, *more: str, day: date = DAY) -> str:
    line = ["refresh", "--no-bundled-archive", "--archive", str(archive), "--census-date", day.isoformat(), *more]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 0, result.output
    return result.output + (result.stderr if result.stderr_bytes else "")


def test_what_is_unchanged_is_not_run_again_and_its_warnings_are_told(home: Home, archive: Path, ran: list) -> None:
    refresh(archive)
    told = refresh(archive)
    assert ran == [DAY]
    assert "Checked, unchanged" in told
    assert "something is only incomplete" in told
    assert "AI compute census of 2025-01-03" in told


def new_listing(home: Home, archive: Path) -> None:
    nights(archive, "api", {"2025-01-03": [T4]})


def other_content(home: Home, archive: Path) -> None:
    path = archive / "nimbus" / "api" / "2025-01-02" / "offerings.csv"
    path.write_text(path.read_text().replace("t.large", "t.small"))


def landed(home: Home, archive: Path) -> None:
    run = home.landing / "runs" / "aws" / "some_source" / "2025-01-03" / "1.jsonl"
    run.parent.mkdir(parents=True)
    run.write_text("{}\n")


def other_file_published(home: Home, archive: Path) -> None:
    os.utime(home.public_database)


def file_removed(home: Home, archive: Path) -> None:
    (home.public_database.parent / "report.html").unlink()


def damaged_note(home: Home, archive: Path) -> None:
    home.build_database.with_name("refreshed.json").write_bytes(b"{")


@pytest.mark.parametrize(
    "change", [new_listing, other_content, landed, other_file_published, file_removed, damaged_note]
)
def test_whatever_differs_runs_it(home: Home, archive: Path, ran: list, change: Callable[[Home, Path], None]) -> None:
    home.public_database.parent.mkdir(parents=True)
    (home.public_database.parent / "report.html").touch()
    refresh(archive)
    change(home, archive)
    refresh(archive)
    refresh(archive)
    assert ran == [DAY, DAY]


def test_another_date_and_a_rebuild_run_and_some_providers_do(home: Home, archive: Path, ran: list) -> None:
    refresh(archive)
    refresh(archive, day=date(2025, 1, 4))
    refresh(archive, "--provider", "nimbus", day=date(2025, 1, 4))
    rebuilt = CliRunner().invoke(app, ["rebuild", "--no-bundled-archive", "--archive", str(archive)])
    assert rebuilt.exit_code == 0, rebuilt.output
    assert len(ran) == 4


def test_code_is_among_what_it_is_made_from(home: Home, archive: Path, tmp_path: Path, monkeypatch) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "some.py").write_text("one = 1\n")
    monkeypatch.setattr(unchanged, "PACKAGE", package)

    def inputs() -> str:
        return unchanged.inputs_of(home, census_date=DAY, archives=[archive], bundled=False, drawn=True)

    before = inputs()
    assert inputs() == before
    (package / "some.py").write_text("one = 2\n")
    assert inputs() != before
