"""Options that several commands take, and how their text is read."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import typer

from gpu_census.dates import iso_date
from gpu_census.errors import CensusError


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


def day(text: str, name: str) -> date:
    """A date that a person gave. Raises typer's `BadParameter`, which ends in wrong usage."""
    try:
        return iso_date(text)
    except CensusError as error:
        raise typer.BadParameter(str(error), param_hint=name) from None
