"""Whole runs of the nightly job in this process, on a small made-up archive.

A good night publishes what was worked out by hand; a bad one changes nothing and says why; and nobody can publish a
build that is not fit by materializing the last asset alone.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from gpu_census.assets import models as model_assets
from gpu_census.assets.appearance import markdown_table
from gpu_census.assets.plan import Plan
from gpu_census.definitions import build_definitions
from gpu_census.home import Home
from gpu_census.refresh import refresh
from gpu_census.schedules import NIGHTLY
from gpu_census_tests.small_census import write_listing_files, write_source

DAY = date(2024, 11, 20)
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def small_archive(archive: Path, *, west: str = "FR") -> Path:
    """A made-up cloud: an A100 in `east` (DE), a V100 in `west`, where a second source puts it in FR."""
    regions = [{"region_code": "east", "country_iso2": "DE"}, {"region_code": "west", "country_iso2": west}]
    big = {"region_code": "east", "instance_type": "a.big", "accelerator_label": "A100", "accelerator_count": 8}
    old = {"region_code": "west", "instance_type": "v.old", "accelerator_label": "V100", "accelerator_count": 1}
    write_source(archive, "acme", "list", settled=True)
    write_listing_files(archive, "acme", "list", "2024-11-17", regions=regions, offerings=[big, old])
    write_source(archive, "acme", "other", evidence="docs", settled=True)
    seen = [{"region_code": "west", "country_iso2": "FR"}]
    write_listing_files(archive, "acme", "other", "2024-11-18", regions=seen, offerings=[old])
    return archive


@dataclass(frozen=True)
class Flow:
    """A census of its own: an archive and a home."""

    archive: Path
    home: Home

    def run(self, *assets: str) -> dg.ExecuteInProcessResult:
        """The whole nightly job, or some of its assets."""
        job = build_definitions(Plan((self.archive,), self.home)).resolve_job_def(NIGHTLY)
        return job.execute_in_process(
            run_config=QUIET if assets else QUIET | {"ops": {"census": {"config": {"census_date": DAY.isoformat()}}}},
            asset_selection=[dg.AssetKey(name) for name in assets] or None,
            raise_on_error=False,
        )

    def published(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the published file."""
        with duckdb.connect(str(self.home.public_database), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    root = tmp_path_factory.mktemp("flow")
    return Flow(small_archive(root / "archive"), Home(root / "home"))


@pytest.fixture(scope="module")
def night(good: Flow) -> dg.ExecuteInProcessResult:
    """One whole good run."""
    return good.run()


@pytest.fixture(scope="module")
def metadata(night: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    """What the run said of every asset."""
    told = [event.materialization for event in night.get_asset_materialization_events()]
    return {one.asset_key.to_user_string(): {name: value.value for name, value in one.metadata.items()} for one in told}


@pytest.fixture
def later(good: Flow, night: dg.ExecuteInProcessResult, tmp_path: Path) -> Flow:
    """The same census on the morning after, as a copy that a test may spoil."""
    assert night.success
    shutil.copytree(good.home.root, tmp_path / "later")
    return Flow(good.archive, Home(tmp_path / "later"))


def errors(result: dg.ExecuteInProcessResult) -> str:
    """Every message of a failed step, down to its cause."""
    chain, found = [event.step_failure_data.error for event in result.all_events if event.is_step_failure], []
    while chain:
        error = chain.pop()
        if error is not None:
            found.append(error.message)
            chain.append(error.cause)
    return "\n".join(found)


def test_a_good_night_publishes_the_census_worked_out_by_hand(good, night):
    """East has an A100, so Germany is North; west no more than a V100, so France is South."""
    assert night.success
    census = "SELECT country_iso2, regions, gpu_regions, v100_regions, a100_regions FROM country_census"
    assert good.published(f"{census} WHERE profile = 'extended' AND regions > 0 ORDER BY ALL") == [
        ("DE", 1, 1, 0, 1),
        ("FR", 1, 1, 1, 0),
    ]
    tiers = (
        "SELECT country_iso2, tier FROM compute_tier WHERE profile = 'extended' AND country_iso2 IN ('DE', 'FR', 'IT')"
    )
    assert good.published(f"{tiers} ORDER BY ALL") == [("DE", "north"), ("FR", "south"), ("IT", "desert")]
    assert good.published("FROM census") == [(DAY,)]
    assert all(evaluation.passed for evaluation in night.get_asset_check_evaluations())


def test_every_asset_tells_its_rows_and_shows_the_first(good, night, metadata):
    graph = build_definitions(Plan((good.archive,), good.home)).resolve_asset_graph()
    assert set(metadata) == {key.to_user_string() for key in graph.materializable_asset_keys}
    assert metadata.pop("census") == {"census_date": "2024-11-20"}
    published = metadata.pop("published_database")
    assert metadata.pop("exports")["census_date"] == "2024-11-20"
    assert published["bytes"] == good.home.public_database.stat().st_size
    assert metadata["acme/listing"]["dagster/row_count"] == 3
    for key, told in metadata.items():
        assert told["preview"].startswith("| "), key
        if not key.endswith("/listing"):
            table = key.replace("/", ".")
            assert [(told["dagster/row_count"],)] == good.published(f"SELECT count(*) FROM {table}"), key


def test_the_preview_of_the_census_begins_with_the_countries_that_have_something(metadata):
    lines = metadata["country_census"]["preview"].splitlines()
    assert [line.split(" | ")[2] for line in lines[2:4]] == ["DE", "FR"]


def test_every_published_table_column_and_macro_has_a_comment(good, night):
    named = "SELECT table_name FROM duckdb_tables() WHERE comment IS NULL"
    columns = "SELECT table_name, column_name FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
    macros = "SELECT function_name FROM duckdb_functions() WHERE comment IS NULL AND NOT internal"
    assert [good.published(query) for query in (named, columns, macros)] == [[], [], []]


def test_every_table_of_the_census_is_its_macro_at_the_census_date(good, night):
    names = "SELECT function_name FROM duckdb_functions() WHERE function_name LIKE '%_as_of' AND NOT internal"
    macros = {name for (name,) in good.published(names)}
    models = {f"{model.name}_as_of" for model in Plan((good.archive,), good.home).models if not model.all_dates}
    assert models <= macros
    for macro in models:
        table, call = macro.removesuffix("_as_of"), f"{macro}(DATE '{DAY}')"
        assert (
            good.published(f"(FROM {table} EXCEPT ALL FROM {call}) UNION ALL (FROM {call} EXCEPT ALL FROM {table})")
            == []
        )
        before = good.published(f"FROM {macro}(DATE '2024-11-16')") if macro == "region_as_of" else []
        assert before == []


@pytest.mark.parametrize(
    ("table", "column", "origins"),
    [
        ("country_census", "v100_regions", {"country_accelerator.regions", "country_accelerator.accelerator_model"}),
        ("country_census", "country_name", {"reference/country.name_short_en"}),
        ("country_census", "census_date", {"census.census_date"}),
        ("country_census", "gpu_providers", {"region_level.provider", "region_level.reach"}),
        ("unlocated_region", "region_name", {"region.region_name"}),
        ("region", "city", {"region_fact.city"}),
    ],
)
def test_a_column_names_the_columns_it_comes_from(metadata, table, column, origins):
    deps = metadata[table]["dagster/column_lineage"].deps_by_column[column]
    assert {f"{dep.asset_key.to_user_string()}.{dep.column_name}" for dep in deps} == origins


def test_a_region_in_two_countries_keeps_the_old_file_and_is_named(later, tmp_path):
    """West is in Belgium says one source, in France the other, and no reference table knows it."""
    before = later.home.public_database.read_bytes()
    bad = Flow(small_archive(tmp_path / "bad", west="BE"), later.home)
    outcome = refresh(bad.home.prepare(), census_date=DAY, archives=[bad.archive], bundled=False)
    assert not outcome.published
    assert [problem.split("\n")[0] for problem in outcome.problems] == [
        "region: unique fails for 1 rows",
        "region: in_one_country fails for 1 rows",
        "region: pandera_schema fails for 2 rows",
    ]
    assert "west" in outcome.problems[0]
    assert "['BE', 'FR']" in outcome.problems[1]
    assert later.home.public_database.read_bytes() == before
    alone = bad.run("published_database")
    assert not alone.success
    assert "region failed in_one_country, pandera_schema, unique; the published database stays as it was" in errors(
        alone
    )
    assert later.home.public_database.read_bytes() == before


def test_publishing_alone_is_refused_where_something_it_needs_is_older_or_missing(later, tmp_path):
    assert later.run("published_database").success
    assert later.run("census").success
    alone = later.run("published_database")
    assert not alone.success
    assert "is older than census, which it reads; materialize it again" in errors(alone)
    nothing = Flow(later.archive, Home(tmp_path / "nothing")).run("published_database")
    assert not nothing.success
    assert "has not been built; materialize it first" in errors(nothing)
    assert not (tmp_path / "nothing" / "public" / "gpu_census.duckdb").exists()


def test_a_table_whose_step_died_before_its_checks_is_the_one_of_before(later, monkeypatch):
    """Nobody has looked at the new table, so it is not there: a step writes all or nothing."""

    def emptied(connection, *_):
        connection.execute("DELETE FROM provider_census")
        assert connection.execute("FROM provider_census").fetchall() == []
        raise ZeroDivisionError

    before = later.home.public_database.stat().st_ino
    with monkeypatch.context() as patch:
        patch.setattr(model_assets, "run_check", emptied)
        assert not later.run("provider_census").success
    assert later.run("published_database").success
    assert later.home.public_database.stat().st_ino == before  # it says just what it said


def test_a_hostile_name_stays_in_the_cell_of_its_preview():
    """Pipes, tags, links and line ends neither end a cell nor become markup."""
    hostile = "<script>alert(1)</script>|`x`\n[y](javascript:z) ![i](j) __b__"
    table = markdown_table(["name", "n"], [[hostile, None], ["plain", 1]])
    head, rule, first, second = table.split("\n")
    assert (head, rule, second) == ("| name | n |", "| --- | --- |", "| plain | 1 |")
    assert first.count("|") == 3
    assert not re.search(r"<|`|(?<!\\)[\[\]!_*]", first)
