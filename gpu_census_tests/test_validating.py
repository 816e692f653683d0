"""A frame passes in one query where pandera finds no fault, and nowhere else: every model, broken at random."""

from __future__ import annotations

import math
from datetime import date, datetime
from functools import cache

import pandera.errors
import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_census.census import published_schemas, schemas
from gpu_census.reference import schemas as reference_schemas
from gpu_census.replication import table as replication
from gpu_census.validating import CHECKS, is_good, is_known, validated

MODULES = (schemas, published_schemas, reference_schemas, replication)
MODELS = sorted(
    {
        thing
        for module in MODULES
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, pa.DataFrameModel) and thing.__module__ == module.__name__
    },
    key=lambda model: (model.__module__, model.__name__),
)
# it has a check of its own, on lists
JUDGED_BY_PANDERA = [reference_schemas.Variant]
KNOWN = [model for model in MODELS if model not in JUDGED_BY_PANDERA]

TEXTS = ["", " ", "a", "b c", " a", "a ", "a\n", "\na", "a\nb", "é", "DE", "de", "DEU", "DE\n", "XK"]
TEXTS += ["0" * 64, "f" * 63, "F" * 64, "0" * 64 + "\n", "x" + "0" * 64]
NUMBERS = [-181, -180, -91, -90, -1, 0, 1, 2, 3, 4, 90, 91, 180, 181]
VALUES = {
    pl.String: TEXTS,
    pl.Int64: NUMBERS,
    pl.Float64: [*map(float, NUMBERS), -0.0, 1e-9, math.inf, -math.inf, math.nan],
    pl.Date: [date(2020, 2, 29), date(2026, 11, 24)],
    pl.Boolean: [True, False],
    # no null within a list: pandera's report of doubled rows panics over it
    pl.List(pl.String): [[], ["a"], ["a", "b"]],
}


def schema_of(model: type[pa.DataFrameModel]) -> pa.DataFrameSchema:
    return model.to_schema()


def pandera_finds_no_fault(rows: pl.DataFrame, schema: pa.DataFrameSchema) -> bool:
    try:
        schema.validate(rows, lazy=True)
    except pandera.errors.SchemaErrors:
        return False
    return True


def stated(column: pa.Column) -> str:
    """All that a column states but its name, unless a check of the model's own may look at that."""
    checks = [(check.name, check.statistics or column.name) for check in column.checks]
    return f"{column.dtype} {column.nullable} {column.unique} {checks}"


ONE_OF_EACH = {stated(column): column for model in MODELS for column in schema_of(model).columns.values()}


def one_cell(column: pa.Column, value: object) -> pl.DataFrame:
    return pl.DataFrame({column.name: [value]}, schema={column.name: column.dtype.type})


@cache
def judged_values(of: str) -> tuple[list[object], list[object]]:
    """What a column may hold by pandera's word, and what not."""
    column = ONE_OF_EACH[of]
    allowed = [value for check in column.checks for value in check.statistics.get("allowed_values", ())]
    schema = pa.DataFrameSchema({column.name: column})
    good: list[object] = []
    bad: list[object] = []
    for value in [None, *allowed, *VALUES[column.dtype.type]]:
        (good if pandera_finds_no_fault(one_cell(column, value), schema) else bad).append(value)
    return good, bad


@st.composite
def frames(draw: st.DrawFn, model: type[pa.DataFrameModel]) -> pl.DataFrame:
    """Rows that are good but for keys that stand twice by chance; in half of all frames one column is broken."""
    columns = schema_of(model).columns
    height = draw(st.integers(0, 5))
    cells = {
        name: draw(st.lists(st.sampled_from(judged_values(stated(column))[0]), min_size=height, max_size=height))
        for name, column in columns.items()
    }
    rows = pl.DataFrame(cells, schema={name: column.dtype.type for name, column in columns.items()})
    return broken(draw, model, rows) if draw(st.booleans()) else rows


def broken(draw: st.DrawFn, model: type[pa.DataFrameModel], rows: pl.DataFrame) -> pl.DataFrame:
    name = draw(st.sampled_from(rows.columns))
    bad = judged_values(stated(schema_of(model).columns[name]))[1]
    how = draw(st.sampled_from(["cell"] * 4 + ["column missing", "column more", "type", "names", "upside down"]))
    if how == "cell" and bad and rows.height:
        cells = rows[name].to_list()
        cells[draw(st.integers(0, rows.height - 1))] = draw(st.sampled_from(bad))
        return rows.with_columns(pl.Series(name, cells, dtype=rows.schema[name]))
    if how == "column missing":
        return rows.drop(name)
    if how == "column more":
        return rows.with_columns(more=pl.lit(1))
    if how == "type":
        return rows.with_columns(pl.lit(datetime(2026, 1, 1)).alias(name))
    if how == "names":
        return rows.rename({name: name.upper()})
    return rows.select(reversed(rows.columns))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.__module__}.{model.__name__}")
