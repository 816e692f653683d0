"""Turn a model's SELECT into a table of the census date and into a macro of any date.

The text of a SELECT stays as it was written; only the names of tables with history are replaced, and each keeps its
name as its alias. A macro carries the models that it is made from as common table expressions of their own names, so
that each is worked out once however often it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from gpu_census.warehouse.relations import Relation, interval_relation
from gpu_census.warehouse.sql_models import SqlModel
from gpu_census.warehouse.sql_text import without_header

ANY_DAY = "as_of"


def table_statement(model: SqlModel, relations: dict[str, Relation], census_date: date) -> str:
    """`CREATE TABLE`: histories as of the census date, everything else as the tables they already are.

    A model of all dates reads histories whole. Rows lie in the order of the grain: like values side by side pack well.
    """
    select = model.body
    if not model.all_dates:
        select = _replaced(model, lambda name: _as_of_or_table(name, relations, f"DATE '{census_date}'"))
    order = ", ".join(model.grain)
    return f"CREATE OR REPLACE TABLE {model.name} AS\nSELECT * FROM (\n{select}\n) ORDER BY {order}"


def macro_statement(model: SqlModel, relations: dict[str, Relation], made_from: Sequence[SqlModel]) -> str:
    """`CREATE MACRO <model>_as_of(as_of)`; `made_from` are the models it reads, directly or not, in order."""
    parts = [f"{other.name} AS (\n{_any_date(other, relations)}\n)" for other in made_from]
    head = f"WITH {', '.join(parts)}\n" if parts else ""
    select = f"{head}SELECT * FROM (\n{_any_date(model, relations)}\n)"
    return f"CREATE OR REPLACE MACRO {model.name}_as_of(as_of) AS TABLE\n{select}"


def with_models_of_all_dates(relations: Mapping[str, Relation], models: Iterable[SqlModel]) -> dict[str, Relation]:
    """What a model may read as a table: what Python writes, and the models that are of all dates."""
    whole = {
        model.name: interval_relation(
            model.name,
            model.description,
            {column.name: column.description for column in model.columns},
            is_history=model.is_history,
        )
        for model in models
        if model.all_dates
    }
    return {**relations, **whole}


def base_macro_statement(relation: Relation) -> str:
    """The macro of a table with history: its rows that hold on a date."""
    return f"CREATE OR REPLACE MACRO {relation.name}_as_of(as_of) AS TABLE\n{relation.as_of}"


def _any_date(model: SqlModel, relations: dict[str, Relation]) -> str:
    return _replaced(model, lambda name: _as_of_or_table(name, relations, ANY_DAY))


def _as_of_or_table(name: str, relations: dict[str, Relation], day: str) -> str:
    """Histories as of the day. A macro names other tables with their schema, or a caller's CTE could replace them."""
    if name not in relations:
        return name
    if relations[name].as_of:
        return f"{name}_as_of({day})"
    return name if "." in name or day != ANY_DAY else f"main.{name}"


def _replaced(model: SqlModel, called: Callable[[str], str]) -> str:
    text = model.sql
    for reference in reversed(model.references):
        put = called(reference.name)
        if put != reference.name:
            alias = "" if reference.aliased else f" AS {reference.name}"
            text = text[: reference.start] + put + alias + text[reference.end :]
    return without_header(text)
