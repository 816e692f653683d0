"""What each night published is kept, and whatever can be made again is made again byte for byte.

A night is a whole nightly job in this process: one made-up archive, or the archive and what a stand-in of the clouds
once answered.
"""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from gpu_census.assets import exports as exports_asset
from gpu_census.cli import app
from gpu_census.exports import nights as nights_module
from gpu_census.exports.nights import KEPT, keep_night
from gpu_census.exports.published import export, open_published
from gpu_census.exports.tables import published_tables
from gpu_census.home import Home, sql_folder
from gpu_census.refresh import refresh
from gpu_census.refreshed import Refreshed
from gpu_census.warehouse.relations import base_relations
from gpu_census.warehouse.sql_models import load_models
from gpu_census_tests.small_census import write_listing_files, write_source
from gpu_census_tests.stand_in_night import Nights, public_sources

FIRST, SECOND = date(2025, 3, 1), date(2025, 3, 2)


def archive_of(folder: Path, label: str = "A100") -> Path:
    """One made-up cloud with one accelerator in Iceland."""
    shutil.rmtree(folder, ignore_errors=True)
    write_source(folder, "o'hare", "list", settled=True)
    region = {"region_code": "../up", "country_iso2": "IS"}
    sold = {"region_code": "../up", "instance_type": "x", "accelerator_label": label}
    write_listing_files(folder, "o'hare", "list", "2025-03-01", regions=[region], offerings=[sold])
    return folder


def count(home: Home, archive: Path, day: date, *, anew: bool = False) -> Refreshed:
    """One refresh that asks nobody."""
    outcome = refresh(home.prepare(), census_date=day, archives=[archive], bundled=False, offline=True, anew=anew)
    assert outcome.published, outcome.problems
    return outcome


def content(folder: Path, pattern: str = "*") -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob(pattern) if path.is_file()}