def test_what_passes_is_what_pandera_passes(model):
    schema = schema_of(model)
    seen = set()

    # few are enough: each value is judged below, so that this is about frames, and every model has some of each kind
    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(rows=frames(model))
    def compare(rows: pl.DataFrame) -> None:
        good = pandera_finds_no_fault(rows, schema)
        seen.add(good)
        if model in JUDGED_BY_PANDERA:
            assert not is_good(rows, schema)
        else:
            assert is_good(rows, schema) == good
        if good:
            assert validated(rows, schema).equals(rows)
        else:
            with pytest.raises(pandera.errors.SchemaErrors):
                validated(rows, schema)

    compare()
    assert seen == {True, False}


@pytest.mark.parametrize("of", [of for of in ONE_OF_EACH if "every_word_is_known" not in of])
def test_every_value_is_judged_as_pandera_judges_it(of):
    column = ONE_OF_EACH[of]
    schema = pa.DataFrameSchema({column.name: column})
    good, bad = judged_values(of)
    assert good
    assert all(is_good(one_cell(column, value), schema) for value in good)
    assert not any(is_good(one_cell(column, value), schema) for value in bad)


def test_every_model_but_those_with_checks_of_their_own_is_known():
    assert [model for model in MODELS if not is_known(schema_of(model))] == JUDGED_BY_PANDERA


def test_every_check_that_is_known_is_used():
    """A check that no model states could not be compared with pandera's."""
    used = {check.name for model in KNOWN for column in schema_of(model).columns.values() for check in column.checks}
    assert used == {*CHECKS}


TWO = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
NUMBER, TEXT = pa.Column(pl.Int64), pa.Column(pl.String, nullable=True)
NEVER = pa.Check(lambda data: data.lazyframe.select(pl.lit(False)))
ABOVE_ONE = pa.Check(lambda cell: cell > 1, element_wise=True)
MORE_THAN_IS_KNOWN = {
    "a type for all": pa.DataFrameSchema({"a": NUMBER}, dtype=pl.Int64),
    "a check over the frame": pa.DataFrameSchema({"a": NUMBER}, checks=NEVER),
    "another check": pa.DataFrameSchema({"a": pa.Column(pl.Int64, pa.Check.notin([1]))}),
    "a check of each cell": pa.DataFrameSchema({"a": pa.Column(pl.Int64, ABOVE_ONE)}),
    "types made right": pa.DataFrameSchema({"a": pa.Column(pl.String, coerce=True)}),
    "all types made right": pa.DataFrameSchema({"a": pa.Column(pl.String)}, coerce=True),
    "an order": pa.DataFrameSchema({"b": TEXT, "a": NUMBER}, ordered=True),
    "columns left out": pa.DataFrameSchema({"a": NUMBER}, strict="filter"),
    "columns added": pa.DataFrameSchema({"a": NUMBER, "c": TEXT}, add_missing_columns=True),
    "rows left out": pa.DataFrameSchema({"a": pa.Column(pl.Int64, pa.Check.gt(1))}, drop_invalid_rows=True),
    "a pattern of names": pa.DataFrameSchema({"^[ab]$": pa.Column(pl.Int64, regex=True)}),
    "what may be missing": pa.DataFrameSchema({"a": NUMBER, "c": pa.Column(pl.Int64, required=False)}),
    "what stands for null": pa.DataFrameSchema({"b": pa.Column(pl.String, default="y")}),
    "any type": pa.DataFrameSchema({"a": pa.Column(None)}),
    "several keys": pa.DataFrameSchema({"a": NUMBER, "b": TEXT}, unique=[["a"], ["b"]]),
    "a key of what is no column": pa.DataFrameSchema({"a": NUMBER}, unique=["a", "c"]),
}  # fmt: skip


@pytest.mark.parametrize("schema", MORE_THAN_IS_KNOWN.values(), ids=MORE_THAN_IS_KNOWN)
def test_what_is_not_known_is_left_to_pandera(schema):
    assert not is_good(TWO, schema)
    if pandera_finds_no_fault(TWO, schema):
        assert validated(TWO, schema).equals(schema.validate(TWO, lazy=True))
        return
    reports = []
    for judge in (lambda: schema.validate(TWO, lazy=True), lambda: validated(TWO, schema)):
        with pytest.raises(pandera.errors.SchemaErrors) as raised:
            judge()
        reports.append(raised.value.failure_cases)
    assert reports[0].equals(reports[1])


def test_a_check_that_counts_nulls_is_not_met_by_null():
    schema = pa.DataFrameSchema({"b": pa.Column(pl.String, pa.Check.isin(["x"], ignore_na=False), nullable=True)})
    assert not is_good(TWO, schema)
    assert not pandera_finds_no_fault(TWO, schema)
    assert is_good(TWO.head(1), schema)
    assert pandera_finds_no_fault(TWO.head(1), schema)


def test_a_frame_that_fails_is_told_as_pandera_tells_it():
    with pytest.raises(pandera.errors.SchemaErrors) as raised:
        validated(TWO, pa.DataFrameSchema({"a": pa.Column(pl.Int64, pa.Check.gt(1)), "b": pa.Column(pl.String)}))
    assert raised.value.failure_cases["column"].to_list() == ["a", "b"]
