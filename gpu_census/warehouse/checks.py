"""Check a built table: the tests its header states, and for the three core tables their pandera schema.

Every check says how many rows fail it and shows some. A failed blocking check keeps the census from being published;
a warning only marks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pandera.errors
import polars as pl

from gpu_census.census.published_schemas import IMPOSSIBLE, NEVER_EMPTY, PUBLISHED_SCHEMAS
from gpu_census.validating import validated
from gpu_census.warehouse.sql_models import ColumnTest, SqlModel

SHOWN = 5
WARNINGS = {
    "unlocated_region": ("every_region_located", "TRUE", "No listed region is without a country."),
    "unknown_accelerator": (
        "no_new_label",
        "reason = 'new'",
        "No label is new to the reference table.",
    ),
    "source_coverage": (
        "every_source_complete",
        "NOT complete AND answered > 0",
        "No source answered only in part.",
    ),
}


@dataclass(frozen=True)
class Check:
    """A check to make: `failing` is SQL that selects the rows that fail it; None for the pandera schema."""

    name: str
    description: str
    failing: str | None = None
    blocking: bool = True


@dataclass(frozen=True)
class Outcome:
    """What a check found."""

    check: Check
    failures: int
    examples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether no row fails."""
        return self.failures == 0


def checks_of(model: SqlModel) -> list[Check]:
    """Every check of a model: one for each kind of test its header states, its schema, the vocabulary."""
    found = [_unique(model), *_header_checks(model)]
    for name, (text, failing) in IMPOSSIBLE.get(model.name, {}).items():
        found.append(Check(name, text, failing))
    if model.name in NEVER_EMPTY:
        empty = f"SELECT 'empty' AS found WHERE NOT EXISTS (FROM {model.name})"
        found.append(Check("not_empty", "The table has rows.", empty))
    if model.name in PUBLISHED_SCHEMAS:
        found.append(Check("pandera_schema", "The table, read back, passes its pandera schema."))
    if model.name in WARNINGS:
        name, condition, text = WARNINGS[model.name]
        found.append(Check(name, text, f"SELECT * FROM {model.name} WHERE {condition}", blocking=False))
    return found


def run_check(connection: duckdb.DuckDBPyConnection, model: SqlModel, check: Check) -> Outcome:
    """Make one check on the built table."""
    if check.failing is None:
        return _pandera(connection, model, check)
    count = int(connection.execute(f"SELECT count(*) FROM ({check.failing})").fetchall()[0][0])
    examples = pl.DataFrame(connection.sql(f"FROM ({check.failing}) LIMIT {SHOWN}")).to_dicts() if count else []
    return Outcome(check, count, examples)


def _header_checks(model: SqlModel) -> Iterator[Check]:
    """`not_null`, `accepted_values`, `relationships`: each over all columns whose header line states it."""
    for kind, condition in (
        ("not_null", _is_null),
        ("accepted_values", _is_not_accepted),
        ("relationships", _is_unrelated),
    ):
        tested = {
            column.name: condition(column.name, test)
            for column in model.columns
            for test in column.tests
            if test.kind == kind
        }
        if tested:
            columns = ", ".join(tested)
            shown = ", ".join(dict.fromkeys([*model.grain, *tested]))
            failing = f"SELECT {shown} FROM {model.name} WHERE {' OR '.join(tested.values())}"
            yield Check(kind, f"The header's {kind} test of {columns}.", failing)


def _is_null(column: str, _: ColumnTest) -> str:
    return f"{column} IS NULL"


def _is_not_accepted(column: str, test: ColumnTest) -> str:
    accepted = ", ".join("'" + value.replace("'", "''") + "'" for value in test.values)
    return f"({column} IS NOT NULL AND {column} NOT IN ({accepted}))"


def _is_unrelated(column: str, test: ColumnTest) -> str:
    relation, _, key = test.values[0].rpartition(".")
    return f"({column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {relation} WHERE {key} IS NOT NULL))"


def _unique(model: SqlModel) -> Check:
    """No row stands twice by the grain, and no value in a column whose header line says `unique`; null is no value."""
    grain = ", ".join(model.grain)
    singles = [column.name for column in model.columns if any(test.kind == "unique" for test in column.tests)]
    parts = [f"SELECT {grain}, count(*) AS times FROM {model.name} GROUP BY {grain} HAVING count(*) > 1"]
    for name in singles:
        known = f"FROM {model.name} WHERE {name} IS NOT NULL"
        parts.append(f"SELECT {name}, count(*) AS times {known} GROUP BY {name} HAVING count(*) > 1")
    return Check("unique", f"One row per {' and per '.join([grain, *singles])}.", " UNION ALL BY NAME ".join(parts))


def _pandera(connection: duckdb.DuckDBPyConnection, model: SqlModel, check: Check) -> Outcome:
    rows = pl.DataFrame(connection.sql(f"FROM {model.name}"))
    try:
        validated(rows, PUBLISHED_SCHEMAS[model.name].to_schema())
    except pandera.errors.SchemaErrors as error:
        return Outcome(check, error.failure_cases.height, error.failure_cases.head(SHOWN).to_dicts())
    return Outcome(check, 0)
