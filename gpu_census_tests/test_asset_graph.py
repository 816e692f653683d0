"""The Dagster graph before anything runs: its look, what each asset and check states, and which archives it is made of.

The look of the graph is kept in `snapshots/asset_graph.txt`; after a wanted change write it anew with
`GPU_CENSUS_UPDATE_SNAPSHOTS=1 python -m pytest gpu_census_tests/test_asset_graph.py` and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from gpu_census import definitions
from gpu_census.assets.plan import Plan, plan_from_environment
from gpu_census.definitions import build_definitions
from gpu_census.errors import CensusError
from gpu_census.home import BUNDLED_ARCHIVE
from gpu_census.providers import live_providers
from gpu_census_tests.small_census import write_source

SNAPSHOT = Path(__file__).parent / "snapshots" / "asset_graph.txt"
PUBLISHED = dg.AssetKey("published_database")
AFTER = {dg.AssetKey("exports"), dg.AssetKey("report")}


@pytest.fixture(scope="module")
def graph() -> Any:
    """The graph of all clouds, whatever a night of the tests asks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GPU_CENSUS_CLOUDS")
        return of_all_clouds()


def of_all_clouds() -> Any:
    return build_definitions(Plan((BUNDLED_ARCHIVE,), offline=False, drawn=True)).resolve_asset_graph()


def drawn(graph: Any) -> str:
    """One line per asset: group, key, kinds, and what it depends on; `″` is the same as in the line above."""
    lines, above = ["group        asset                          kinds                  depends on"], ""
    for node in sorted(map(graph.get, graph.toposorted_asset_keys), key=lambda node: node.group_name):
        parents = ", ".join(sorted(parent.to_user_string() for parent in node.parent_keys))
        shown = "″" if parents and parents == above else parents
        kinds = " ".join(sorted(node.kinds))
        lines.append(f"{node.group_name:<12} {node.key.to_user_string():<30} {kinds:<22} {shown}".rstrip())
        above = parents
    return "\n".join([*lines, ""])


def test_the_asset_graph_looks_as_it_did(graph):
    if os.environ.get("GPU_CENSUS_UPDATE_SNAPSHOTS"):
        SNAPSHOT.parent.mkdir(exist_ok=True)
        SNAPSHOT.write_text(drawn(graph), encoding="utf-8")
    assert drawn(graph) == SNAPSHOT.read_text(encoding="utf-8"), __doc__


def test_what_dagster_loads_can_be_loaded():
    dg.Definitions.validate_loadable(definitions.defs())


def test_every_asset_is_described_owned_and_grouped(graph):
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert len(node.description or "") > 20, key
        assert node.owners == ["team:gpu_census"], key
        assert node.kinds, key
        assert node.group_name in {"0_reference", "1_ask", "2_history", "3_census", "4_published"}, key


def test_every_table_shows_its_columns_each_described(graph):
    every = set(graph.materializable_asset_keys) - {PUBLISHED, *AFTER}
    tables = {key for key in every if key.path[-1] != "answers"}
    for key in tables:
        schema = graph.get(key).metadata.get("dagster/column_schema")
        assert schema is not None, key
        assert schema.columns, key
        assert [column.name for column in schema.columns if not column.description] == [], key


def test_every_header_test_is_a_blocking_check_and_warnings_block_nothing(graph, monkeypatch):
    monkeypatch.delenv("GPU_CENSUS_CLOUDS")
    plan = Plan((BUNDLED_ARCHIVE,), offline=False)
    checks = {(key.asset_key.to_user_string(), key.name): graph.get(key) for key in graph.asset_check_keys}
    stated = {(model.name, test.kind) for model in plan.models for column in model.columns for test in column.tests}
    stated |= {(model.name, "unique") for model in plan.models}
    stated |= {(name, "pandera_schema") for name in ("region", "offering", "finding")}
    assert [check for check in stated if check not in checks or not checks[check].blocking] == []
    warnings = {check for check, node in checks.items() if not node.blocking}
    assert warnings == {
        *((f"{provider}/listing", "every_row_good") for provider in plan.providers),
        *((f"{provider}/answers", "asked_and_answered") for provider in live_providers()),
        ("suspicious_answer", "newest_answers_unsuspected"),
        ("region_fact", "listings_and_reference_agree"),
        ("unlocated_region", "every_region_located"),
        ("unknown_accelerator", "no_new_label"),
        ("source_coverage", "every_source_complete"),
        ("exports", "files_written"),
        ("report", "pages_written"),
    }


def test_what_a_header_test_compares_with_is_built_before(graph):
    plan = Plan((BUNDLED_ARCHIVE,))
    for model in plan.models:
        before = {key.to_user_string() for key in graph.upstream_key_iterator(dg.AssetKey(model.name))}
        compared = [test.values[0] for c in model.columns for test in c.tests if test.kind == "relationships"]
        for relation in {value.rpartition(".")[0].replace(".", "/") for value in compared}:
            assert relation in before, (model.name, relation)


def test_the_published_database_waits_for_everything_and_may_be_28_hours_old(graph):
    before = set(graph.upstream_key_iterator(PUBLISHED))
    assert before == set(graph.materializable_asset_keys) - {PUBLISHED, *AFTER}
    assert [graph.get(key).parent_keys for key in AFTER] == [{PUBLISHED}, {PUBLISHED}]
    policy = graph.get(PUBLISHED).assets_def.specs_by_key[PUBLISHED].freshness_policy
    assert policy.fail_window.to_timedelta().total_seconds() == 28 * 3600


def test_gpu_census_archives_names_the_archives(tmp_path, monkeypatch):
    first, second = tmp_path / "first", tmp_path / "second"
    write_source(first, "acme", "list")
    write_source(second, "bolt", "list")
    monkeypatch.setenv("GPU_CENSUS_ARCHIVES", f"{first}{os.pathsep}{second}")
    assert plan_from_environment().archives == (first, second)
    keys = {key.to_user_string() for key in definitions.defs().resolve_asset_graph().materializable_asset_keys}
    assert {key for key in keys if key.endswith("/listing")} == {"acme/listing", "bolt/listing"}


@pytest.mark.parametrize("named", ["", "{}/no such folder"])
def test_archives_that_are_none_are_a_clear_error(tmp_path, monkeypatch, named):
    monkeypatch.setenv("GPU_CENSUS_ARCHIVES", named.format(tmp_path))
    with pytest.raises(CensusError, match="archive"):
        definitions.defs()
