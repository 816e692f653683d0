"""Asking the published census from the command line, and asking wrongly: real processes over a small census."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from gpu_census.archive.reading import providers_in
from gpu_census.census.listing import gather
from gpu_census.census.listing_files import read_listings, write_listing
from gpu_census.cli import app
from gpu_census.home import BUNDLED_ARCHIVE, Home
from gpu_census.warehouse.publish import publish
from gpu_census_tests.small_census import census_of
from gpu_census_tests.test_cli import gpu_census, made_up


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A published census of one A100 in France, listed by two sources."""
    folder = tmp_path_factory.mktemp("reading")
    published = Home(folder / "home")
    archive = made_up(folder / "archive", ["FR", "FR"])
    with closing(census_of([archive], date(2024, 2, 1))) as connection:
        publish(connection, published.public_database)
    return published


def rows(home: Home, query: str) -> list[tuple[object, ...]]:
    """The answer of the published file, without the command."""
    with closing(duckdb.connect(str(home.public_database), read_only=True)) as connection:
        return connection.execute(query).fetchall()


WRONG_USAGE = {
    "bad date": (["refresh", "--census-date", "2024-13-01"], "2024-13-01"),
    "unknown option": (["refresh", "--nonsense"], "--nonsense"),
    "unknown format": (["sql", "SELECT 1", "--format", "xml"], "xml"),
    "unknown command": (["nonsense"], "nonsense"),
    "no query": (["sql"], "query"),
}


@pytest.mark.parametrize("usage", WRONG_USAGE)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(home: Home, usage: str) -> None:
    arguments, told = WRONG_USAGE[usage]
    result = gpu_census(home.root, *arguments)
    assert result.returncode == 2
    assert told in result.stderr
    assert result.stdout == ""
    assert not home.root.exists()


def test_a_port_that_cannot_be_one_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, for a UI that starts would not stop by itself."""
    started: list[object] = []
    monkeypatch.setenv("DAGSTER_HOME", "put back after the test")
    monkeypatch.setattr(os, "execv", lambda *arguments: started.append(arguments))
    assert CliRunner().invoke(app, ["ui", "--port", "99999999"]).exit_code == 2
    assert started == []


def test_an_unknown_provider_is_answered_with_the_known_ones(home: Home) -> None:
    result = gpu_census(home.root, "refresh", "--provider", "nobody")
    assert result.returncode != 0
    assert f"unknown provider 'nobody'; there are {', '.join(sorted(providers_in(BUNDLED_ARCHIVE)))}" in result.stderr


@pytest.mark.parametrize("command", [["sql", "SELECT 1"], ["sources"], ["providers"]], ids=lambda words: words[0])
def test_without_a_census_the_readers_say_how_to_get_one(home: Home, command: list[str]) -> None:
    result = gpu_census(home.root, *command)
    assert result.returncode == 1
    assert "there is no published census yet; run `gpu-census refresh`" in result.stderr
    assert not home.root.exists()


def test_a_home_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    result = gpu_census(tmp_path / "taken", "refresh")
    assert result.returncode == 1
    assert str(tmp_path / "taken") in result.stderr


def test_a_home_whose_name_looks_like_a_pattern_reads_its_own_listings_only(tmp_path: Path) -> None:
    archive = made_up(tmp_path / "archive", ["FR"])
    for name in ("a*", "ab", "[ab]"):
        write_listing(tmp_path / name, "madeup", gather("madeup", [archive]))
        assert read_listings(tmp_path / name, ["madeup"]).regions.height == 1
    assert read_listings(tmp_path / "a*", ["madeup"]).regions.height == 1


VALUES = """
SELECT 1 AS whole, 0.5::DOUBLE AS part, TRUE AS flag, NULL AS nothing, 'Córdoba, "Q"' AS name,
    DATE '2024-11-17' AS day, ['a', 'b'] AS list, {'tier': 'north', 'n': 2} AS pair, '=1+1' AS formula
"""


def test_sql_prints_json_with_the_types_of_json(census: Home) -> None:
    result = gpu_census(census.root, "sql", VALUES, "--format", "json")
    expected = {"whole": 1, "part": 0.5, "flag": True, "nothing": None, "name": 'Córdoba, "Q"', "day": "2024-11-17"}
    expected |= {"list": ["a", "b"], "pair": {"tier": "north", "n": 2}, "formula": "=1+1"}
    assert json.loads(result.stdout) == [expected]


def test_sql_prints_csv_that_a_spreadsheet_will_not_run(census: Home) -> None:
    result = gpu_census(census.root, "sql", VALUES, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert (row["whole"], row["part"], row["flag"].lower(), row["nothing"]) == ("1", "0.5", "true", "")
    assert (row["name"], row["day"], row["list"]) == ('Córdoba, "Q"', "2024-11-17", "a, b")
    assert row["formula"] == "'=1+1"


def test_a_decimal_is_a_number_in_every_format(census: Home) -> None:
    query = "SELECT -1.25::DECIMAL(4, 2) AS change"
    assert json.loads(gpu_census(census.root, "sql", query, "--format", "json").stdout) == [{"change": -1.25}]
    assert gpu_census(census.root, "sql", query, "--format", "csv").stdout == "change\n-1.25\n"


def test_sql_prints_a_whole_table_into_a_pipe(census: Home) -> None:
    result = gpu_census(census.root, "sql", "FROM compute_tier WHERE country_iso2 = 'VC' AND profile = 'paper2024'")
    names = [row[0] for row in rows(census, "SELECT column_name FROM (DESCRIBE compute_tier)")]
    assert [name for name in names if name not in result.stdout] == []
    assert "Saint Vincent and the Grenadines" in result.stdout


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("FROM nowhere", "Catalog Error: Table with name nowhere does not exist!"),
        ("SELEC 1", "Parser Error"),
        ("DELETE FROM region", "read-only"),
        ("CREATE TABLE mine AS SELECT 1", "read-only"),
        ("", "gpu-census: "),
    ],
)
def test_a_query_that_fails_says_why_in_duckdbs_words(census: Home, query: str, told: str) -> None:
    before = census.public_database.read_bytes()
    result = gpu_census(census.root, "sql", query)
    assert (result.returncode, result.stdout) == (1, "")
    assert told in result.stderr
    assert census.public_database.read_bytes() == before


def test_sources_lists_every_source_with_how_much_it_answered_and_its_age(census: Home) -> None:
    """Both sources answered for their one region on 2024-01-01: 31 days before the census of 2024-02-01."""
    told = gpu_census(census.root, "sources", COLUMNS="200").stdout
    for source in ("source_0", "source_1"):
        line = rf"│ madeup +│ {source} +│ offering +│ 1 of 1 +│ complete +│ 2024-01-01 +│ 31 +│ all +│"
        assert re.search(line, told), told


def test_providers_lists_every_provider_with_its_regions(census: Home) -> None:
    told = gpu_census(census.root, "providers", COLUMNS="200").stdout
    assert re.search(r"│ madeup +│ +│ +│ 1 +│ 1 +│ 1 +│", told), told
