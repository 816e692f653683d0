"""The command line as a person meets it: real processes, what they print, how they end, what they leave on disk."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gpu_census.archive.reading import providers_in
from gpu_census.home import BUNDLED_ARCHIVE
from gpu_census_tests.small_census import write_listing_files, write_source

COMMAND = Path(sys.executable).with_name("gpu-census")
ARCHIVED = sorted(providers_in(BUNDLED_ARCHIVE))
LEFT_OUT = ("DAGSTER_HOME", "GPU_CENSUS_ARCHIVES", "COLUMNS")
LADDER = ["desert", "south", "north"]
Result = subprocess.CompletedProcess[str]


def gpu_census(home: Path | str, *arguments: object, cwd: Path | None = None, **variables: str) -> Result:
    """Run the command; none of these tests may ever end in a traceback."""
    environment = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    environment |= {"GPU_CENSUS_HOME": str(home)} | variables
    line = [str(COMMAND), *map(str, arguments)]
    result = subprocess.run(line, env=environment, cwd=cwd, capture_output=True, text=True, timeout=180)
    assert "Traceback" not in result.stderr, result.stderr
    return result


@dataclass(frozen=True)
class Census:
    """A home with a census of 2024-11-17, and what the commands that led to it said."""

    home: Path
    refused: Result
    first: Result

    @property
    def file(self) -> Path:
        return self.home / "public" / "gpu_census.duckdb"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(duckdb.connect(str(self.file), read_only=True)) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Census:
    home = tmp_path_factory.mktemp("cli") / 'a home\'s "名" of ours'
    refused = gpu_census(home, "refresh", "--provider", "aws")
    first = gpu_census(home, "refresh", "--census-date", "2024-11-17", GPU_CENSUS_DRAW="1")
    return Census(home, refused, first)


def made_up(archive: Path, countries: Sequence[str], **card: object) -> Path:
    """One provider, one region `r1` with an A100, in another country for each of its sources."""
    for number, country in enumerate(countries):
        source = f"source_{number}"
        write_source(archive, "madeup", source, **card)
        write_listing_files(
            archive,
            "madeup",
            source,
            "2024-01-01",
            regions=[{"region_code": "r1", "country_iso2": country}],
            offerings=[{"region_code": "r1", "instance_type": "g1", "accelerator_label": "A100"}],
        )
    return archive


@pytest.mark.slow
def test_one_provider_alone_is_refused_before_the_first_full_refresh(census: Census) -> None:
    assert census.refused.returncode == 1
    others = ", ".join(name for name in ARCHIVED if name != "aws")
    assert f"no listing of {others} yet" in census.refused.stderr
    assert "refresh once without --provider" in census.refused.stderr


@pytest.mark.slow
def test_a_refresh_publishes_the_census_of_the_date_it_was_asked_for(census: Census) -> None:
    assert census.first.returncode == 0, census.first.stderr
    assert "AI compute census of 2024-11-17" in census.first.stdout
    assert f"Database: {census.file}" in census.first.stdout
    assert re.search(r"Evidence: median age \d+ days, oldest \d+ days, \d+ % older than 180", census.first.stdout)
    dates = "SELECT DISTINCT census_date::VARCHAR FROM {} "
    tables = ("census", "region", "finding", "country_census", "compute_tier")
    assert census.rows(" UNION ".join(map(dates.format, tables))) == [("2024-11-17",)]
    assert census.rows("SELECT max(evidence_on) <= DATE '2024-11-17' FROM finding") == [(True,)]


@pytest.mark.slow
def test_a_refresh_prints_each_tier_with_the_range_that_the_evidence_leaves(census: Census) -> None:
    """Recounted here, tier by tier: at least = sure to be it, at most = could be it."""
    printed = {
        cells[0]: cells[3:6]
        for line in census.first.stdout.splitlines()
        if len(cells := [cell.strip() for cell in line.strip("│").split("│")]) == 6
    }
    query = "SELECT profile, tier, tier_at_least, tier_at_most FROM compute_tier WHERE in_count_universe"
    found = census.rows(query)
    profiles = {row[0] for row in found}
    assert profiles == {"paper2024", "followup2025", "extended"}
    for profile in profiles:
        rows = [row[1:] for row in found if row[0] == profile]
        # the 193 members of the UN with Hong Kong, Macao, Taiwan, Kosovo, Palestine and the Vatican
        assert len(rows) == 199
        expected = []
        for tier in reversed(LADDER):
            could = [row for row in rows if LADDER.index(row[1]) <= LADDER.index(tier) <= LADDER.index(row[2])]
            sure = sum(row[1] == row[2] for row in could)
            expected.append(f"{sum(row[0] == tier for row in rows)} ({sure}-{len(could)})")
        assert printed[profile] == expected


@pytest.mark.slow
def test_a_refresh_prints_the_ten_largest_with_their_models(census: Census) -> None:
    columns = "country_name, regions, gpu_regions, gpu_regions_at_least, gpu_regions_at_most, v100_regions, "
    query = f"SELECT {columns} a100_regions, h100_regions, country_iso2 FROM country_census WHERE profile = 'extended'"
    ten = sorted(census.rows(query), key=lambda row: (-row[2], -row[1], row[8]))[:10]
    table = census.first.stdout.partition("The ten largest")[2]
    printed = [[cell.strip() for cell in line.strip("│").split("│")] for line in table.splitlines() if "│" in line]
    assert [row[0] for row in ten][:2] == ["United States", "China"]
    assert printed == [
        [name, str(regions), f"{gpu} ({low}-{high})", *map(str, models)]
        for name, regions, gpu, low, high, *models, _ in ten
    ]


@pytest.mark.slow
def test_failed_blocking_checks_keep_the_published_file_and_name_the_rows(census: Census, tmp_path: Path) -> None:
    """Two sources put region `r1` in two countries, and one of these, ZZ, is no country."""
    before = (census.file.stat(), census.file.read_bytes())
    archive = made_up(tmp_path / "archive", ["FR", "ZZ"])
    result = gpu_census(census.home, "refresh", "--no-bundled-archive", "--archive", archive)
    assert result.returncode == 1
    for told in ("region: unique fails", "region: relationships fails", "madeup", "r1", "ZZ"):
        assert told in result.stderr
    assert "Not published: the published database stays as it was." in result.stderr
    assert "dagster._core" not in result.stderr
    assert result.stdout == ""
    after = census.file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before[0].st_ino, before[0].st_mtime_ns)
    assert census.file.read_bytes() == before[1]


@pytest.mark.slow
def test_an_archive_alone_in_a_relative_home_gives_the_census_worked_out_by_hand(tmp_path: Path) -> None:
    """An A100 in France alone: North is France, and the other 198 of 199 are Desert, whatever one assumes."""
    made_up(tmp_path / "archive", ["FR"], settled=True)
    arguments = ("--no-bundled-archive", "--archive", "archive", "--census-date", "2024-02-01")
    result = gpu_census("my home", "refresh", *arguments, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert re.search(r"extended +│ +1 │ +1 │ +1 \(1-1\) │ +0 \(0-0\) │ +198 \(198-198\)", result.stdout)
    query = "SELECT country_iso2, tier FROM compute_tier WHERE profile = 'extended' AND tier <> 'desert'"
    queried = gpu_census("my home", "sql", query, "--format", "csv", cwd=tmp_path)
    assert queried.stdout == "country_iso2,tier\nFR,north\n"
    assert (tmp_path / "my home" / "public" / "gpu_census.duckdb").exists()


@pytest.mark.slow
def test_one_provider_refreshed_keeps_the_listings_of_the_others(census: Census) -> None:
    """The last test of this file, for it moves the census to today."""
    files = [path for name in ARCHIVED for path in (census.home / "listing" / name).rglob("20*.parquet")]
    written = {path: path.stat().st_mtime_ns for path in files}
    lost = next(path for path in files if path.parts[-3] == "aws")
    lost.unlink()
    days = [datetime.now(UTC).date()]
    result = gpu_census(census.home, "refresh", "--provider", "aws")
    days.append(datetime.now(UTC).date())
    assert result.returncode == 0, result.stderr
    assert census.rows("SELECT census_date FROM census")[0][0] in days
    assert [path for path in files if path.stat().st_mtime_ns != written[path]] == [lost]
    assert census.rows("SELECT DISTINCT provider FROM provider_census WHERE regions > 0 ORDER BY 1") == [
        (name,) for name in ARCHIVED
    ]


@pytest.mark.slow
def test_a_refresh_leaves_the_pages_and_the_files_beside_the_database(census: Census) -> None:
    public = census.file.parent
    for name, word in (("report.html", "17 November 2024"), ("report.zh.html", "2024年11月17日")):
        assert word in (public / name).read_text(encoding="utf-8")
    names = {path.name for path in public.iterdir()}
    assert {"datapackage.json", "CITATION.cff", "region.geojson", "compute_tier.parquet", "compute_tier.csv"} <= names
    assert (public / "nights" / "2024-11-17" / "finding.parquet").exists()
