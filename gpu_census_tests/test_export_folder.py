"""Exporting into a folder that others use too: what changed is written, what is not ours is left alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gpu_census.errors import CensusError
from gpu_census.exports.published import export
from gpu_census.home import sql_folder
from gpu_census.warehouse.relations import base_relations
from gpu_census.warehouse.sql_models import load_models
from gpu_census_tests.small_census import census_of, write_listing_files, write_source
from gpu_census_tests.test_exports import DAY, content


@pytest.fixture(scope="module")
def models() -> Any:
    return load_models(sql_folder(), base_relations())


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    archive = tmp_path_factory.mktemp("archive")
    write_source(archive, "aws", "offers", settled=True)
    sold = {"region_code": "us-east-1", "instance_type": "p5", "accelerator_label": "H100"}
    write_listing_files(archive, "aws", "offers", str(DAY), regions=[{"region_code": "us-east-1"}], offerings=[sold])
    return census_of([archive], DAY)


@pytest.fixture
def folder(census, models, tmp_path) -> Iterator[Path]:
    """An export that a test may spoil."""
    export(census, tmp_path / "public", models)
    yield tmp_path / "public"
    assert [path.name for path in (tmp_path / "public").iterdir() if path.name.startswith(".")] == []


def test_only_what_has_changed_is_written_and_only_our_own_files_are_removed(census, models, folder, tmp_path):
    mine, outside = folder / "mine.csv", tmp_path / "outside.csv"
    mine.write_text("mine", encoding="utf-8")
    outside.write_text("outside", encoding="utf-8")
    (folder / "gone.csv").write_text("of a table that was", encoding="utf-8")
    (folder / "region.csv").write_text("spoilt", encoding="utf-8")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"] += [{"path": "gone.csv"}, {"path": "../outside.csv"}, {"path": str(outside)}, {"path": ".."}]
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    before = {path.name: path.stat().st_ino for path in folder.iterdir()}
    swapped = export(census, folder, models).swapped
    assert (swapped.written, swapped.removed) == (["region.csv", "datapackage.json"], ["gone.csv"])
    assert len(swapped.unchanged) == len(before) - 4
    after = {path.name: path.stat().st_ino for path in folder.iterdir()}
    changed = {name for name in before if before[name] != after.get(name)}
    assert changed == {"region.csv", "datapackage.json", "gone.csv"}
    assert (mine.read_text(encoding="utf-8"), outside.read_text(encoding="utf-8")) == ("mine", "outside")


def test_an_export_that_fails_changes_nothing_and_leaves_nothing(census, models, folder, monkeypatch):
    before = content(folder)
    (folder / f".export.{os.getpid()}.tmp").mkdir()  # left by a process of the same number
    census.execute("CREATE OR REPLACE TEMP TABLE kept AS FROM census; UPDATE census SET census_date = '2025-03-02'")
    monkeypatch.setattr("gpu_census.exports.published.write_citation", raises_disk_full)
    try:
        with pytest.raises(OSError, match="disk"):
            export(census, folder, models)
    finally:
        census.execute("UPDATE census SET census_date = (SELECT census_date FROM kept)")
    assert content(folder) == before


def raises_disk_full(*_: object) -> None:
    raise OSError(28, "no room on the disk")


def test_a_table_whose_name_would_lead_elsewhere_is_refused(models, tmp_path):
    with duckdb.connect() as other:
        other.execute("CREATE TABLE census AS SELECT DATE '2025-03-01' AS census_date; CREATE TABLE \"../x\" (n INT)")
        with pytest.raises(CensusError, match=r"\.\./x"):
            export(other, tmp_path / "public", models)
    assert not (tmp_path / "x.csv").exists()
