"""`gpu-census sql` and what all commands share: --list, standard input, --json, --quiet, hints, closed pipes."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from gpu_census.home import Home
from gpu_census.reading import read_public
from gpu_census.warehouse.publish import publish
from gpu_census_tests.small_census import census_of
from gpu_census_tests.test_cli import COMMAND, gpu_census, made_up


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A published census of one A100 in France."""
    folder = tmp_path_factory.mktemp("sql")
    published = Home(folder / "home")
    with closing(census_of([made_up(folder / "archive", ["FR"])], date(2024, 2, 1))) as connection:
        publish(connection, published.public_database)
    return published


def test_a_query_is_read_from_standard_input(census: Home) -> None:
    query = "-- two lines\nSELECT country_iso2 FROM region\n"
    environment = os.environ | {"GPU_CENSUS_HOME": str(census.root)}
    line = [str(COMMAND), "sql", "-", "--json"]
    result = subprocess.run(line, input=query, env=environment, capture_output=True, text=True, timeout=60)
    assert json.loads(result.stdout) == [{"country_iso2": "FR"}]


def test_list_names_every_table_with_its_macro_its_rows_and_what_it_is(census: Home) -> None:
    rows = json.loads(gpu_census(census.root, "sql", "--list", "--json").stdout)
    listed = {row["name"]: row for row in rows}
    assert len(listed) == len(rows)
    query = "SELECT if(schema_name = 'main', '', schema_name || '.') || table_name, comment FROM duckdb_tables()"
    tables = dict(read_public(census, query).rows)
    assert {name: listed[name]["description"] for name in tables} == tables
    assert all(row["description"] for row in rows)
    assert listed["region"] | {"description": ""} == {
        "name": "region",
        "of_any_date": "region_as_of(as_of)",
        "rows": 1,
        "description": "",
    }
    assert listed["reference.country"]["of_any_date"] is None
    assert "is_stale(evidence_on, on_day)" in set(listed) - set(tables)
    called = {row["of_any_date"] or row["name"] for row in rows if row["of_any_date"] or row["name"] not in tables}
    macros = "SELECT DISTINCT function_name FROM duckdb_functions() WHERE NOT internal AND function_type LIKE '%macro%'"
    assert {call.partition("(")[0] for call in called} == {name for (name,) in read_public(census, macros).rows}


@pytest.mark.parametrize("name", ["compute_tier", "compute_tier_as_of", "reference.country"])
def test_list_of_a_table_names_its_columns_with_type_and_description(census: Home, name: str) -> None:
    rows = json.loads(gpu_census(census.root, "sql", "--list", name, "--json").stdout)
    told = {row["column"]: (row["type"], bool(row["description"])) for row in rows}
    described = read_public(census, f"DESCRIBE {name.removesuffix('_as_of')}").rows
    assert told == {column: (kind.lower(), True) for column, kind, *_ in described}


@pytest.mark.parametrize(
    ("name", "meant"), [("country", "reference.country"), ("compute_teir", "compute_tier"), ("xyzzy", "names them all")]
)
def test_a_table_that_is_not_there_is_answered_with_those_that_are_near(census: Home, name: str, meant: str) -> None:
    result = gpu_census(census.root, "sql", "--list", name)
    assert (result.returncode, result.stdout) == (2, "")
    assert f"there is no table '{name}'" in result.stderr
    assert meant in result.stderr


def test_json_is_short_for_the_format_in_every_command_that_prints_rows(census: Home) -> None:
    for command in (["sql", "FROM region"], ["sources"], ["providers"], ["diff", "2023-12-01", "2024-02-01"]):
        short = gpu_census(census.root, *command, "--json")
        assert short.returncode == 0, short.stderr
        assert short.stdout == gpu_census(census.root, *command, "--format", "json").stdout
        assert json.loads(short.stdout)


def test_quiet_leaves_only_errors_and_the_exit_status(census: Home, tmp_path: Path) -> None:
    for command in (["sql", "FROM region"], ["sources"], ["export", str(tmp_path / "out")]):
        result = gpu_census(census.root, *command, "--quiet")
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert (tmp_path / "out" / "region.parquet").exists()
    failed = gpu_census(census.root, "sql", "FROM nowhere", "--quiet")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "Table with name nowhere does not exist" in failed.stderr


def test_a_long_command_says_in_a_line_what_it_does_where_there_is_no_terminal(census: Home, tmp_path: Path) -> None:
    assert "writing the files\n" in gpu_census(census.root, "export", tmp_path / "out").stderr


@pytest.mark.parametrize(
    ("query", "hint"),
    [("FROM nowhere", "sql --list` names the tables"), ("SELECT x FROM region", "sql --list TABLE` names its columns")],
)
def test_a_name_that_is_not_there_comes_with_where_to_look(census: Home, query: str, hint: str) -> None:
    assert hint in gpu_census(census.root, "sql", query).stderr


def test_a_reader_that_has_seen_enough_ends_the_command_quietly(census: Home) -> None:
    environment = os.environ | {"GPU_CENSUS_HOME": str(census.root)}
    line = [str(COMMAND), "sql", "SELECT repeat('x', 1000) FROM range(20000)", "--format", "csv"]
    with subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read().decode()
    assert told == ""


def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(census: Home, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder", encoding="utf-8")
    result = gpu_census(census.root, "export", tmp_path / "taken" / "below")
    assert result.returncode == 1
    assert f"{tmp_path / 'taken'}" in result.stderr
    assert "choose another folder" in result.stderr
