"""Turn a model's SELECT into a table of the census date and into a macro of any date.

The text of the SELECT stays as it was written; only the names of history-backed relations are replaced, and each
keeps its name as its alias.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from gpu_census.warehouse.relations import Relation
from gpu_census.warehouse.sql_models import SqlModel, without_header


def table_statement(model: SqlModel, relations: dict[str, Relation], census_date: date) -> str:
    """`CREATE TABLE`: histories as of the census date, other models as the tables they already are."""
    histories = {name for name in model.upstream if name in relations and relations[name].as_of}
    select = _replaced(model, histories, lambda name: f"{name}_as_of(DATE '{census_date}')")
    return f"CREATE OR REPLACE TABLE {model.name} AS\n{select}"


def macro_statement(model: SqlModel, backed: Collection[str]) -> str:
    """`CREATE MACRO <model>_as_of(as_of)`: every history-backed relation as of that date, models included."""
    select = _replaced(model, backed, lambda name: f"{name}_as_of(as_of)")
    return f"CREATE OR REPLACE MACRO {model.name}_as_of(as_of) AS TABLE\n{select}"


def base_macro_statement(relation: Relation) -> str:
    """The macro of a table with history: its rows that hold on a date."""
    return f"CREATE OR REPLACE MACRO {relation.name}_as_of(as_of) AS TABLE\n{relation.as_of}"


def _replaced(model: SqlModel, names: Collection[str], call: Callable[[str], str]) -> str:
    text = model.sql
    for reference in reversed(model.references):
        if reference.name in names:
            alias = "" if reference.aliased else f" AS {reference.name}"
            text = text[: reference.start] + call(reference.name) + alias + text[reference.end :]
    return without_header(text)
