"""Checks of built tables: each kind passes on good rows and fails on exactly the bad ones.

The kinds of the header are tested on a made-up table of a few rows; what is special to `region`, `offering`, `finding`
and the warnings on a small real census, one spoilt row at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from gpu_census.home import sql_folder
from gpu_census.warehouse.checks import Check, Outcome, checks_of, run_check
from gpu_census.warehouse.relations import base_relations
from gpu_census.warehouse.sql_models import SqlModel, load_models, read_model
from gpu_census_tests.small_census import census_of, write_listing_files, write_source

HEADER = """\
-- description: Things.
-- grain: kind, number
-- columns:
--   kind varchar: Which kind. [not_null; accepted_values: plant, animal, two words]
--   number bigint: Its number. [not_null; relationships: reference.number.number]
--   code varchar: Its code. [unique]
SELECT kind, number, code FROM source_of_things
"""
GOOD = "('plant', 1, 'a'), ('plant', 2, 'b'), ('animal', 1, 'c'), ('two words', 2, 'd')"


def things(folder: Path, rows: str, header: str = HEADER) -> tuple[duckdb.DuckDBPyConnection, SqlModel]:
    """The table of a model of that name, with these rows besides the good ones; numbers 1 and 2 are known."""
    path = folder / "things.sql"
    path.write_text(header, encoding="utf-8")
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA reference; CREATE TABLE reference.number AS FROM (VALUES (1), (2)) AS t(number)")
    values = f"{GOOD}, {rows}" if rows else GOOD
    connection.execute(f"CREATE TABLE things AS SELECT * FROM (VALUES {values}) AS t(kind, number, code)")
    return connection, read_model(path)


def failures(connection: duckdb.DuckDBPyConnection, model: SqlModel) -> dict[str, int]:
    outcomes = [run_check(connection, model, check) for check in checks_of(model)]
    return {outcome.check.name: outcome.failures for outcome in outcomes if not outcome.passed}


@pytest.mark.parametrize(
    ("rows", "failing"),
    [
        ("", {}),
        ("('plant', 1, 'e')", {"unique": 1}),  # the grain twice
        ("('animal', 2, 'a')", {"unique": 1}),  # the code of the first
        ("('plant', 1, 'a')", {"unique": 2}),  # both
        ("('two words', 1, NULL)", {}),  # a null is no value twice
        ("(NULL, 1, 'e')", {"not_null": 1}),
        ("('plant', NULL, 'e'), (NULL, NULL, 'f')", {"not_null": 2}),
        ("('fungus', 1, 'e'), ('Plant', 2, 'f')", {"accepted_values": 2}),
        ("('animals', 1, 'e')", {"accepted_values": 1}),
        ("('plant', 3, 'e')", {"relationships": 1}),
        ("('fungus', 3, 'e')", {"accepted_values": 1, "relationships": 1}),
    ],
)
def test_each_kind_of_header_test_fails_on_exactly_the_bad_rows(tmp_path, rows, failing):
    assert failures(*things(tmp_path, rows)) == failing


def test_a_code_that_is_null_twice_is_still_unique(tmp_path):
    assert failures(*things(tmp_path, "('two words', 1, NULL), ('animal', 2, NULL)")) == {}


def test_an_accepted_value_may_hold_a_quote(tmp_path):
    header = HEADER.replace("two words", "two words, shepherd's purse")
    rows = "('shepherd''s purse', 1, 'e'), ('shepherds purse', 1, 'f')"
    assert failures(*things(tmp_path, rows, header)) == {"accepted_values": 1}


def test_a_null_among_the_keys_hides_no_stray_row(tmp_path):
    """In SQL `3 NOT IN (1, 2, NULL)` is null, not true."""
    connection, model = things(tmp_path, "('plant', 3, 'e')")
    connection.execute("INSERT INTO reference.number VALUES (NULL)")
    assert failures(connection, model) == {"relationships": 1}


def test_a_failure_counts_all_rows_and_shows_five(tmp_path):
    connection, model = things(tmp_path, ", ".join(f"('plant', {number}, 'x{number}')" for number in range(3, 11)))
    check = next(check for check in checks_of(model) if check.name == "relationships")
    outcome = run_check(connection, model, check)
    assert (outcome.failures, len(outcome.examples)) == (8, 5)
    assert {example["kind"] for example in outcome.examples} == {"plant"}
    assert all(example["number"] > 2 for example in outcome.examples)


def test_a_header_without_tests_still_has_its_grain_checked(tmp_path):
    path = tmp_path / "things.sql"
    path.write_text("-- description: T.\n-- grain: n\n-- columns:\n--   n bigint: N.\nSELECT n FROM label\n", "utf-8")
    checks = checks_of(read_model(path))
    assert [(check.name, check.blocking) for check in checks] == [("unique", True)]


@pytest.fixture(scope="module")
def models() -> dict[str, SqlModel]:
    return {model.name: model for model in load_models(sql_folder(), base_relations())}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Two known regions, answered for completely; one has an A100."""
    archive = tmp_path_factory.mktemp("archive")
    write_source(archive, "aws", "offerings", settled=True)
    rented = {"region_code": "us-east-1", "instance_type": "p4d.24xlarge", "accelerator_label": "A100"}
    regions = [{"region_code": "us-east-1"}, {"region_code": "eu-west-1"}]
    write_listing_files(archive, "aws", "offerings", "2024-11-17", regions=regions, offerings=[rented])
    return census_of([archive], date(2024, 11, 20))


