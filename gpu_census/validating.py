"""Check a frame against its pandera schema, with one query for all that the schema states.

Pandera asks polars anew for each column and check. Here a frame is only ever found good; one that is not, or whose
schema states more than is known here, is left to pandera: its judgement and its report stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pandera.polars as pa
import polars as pl

# pandera's own checks, as its polars backend makes them
CHECKS: Mapping[str, Callable[..., pl.Expr]] = {
    "isin": lambda cell, allowed_values: cell.is_in(allowed_values),
    "str_matches": lambda cell, pattern: cell.str.contains(pattern if pattern.startswith("^") else f"^{pattern}"),
    "greater_than": lambda cell, min_value: cell.gt(min_value),
    "greater_than_or_equal_to": lambda cell, min_value: cell.ge(min_value),
    "less_than_or_equal_to": lambda cell, max_value: cell.le(max_value),
}
# what pandera can do to a frame or ask of it beside what is known here
OF_SCHEMA = ("dtype", "checks", "parsers", "coerce", "ordered", "add_missing_columns", "drop_invalid_rows")
OF_COLUMN = ("parsers", "coerce", "drop_invalid_rows", "regex")


def validated(rows: pl.DataFrame, schema: pa.DataFrameSchema) -> pl.DataFrame:
    """The rows, if they are as the schema states. Raises pandera's `SchemaErrors` with all faults at once."""
    return rows if is_good(rows, schema) else schema.validate(rows, lazy=True)


def is_good(rows: pl.DataFrame, schema: pa.DataFrameSchema) -> bool:
    """Whether the rows are surely as the schema states."""
    types = {name: column.dtype.type for name, column in schema.columns.items() if column.dtype}
    if not is_known(schema) or any(rows.schema.get(name) != dtype for name, dtype in types.items()):
        return False
    if schema.strict and len(rows.columns) > len(types):
        return False
    return all(rows.select(answer.alias(str(number)) for number, answer in enumerate(_answers(schema))).row(0))


def is_known(schema: pa.DataFrameSchema) -> bool:
    """Whether all that a schema states is known here."""
    columns = schema.columns.values()
    more = [getattr(schema, name) for name in OF_SCHEMA]
    more += [getattr(column, name) for column in columns for name in OF_COLUMN]
    return (
        not any(more)
        and schema.strict in (True, False)
        and all(name in [*schema.columns] for name in schema.unique or ())
        and all(column.dtype and column.required and column.default is None for column in columns)
        and all(check.name in CHECKS and not check.element_wise for column in columns for check in column.checks)
    )


def _answers(schema: pa.DataFrameSchema) -> Iterator[pl.Expr]:
    """One truth for each thing that a schema states."""
    yield pl.lit(True)
    for name, column in schema.columns.items():
        cell = pl.col(name)
        if not column.nullable:
            yield cell.null_count() == 0
        if not column.nullable and column.dtype.type.is_float():
            yield cell.is_not_nan().all()
        if column.unique:
            yield cell.is_unique().all()
        for check in column.checks:
            met = CHECKS[check.name](cell, **check.statistics)
            yield met.all() if check.ignore_na else met.fill_null(False).all()
    if schema.unique:
        yield pl.struct(schema.unique).is_unique().all()
