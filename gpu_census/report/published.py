"""Ask the published database for one date: its tables, or what they were on a day before. Holds no query of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

import duckdb

from gpu_census.errors import UsageError

Row = dict[str, Any]


class Published:
    """A published census as of one date; without a date, of its own."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, on_date: date | None = None) -> None:
        self._connection = connection
        self.census_date: date = self.rows("SELECT census_date FROM census")[0]["census_date"]
        if on_date and on_date > self.census_date:
            raise UsageError(f"{on_date} is after the census, which is of {self.census_date}; choose an earlier --date")
        self.date = on_date or self.census_date

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """The rows of a query, each by column name."""
        cursor = self._connection.execute(query, list(values))
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def has(self, *names: str) -> bool:
        """Whether every one of these tables is there; an older database has fewer."""
        return self._tables.issuperset(names)

    def of(self, name: str) -> str:
        """What stands after FROM for a table: the table itself on its own date, before that its macro if it has one."""
        if self.date == self.census_date or f"{name}_as_of" not in self._macros:
            return name
        return f"{name}_as_of(DATE '{self.date.isoformat()}')"

    def on_days(self, name: str, days: Sequence[date]) -> str:
        """What stands after FROM for a table as of several days at once, which `census_date` tells apart."""
        if list(days) == [self.census_date]:
            return name
        listed = ", ".join(f"DATE '{day.isoformat()}'" for day in days)
        # planned once for all days: planning is most of what a macro takes
        return f"(SELECT unnest([{listed}]) AS day), {name}_as_of(day)"

    @cached_property
    def _tables(self) -> frozenset[str]:
        found = self._connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        return frozenset(name for (name,) in found)

    @cached_property
    def _macros(self) -> frozenset[str]:
        found = self._connection.execute(
            "SELECT function_name FROM duckdb_functions() WHERE function_type = 'table_macro' AND NOT internal"
        ).fetchall()
        return frozenset(name for (name,) in found)
