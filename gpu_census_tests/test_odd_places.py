"""Dates, folders, names and processes that are odd: refused in clear words, or taken as they are."""

from __future__ import annotations

import os
import shutil
import socket
from collections import namedtuple
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gpu_census.assets.plan import listing_key
from gpu_census.cli import app
from gpu_census.dates import iso_date
from gpu_census.errors import CensusError
from gpu_census.home import FREE_FLOOR_BYTES, Home
from gpu_census.leftovers import is_alive, remove_leftovers
from gpu_census_tests.small_census import census_of, rows, write_listing_files, write_source


@pytest.mark.parametrize("text", ["20241117", "2024-W46-7", "2024-11-31", "17.11.2024", "", "today"])
def test_only_one_form_of_a_date_is_a_date(text: str) -> None:
    with pytest.raises(CensusError, match="is no ISO date such as 2024-11-17"):
        iso_date(text)
    assert iso_date("2024-11-17") == date(2024, 11, 17)


@pytest.mark.parametrize("character", ["%", "?", "#", "\\"])
def test_a_home_that_sqlite_cannot_address_is_refused_before_anything_is_written(
    tmp_path: Path, character: str
) -> None:
    root = tmp_path / f"odd{character}home"
    with pytest.raises(CensusError, match="must not contain"):
        Home(root).prepare()
    assert not root.exists()


def test_a_disk_that_is_nearly_full_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, FREE_FLOOR_BYTES - 1))
    with pytest.raises(CensusError, match="less than 256 MiB free"):
        Home(tmp_path / "home").prepare()


def test_a_taken_port_is_told_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = CliRunner().invoke(app, ["ui", "--port", str(taken.getsockname()[1])])
    assert isinstance(result.exception, CensusError)
    assert "choose another with --port" in str(result.exception)


def test_asset_keys_tell_odd_providers_apart() -> None:
    assert listing_key("my-cloud.v2").path == ["my-cloud.v2", "listing"]
    odd = ["My Cloud", "My_Cloud", "My/Cloud", "My\tCloud"]
    assert len({tuple(listing_key(name).path) for name in odd}) == len(odd)


def test_a_source_without_any_date_says_nothing(tmp_path: Path) -> None:
    write_source(tmp_path, "nimbus", "silent")
    write_source(tmp_path, "stratus", "nightly")
    write_listing_files(
        tmp_path, "stratus", "nightly", "2025-01-01", regions=[{"region_code": "r", "country_iso2": "DE"}]
    )
    census = census_of([tmp_path], date(2025, 1, 2), only=["region"])
    assert rows(census, "SELECT provider, region_code FROM region") == [{"provider": "stratus", "region_code": "r"}]
    assert rows(census, "SELECT source FROM source ORDER BY source") == [{"source": "nightly"}, {"source": "silent"}]


def test_leftovers_are_told_by_their_process(tmp_path: Path) -> None:
    dead = 2**22 + 1  # above the largest process number that Linux gives
    assert not is_alive(dead)
    for name in (f".aws.{dead}.tmp", f".aws.{dead}.old", f".aws.{os.getppid()}.tmp", "aws", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / f".gpu_census.duckdb.{dead}.tmp.wal").touch()
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["aws", ".hidden", f".aws.{os.getppid()}.tmp"])