@pytest.fixture
def census(built: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The small census; what a test spoils is undone after it."""
    built.execute("BEGIN")
    yield built
    built.execute("ROLLBACK")


def test_a_good_census_passes_every_check(census, models):
    assert {name: found for name, model in models.items() if (found := failures(census, model))} == {}


AGAIN = "INSERT INTO {0} SELECT * FROM {0} LIMIT 1"
# what is done to a table, and the checks that must then fail
SPOILT = {
    "region twice": (AGAIN.format("region"), {"unique", "pandera_schema"}),
    "region in two countries": (
        "INSERT INTO region SELECT * REPLACE ('FR' AS country_iso2) FROM region LIMIT 1",
        {"unique", "in_one_country", "pandera_schema"},
    ),
    "region of nobody": ("UPDATE region SET provider = NULL", {"not_null", "pandera_schema"}),
    "region in no country on earth": ("UPDATE region SET country_iso2 = 'ZZ'", {"relationships"}),
    "region in a country in small letters": (
        "UPDATE region SET country_iso2 = 'us'",
        {"relationships", "pandera_schema"},
    ),
    "region nowhere yet": ("UPDATE region SET country_iso2 = NULL", set()),
    "region on the moon": ("UPDATE region SET cloud_partition = 'moon'", {"accepted_values", "pandera_schema"}),
    "region of unknown access": ("UPDATE region SET access = 'maybe'", {"accepted_values", "pandera_schema"}),
    "region beyond the pole": ("UPDATE region SET latitude = 90.5", {"pandera_schema"}),
    "region seen tomorrow": ("UPDATE region SET last_seen_on = DATE '2024-11-21'", {"nothing_seen_later"}),
    "region seen today": ("UPDATE region SET last_seen_on = DATE '2024-11-20'", set()),
    "no region": ("DELETE FROM region", {"not_empty"}),
    "offering twice": (AGAIN.format("offering"), {"unique"}),
    "offering for nothing": ("UPDATE offering SET price_per_hour = 0", {"pandera_schema"}),
    "offering of no accelerator": ("UPDATE offering SET accelerator_count = 0", {"pandera_schema"}),
    "offering of half an accelerator": ("UPDATE offering SET accelerator_count = 0.5", set()),
    "offering of unknown status": ("UPDATE offering SET status = 'gone'", {"accepted_values", "pandera_schema"}),
    "offering first seen after last": (
        "UPDATE offering SET first_seen_on = DATE '2024-11-18', last_seen_on = DATE '2024-11-17'",
        {"nothing_seen_later"},
    ),
    "no offering": ("DELETE FROM offering", set()),
    "finding twice": (AGAIN.format("finding"), {"unique", "pandera_schema"}),
    "two findings of one thing": (
        "INSERT INTO finding SELECT * REPLACE ('priced_only' AS finding) FROM finding WHERE accelerator_model <> ''",
        {"pandera_schema"},
    ),
    "finding of tomorrow": ("UPDATE finding SET evidence_on = DATE '2024-11-21'", {"no_newer_evidence"}),
    "finding without evidence": ("UPDATE finding SET evidence_on = NULL", {"evidence_is_dated"}),
    "not observed, without evidence": (
        "UPDATE finding SET evidence_on = NULL, finding = 'not_observed', accelerator_model = '', evidence = NULL",
        set(),
    ),
    "model that is not listed": ("UPDATE finding SET finding = 'not_listed'", {"model_where_listed"}),
    "listed, but which model": ("UPDATE finding SET accelerator_model = ''", {"model_where_listed"}),
    "finding of unknown kind": (
        "UPDATE finding SET finding = 'rumour' WHERE accelerator_model <> ''",
        {"accepted_values", "pandera_schema"},
    ),
    "no finding": ("DELETE FROM finding", {"not_empty"}),
    "no country": ("DELETE FROM country_census", {"not_empty"}),
    "no tier": ("DELETE FROM compute_tier", {"not_empty"}),
    "a tier that is none": ("UPDATE compute_tier SET tier = 'east'", {"accepted_values"}),
}


@pytest.mark.parametrize(("statement", "failing"), SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_census_fails_exactly_the_checks_that_are_about_it(census, models, statement, failing):
    census.execute(statement)
    spoilt = [outcome for model in models.values() for outcome in bad_outcomes(census, model)]
    assert {outcome.check.name for outcome in spoilt} == failing
    assert all(outcome.check.blocking for outcome in spoilt)
    assert all(outcome.examples for outcome in spoilt)


def bad_outcomes(connection: duckdb.DuckDBPyConnection, model: SqlModel) -> list[Outcome]:
    outcomes = [run_check(connection, model, check) for check in checks_of(model)]
    return [outcome for outcome in outcomes if not outcome.passed]


UNLOCATED = "SELECT census_date, provider, 'x-1', 'X', first_seen_on, last_seen_on FROM region LIMIT 1"
LABEL = (
    "SELECT census_date, provider, 'x-1', 'GPU 9000', 'x.large', '{}', first_seen_on, last_seen_on FROM region LIMIT 1"
)


@pytest.mark.parametrize(
    ("statement", "warning"),
    [
        (f"INSERT INTO unlocated_region {UNLOCATED}", {"every_region_located": 1}),
        (f"INSERT INTO unknown_accelerator {LABEL.format('new')}", {"no_new_label": 1}),
        (f"INSERT INTO unknown_accelerator {LABEL.format('masked')}", {}),
        ("UPDATE source_coverage SET asked = 3, answered = 2, complete = FALSE", {"every_source_complete": 1}),
        ("UPDATE source_coverage SET asked = 3, answered = 0, complete = FALSE", {}),
    ],
)
def test_what_is_only_incomplete_is_a_warning_and_blocks_nothing(census, models, statement, warning):
    census.execute(statement)
    found = [outcome for model in models.values() for outcome in bad_outcomes(census, model)]
    assert {outcome.check.name: outcome.failures for outcome in found} == warning
    assert not any(outcome.check.blocking for outcome in found)


def test_every_test_that_a_header_states_is_a_check_of_its_own_kind(models):
    for model in models.values():
        stated = {test.kind for column in model.columns for test in column.tests} | {"unique"}
        checks: dict[str, Check] = {check.name: check for check in checks_of(model)}
        assert stated <= checks.keys(), model.name
        assert all(checks[kind].blocking for kind in stated), model.name
        for column in model.columns:
            for test in column.tests:
                assert column.name in checks[test.kind].description, (model.name, column.name)
