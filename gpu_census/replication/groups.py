"""Named groups of countries and territories, as of a day: what a statement's `within`, `without`, `operators` name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from gpu_census.reference.tables import reference_table

Row = dict[str, Any]
# the editions of the World Bank's income groups, each in force from its day on
WORLD_BANK = (
    (date(2023, 7, 1), "wb_income_fy24"),
    (date(2024, 7, 1), "wb_income_fy25"),
    (date(2025, 7, 1), "wb_income_fy26"),
    (date(2026, 7, 1), "wb_income_fy27"),
)


@cache
def members(names: tuple[str, ...], day: date) -> frozenset[str]:
    """The countries of these groups, or of these codes, taken together."""
    found: set[str] = set()
    for name in names:
        belongs = GROUPS.get(name)
        if belongs is None:
            found.add(name)
        else:
            found |= {
                row["country_iso2"] for row in reference_table("country").iter_rows(named=True) if belongs(row, day)
            }
    return frozenset(found)


@cache
def count_universe() -> frozenset[str]:
    """Where countries and territories are counted (METHOD 1)."""
    rows = reference_table("country")
    return frozenset(rows.filter(rows["in_count_universe"])["country_iso2"])


def _in_force(row: Row, column: str, day: date) -> bool:
    return row[column] is not None and row[column] <= day


def _world_bank(row: Row, day: date) -> str:
    """The income group in the edition of the day; the first edition held stands for all before it."""
    edition = [column for begins, column in WORLD_BANK if begins <= day] or [WORLD_BANK[0][1]]
    return row[edition[-1]] or ""


GROUPS: dict[str, Callable[[Row, date], bool]] = {
    "superpower": lambda row, day: row["superpower"],
    "europe": lambda row, day: row["un_region"] == "Europe",
    "latin_america": lambda row, day: row["un_subregion"] == "Latin America and the Caribbean",
    "imf_advanced": lambda row, day: _in_force(row, "imf_advanced_from", day),
    "imf_low_income": lambda row, day: bool(row["imf_lidc"]),
    "unctad_developed": lambda row, day: _in_force(row, "unctad_developed_from", day),
    "wb_high": lambda row, day: _world_bank(row, day) == "high",
    "wb_low_or_lower_middle": lambda row, day: _world_bank(row, day) in ("low", "lower_middle"),
}
