"""A refresh that would only say again what is published is not run; anything that differs runs it.

Where clouds are asked, they are asked first, and counted again only where one answers something else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

import gpu_census.refresh
from gpu_census import unchanged
from gpu_census.cli import app
from gpu_census.collect.landing import Landing
from gpu_census.collect.runs import Card
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
        return unchanged.inputs_of(census_date=DAY, archives=[archive], bundled=False, drawn=True, asked="nobody")

    before = inputs()
    assert inputs() == before
    (package / "some.py").write_text("one = 2\n")
    assert inputs() != before


# --- clouds that are asked


@pytest.fixture
def asked(home: Home, archive: Path, monkeypatch: pytest.MonkeyPatch) -> Clouds:
    """In place of a whole flow one made-up cloud is asked, and a small census published."""
    monkeypatch.setenv("GPU_CENSUS_OFFLINE", "")
    clouds = Clouds(archive)
    monkeypatch.setattr(gpu_census.refresh, "refresh", clouds.run)
    return clouds


@dataclass
class Clouds:
    """What the made-up cloud answers next, and what has been done."""

    archive: Path
    answers: dict[str, str] = field(default_factory=lambda: {"regions": "a" * 64, "types": "b" * 64})
    faults: list[str] = field(default_factory=list)
    status: int = 200
    did: list[str] = field(default_factory=list)

    def run(self, home: Home, *, asking: bool = True, counting: bool = True, **_: object) -> Refreshed:
        if asking:
            self.did.append("ask")
            self.ask(Landing(home.landing))
        if counting:
            self.did.append("count")
            publish(census_of([self.archive], DAY), home.public_database)
        warnings = ["cloud: a fault"] if asking and self.faults else []
        return Refreshed(published=True, warnings=warnings, requests={"cloud": len(self.answers)} if asking else {})

    def ask(self, landing: Landing) -> None:
        now = datetime.now(UTC)
        run = landing.begin("cloud", "api", DAY, "tests")
        for key, digest in self.answers.items():
            run.add(Card(key=key, turn=0, attempt=1, method="GET", url="https://cloud.example/", asked_at=now,
                         answered_at=now, status=self.status, sha256=digest))  # fmt: skip
        run.end(self.faults)


def test_clouds_that_answer_the_same_on_the_same_date_are_not_counted_again(archive: Path, asked: Clouds) -> None:
    refresh(archive)
    asked.status = 304
    told = refresh(archive)
    refresh(archive)
    assert asked.did == ["ask", "count", "ask", "ask"]
    assert "Checked, unchanged" in told
    assert "Asked: cloud 2 requests" in told


def test_a_cloud_that_answers_something_else_is_counted_without_being_asked_twice(archive: Path, asked: Clouds) -> None:
    refresh(archive)
    asked.answers["types"] = "c" * 64
    told = refresh(archive)
    assert asked.did == ["ask", "count", "ask", "count"]
    assert "Asked: cloud 2 requests" in told
    refresh(archive)
    assert asked.did == ["ask", "count", "ask", "count", "ask"]
    asked.answers["types"] = "b" * 64  # as at first, which is another answer than the last
    refresh(archive)
    assert asked.did[-2:] == ["ask", "count"]


def test_a_fault_that_was_not_there_before_is_counted_and_told_as_long_as_it_lasts(
    archive: Path, asked: Clouds
) -> None:
    refresh(archive)
    asked.faults = ["types: HTTP 503"]
    assert "cloud: a fault" in refresh(archive)
    assert "cloud: a fault" in refresh(archive)
    assert asked.did == ["ask", "count", "ask", "count", "ask"]
    asked.faults = []
    assert "cloud: a fault" not in refresh(archive)
    assert asked.did[-2:] == ["ask", "count"]


def test_on_another_date_all_is_done_at_once(archive: Path, asked: Clouds) -> None:
    refresh(archive)
    refresh(archive, day=date(2025, 1, 4))
    assert asked.did == ["ask", "count", "ask", "count"]


def test_a_build_that_somebody_has_touched_is_made_again(home: Home, archive: Path, asked: Clouds) -> None:
    refresh(archive)
    home.build_database.write_bytes(b"materialized in the UI")
    refresh(archive)
    assert asked.did == ["ask", "count", "ask", "count"]
