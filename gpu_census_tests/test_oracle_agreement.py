"""The pipeline against the oracle, cell by cell: random archives at telling dates, and the bundled archive.

What is right by METHOD is worked out by hand elsewhere; here two independent readings of it must agree where they
have the same column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from gpu_census.home import BUNDLED_ARCHIVE
from gpu_census.reference.tables import FOLDER
from gpu_census_tests.archive_maker import make_archive, telling_dates
from gpu_census_tests.oracle import OracleReference, OracleResult, read_world
from gpu_census_tests.oracle import census_of as oracle_of
from gpu_census_tests.oracle.world import World
from gpu_census_tests.small_census import census_of
from gpu_census_tests.test_history import histories_of

SEEDS = (2, 7, 19, 33, 48, 77, 81, 103, 112, 122, 129, 136)  # chosen so that all kinds occur, see the last test
DATES_EACH = 4
BUNDLED_DATES = (date(2023, 11, 20), date(2024, 11, 17), date(2026, 10, 25))
TABLES = ("country_census", "compute_tier")


@pytest.fixture(scope="module")
def reference() -> OracleReference:
    return OracleReference.load(FOLDER)


def some_dates(archive: Path) -> list[date]:
    """Dates spread over those worth asking, the last of them after everything has grown stale."""
    dates = telling_dates(archive)
    return [dates[len(dates) * part // DATES_EACH - 1] for part in range(1, DATES_EACH + 1)]


def differences(connection: duckdb.DuckDBPyConnection, oracle: OracleResult) -> dict[tuple[str, ...], Any]:
    """(table, profile, country, column) -> (pipeline, oracle), where they differ; the oracle has '' for NULL."""
    found: dict[tuple[str, ...], Any] = {}
    for table in TABLES:
        expected: dict[tuple[str, str], dict] = getattr(oracle, table)
        answer = connection.execute(f"FROM {table}_as_of(DATE '{oracle.census_date}')")
        names = [column[0] for column in answer.description or ()]
        ours = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
        places = {(row["profile"], row["country_iso2"]): row for row in ours}
        assert len(ours) == len(places)
        assert places.keys() == expected.keys()
        for place, row in places.items():
            for column, value in expected[place].items():
                if row[column] != value and (row[column], value) != (None, ""):
                    found[table, *place, column] = (row[column], value)
    return found


@dataclass(frozen=True)
class Random:
    """A random archive, and what the oracle says of it on some dates."""

    archive: Path
    world: World
    counted: dict[date, OracleResult]


@pytest.fixture(scope="module")
def random_archive(reference, tmp_path_factory) -> Callable[[int], Random]:
    """The archive of a seed, made and asked once."""

    @cache
    def of(seed: int) -> Random:
        archive = make_archive(tmp_path_factory.mktemp("random") / "archive", seed=seed)
        world = read_world([archive], reference=reference, only_named=True)
        return Random(archive, world, {day: oracle_of(world, census_date=day) for day in some_dates(archive)})

    return of


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_archive_is_counted_as_the_oracle_counts_it(random_archive, seed):
    made = random_archive(seed)
    connection = census_of([made.archive], max(made.counted), only=TABLES)
    for day, oracle in made.counted.items():
        assert differences(connection, oracle) == {}, f"seed {seed} on {day}"


@pytest.mark.parametrize("seed", SEEDS[::2])
def test_a_random_archive_has_the_suspicious_answers_and_intervals_of_the_oracle(tmp_path, random_archive, seed):
    made = random_archive(seed)
    tables = histories_of([made.archive], tmp_path / "listing")
    oracle = oracle_of(made.world, census_date=date.max)
    span = ("not_before_on", "valid_from", "valid_to", "confirmed", "sightings")
    for name, things in (("offering", ("instance_type", "accelerator_model", "accelerator_label")), ("region", ())):
        columns = ("provider", "source", "region_code", *things, *span)
        expected = [tuple(row[column] for column in columns) for row in getattr(oracle, f"{name}_history")]
        found = getattr(tables, f"{name}_history").filter(pl.col("source") != "reference").select(columns).rows()
        assert sorted(found, key=repr) == sorted(expected, key=repr), name
    marked = tables.suspicious_answer.select("provider", "source", "observed_on", "region_code", "whole").rows()
    assert sorted(marked) == oracle.suspicious_answers


@pytest.fixture(scope="module")
def bundled(reference) -> tuple[duckdb.DuckDBPyConnection, Any]:
    world = read_world([BUNDLED_ARCHIVE], reference=reference, only_named=True)
    return census_of([BUNDLED_ARCHIVE], BUNDLED_DATES[-1], only=TABLES), world


@pytest.mark.parametrize("day", BUNDLED_DATES, ids=str)
def test_the_bundled_archive_is_counted_as_the_oracle_counts_it(bundled, day):
    connection, world = bundled
    assert differences(connection, oracle_of(world, census_date=day)) == {}


def test_the_random_archives_hold_every_kind_of_finding_of_sale_and_of_bound(random_archive):
    seen: set[Any] = set()
    for seed in SEEDS:
        made = random_archive(seed)
        for source in made.world.sources:
            seen |= {source.evidence, ("positive_only", source.positive_only), ("complete", source.regions_complete)}
            seen |= {row.status for listing in source.listings for row in listing.offerings}
            seen |= {bool(row.service) for listing in source.listings for row in listing.offerings}
            seen |= {("answered", row.answered) for listing in source.listings for row in listing.regions}
        results = list(made.counted.values())
        seen |= {("suspicious list", whole) for *_, whole in results[0].suspicious_answers}
        for result in results:
            seen |= {finding["finding"] for finding in result.findings.values()}
            seen |= {("stale", finding["stale"]) for finding in result.findings.values()}
            seen |= {("unknown", model == "unknown") for _, _, model in result.findings}
            for row in result.compute_tier.values():
                seen.add(tuple(row[f"tier{bound}"][0] for bound in ("_at_least", "", "_at_most_fleet", "_at_most")))
    assert seen >= {"confirmed", "priced_only", "contradicted", "not_listed", "not_observed", "by_request", "sold_out"}
    assert seen >= {"stock", "offering", "docs", "price", True, ("answered", False), ("stale", True), ("unknown", True)}
    assert seen >= {("positive_only", True), ("complete", True), ("complete", False)}
    assert seen >= {("suspicious list", True), ("suspicious list", False)}
    # every way in which the four bounds can part: at least, counted, at most of the provider's own, at most
    parted = (
        "nnnn",
        "ssss",
        "dddd",
        "dnnn",
        "dsss",
        "ddnn",
        "ddsn",
        "dddn",
        "ddss",
        "dssn",
        "ssnn",
        "dsnn",
        "snnn",
        "sssn",
    )
    assert {tier for tier in parted if tuple(tier) not in seen} == set()