def tier_of_iceland(night: Path) -> str:
    tiers = pl.read_parquet((night / "compute_tier.parquet").read_bytes())
    return tiers.filter(profile="extended", country_iso2="IS")["tier"].item()


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two nights: on the first Iceland has an A100, on the second we know that it was a T4 all along."""
    root = tmp_path_factory.mktemp("nights")
    home = Home(root / "home")
    count(home, archive_of(root / "archive"), FIRST)
    count(home, archive_of(root / "archive", "T4"), SECOND)
    return home


def test_each_night_keeps_what_it_published_and_no_later_night_changes_it(counted):
    nights = counted.public_database.parent / "nights"
    assert sorted(path.name for path in nights.iterdir()) == ["2025-03-01", "2025-03-02"]
    assert [tier_of_iceland(nights / day) for day in ("2025-03-01", "2025-03-02")] == ["north", "south"]
    for night in nights.iterdir():
        assert {path.name for path in night.iterdir()} == {f"{name}.parquet" for name in KEPT}
        dates = pl.read_parquet((night / "census.parquet").read_bytes())["census_date"].to_list()
        assert [str(day) for day in dates] == [night.name]


def test_the_newest_night_is_what_lies_beside_the_database(counted):
    public = counted.public_database.parent
    for path in (public / "nights" / "2025-03-02").iterdir():
        assert path.read_bytes() == (public / path.name).read_bytes(), path.name


def test_publishing_again_on_one_date_replaces_that_night_whole_and_no_other(counted, tmp_path):
    home = Home(shutil.copytree(counted.root, tmp_path / "home"))
    nights = home.public_database.parent / "nights"
    second = content(nights / "2025-03-02")
    (nights / "2025-03-01" / "of_an_older_version.parquet").write_bytes(b"old")
    count(home, archive_of(tmp_path / "archive", "V100"), FIRST)
    assert {path.name for path in (nights / "2025-03-01").iterdir()} == {f"{name}.parquet" for name in KEPT}
    assert tier_of_iceland(nights / "2025-03-01") == "south"
    assert content(nights / "2025-03-02") == second
    assert sorted(path.name for path in nights.iterdir()) == ["2025-03-01", "2025-03-02"]


def test_a_second_refresh_that_finds_nothing_new_writes_no_file(counted, tmp_path):
    home = Home(shutil.copytree(counted.root, tmp_path / "home"))
    public = home.public_database.parent
    before = {path: path.stat().st_mtime_ns for path in public.rglob("*.*") if path.is_file()}
    outcome = count(home, counted.root.parent / "archive", SECOND)
    assert not outcome.swapped
    assert {path: path.stat().st_mtime_ns for path in public.rglob("*.*") if path.is_file()} == before


def test_a_night_whose_replacement_was_interrupted_is_brought_back(counted, tmp_path, monkeypatch):
    """The process dies when the old folder is set aside and the new one is not yet in its place."""
    home = Home(shutil.copytree(counted.root, tmp_path / "home"))
    nights = home.public_database.parent / "nights"
    before = content(nights / "2025-03-01")
    models = load_models(sql_folder(), base_relations())
    with open_published(home) as connection:
        tables = published_tables(connection, models)
        rename = os.rename
        monkeypatch.setattr(nights_module.os, "rename", interrupted_after_one(rename))
        with pytest.raises(KeyboardInterrupt):
            keep_night(connection, tables, nights, FIRST)
        monkeypatch.setattr(nights_module.os, "rename", rename)
        assert not (nights / "2025-03-01").exists()
        keep_night(connection, tables, nights, date(2025, 3, 3))
    assert content(nights / "2025-03-01") == before
    assert sorted(path.name for path in nights.iterdir()) == ["2025-03-01", "2025-03-02", "2025-03-03"]


def interrupted_after_one(rename):
    done: list[object] = []

    def renamed(*paths: object) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(rename(*paths))

    return renamed


def test_files_that_cannot_be_written_are_a_warning_and_the_census_is_published(counted, tmp_path, monkeypatch):
    home = Home(shutil.copytree(counted.root, tmp_path / "home"))
    public = home.public_database.parent
    before = content(public, "*.parquet")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports_asset, "export", full)
    outcome = count(home, archive_of(tmp_path / "archive", "V100"), SECOND)
    assert outcome.swapped
    assert outcome.warnings[-1].startswith("the files beside the database are old: ")
    assert "No space left on device" in outcome.warnings[-1]
    assert content(public, "*.parquet") == before


def test_the_command_writes_the_same_files_anywhere_and_says_how_many(counted, tmp_path, monkeypatch):
    monkeypatch.setenv("GPU_CENSUS_HOME", str(counted.root))
    target = tmp_path / "o'hare [1]" / "out"
    first, again = (CliRunner().invoke(app, ["export", str(target)]) for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0)
    files = content(target)
    assert f"The census of 2025-03-02 in {target}: {len(files)} files written, 0 unchanged, 0 removed." in first.stdout
    assert f"0 files written, {len(files)} unchanged" in again.stdout
    assert "region.geojson leaves out 1 regions" in first.stdout
    public = counted.public_database.parent
    assert files == {path.name: path.read_bytes() for path in public.iterdir() if path.name in files}
    assert {path.name for path in public.iterdir()} - set(files) == {"gpu_census.duckdb", "nights"}


@pytest.mark.parametrize("target", ["file", "missing"])
def test_the_command_refuses_a_file_and_a_home_without_a_census(tmp_path, target):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(app, ["export", str(tmp_path / target)])
    assert result.exit_code == (2 if target == "file" else 1)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "missing").exists()


@pytest.mark.slow
def test_what_landed_and_the_archive_give_every_file_again_byte_for_byte(tmp_path):
    """The law: listings and build are deleted, and everything is read again."""
    six = ("alibaba", "aws", "azure", "google", "huawei", "tencent")
    short = [source for source in public_sources() if source.name != "retail_price_walk"]
    clouds = Nights(tmp_path / "home", [source for source in short if source.provider in six])
    landed = date(2025, 3, 1)
    clouds.night(landed)
    home, archive = clouds.home, archive_of(tmp_path / "archive")
    count(home, archive, landed)
    before = content(home.public_database.parent, "*.parquet")
    assert pl.read_parquet(before["observation.parquet"])["provider"].n_unique() > 5
    for folder in (home.listing, home.build_database.parent, home.public_database.parent):
        shutil.rmtree(folder)
    count(home, archive, landed, anew=True)
    assert content(home.public_database.parent, "*.parquet") == before
    models = load_models(sql_folder(), base_relations())
    with open_published(home) as connection:
        export(connection, tmp_path / "exported", models)
    kept = {name: written for name, written in before.items() if not name.startswith("nights")}
    assert content(tmp_path / "exported", "*.parquet") == kept
    assert len(kept) > 35
