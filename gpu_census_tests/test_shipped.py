"""What ships of the SQL models is what they say; `python -m gpu_census.assets.catalog` writes it anew."""

from __future__ import annotations

import pytest

from gpu_census.assets.plan import Plan
from gpu_census.home import BUNDLED_ARCHIVE
from gpu_census.warehouse import shipped as shipped_module
from gpu_census.warehouse.lineage import column_lineage, columns_of, lineage_digest, worked_out
from gpu_census.warehouse.shipped import Shipped, digest_of, shipped, write_shipped
from gpu_census.warehouse.sql_parsing import parse_sql
from gpu_census.warehouse.sql_text import read_sql

PLAN = Plan((BUNDLED_ARCHIVE,))
ANEW = "run `python -m gpu_census.assets.catalog` and commit what it writes"


def test_every_model_ships_with_how_it_reads_and_nothing_else_does():
    assert {digest_of(model.sql) for model in PLAN.models} == set(shipped().statements), ANEW
    digests = {lineage_digest(model, columns_of(model, PLAN.relations, PLAN.models)) for model in PLAN.models}
    assert digests == set(shipped().lineage), ANEW


@pytest.mark.parametrize("model", PLAN.models, ids=lambda model: model.name)
def test_what_ships_of_a_model_is_what_sqlglot_says_of_it(model):
    assert shipped().statements[digest_of(model.sql)] == parse_sql(model.sql)


@pytest.mark.parametrize("name", ["region_level", "offering", "country_accelerator"])
def test_the_lineage_that_ships_is_what_sqlglot_says(name):
    (model,) = [model for model in PLAN.models if model.name == name]
    upstream = columns_of(model, PLAN.relations, PLAN.models)
    assert shipped().lineage[lineage_digest(model, upstream)] == worked_out(model, upstream)


def test_a_changed_model_is_worked_out_and_kept(tmp_path, monkeypatch):
    (model,) = [model for model in PLAN.models if model.name == "region_level"]
    upstream = columns_of(model, PLAN.relations, PLAN.models)
    known = column_lineage(model, upstream, tmp_path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr("gpu_census.warehouse.lineage.shipped", Shipped)
    assert column_lineage(model, upstream, tmp_path) == known
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"statements": 1}'])
def test_without_a_readable_file_everything_is_worked_out(tmp_path, monkeypatch, content):
    path = tmp_path / "shipped.json"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(shipped_module, "SHIPPED", path)
    shipped.cache_clear()
    try:
        assert shipped() == Shipped()
        assert read_sql("SELECT 1 AS one").selected == ("one",)
    finally:
        monkeypatch.undo()
        shipped.cache_clear()


def test_what_is_written_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped_module, "SHIPPED", tmp_path / "shipped.json")
    found = Shipped({"a": parse_sql("SELECT n FROM events")}, {"b": {"n": [("events", "n")]}})
    write_shipped(found)
    try:
        assert shipped() == found
    finally:
        monkeypatch.undo()
        shipped.cache_clear()
