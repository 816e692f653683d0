"""Dates as people write them here: ISO 8601, year, month and day with hyphens, nothing else."""

from __future__ import annotations

from datetime import date

from gpu_census.errors import CensusError


def iso_date(text: str) -> date:
    """A date such as 2024-11-17. Raises `CensusError` for anything else, also for other ISO forms."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise CensusError(f"{text!r} is no ISO date such as 2024-11-17")
    return day
