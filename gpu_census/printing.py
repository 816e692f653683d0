"""What is answered on the terminal: the outcome of a refresh, the census, rows of a query.

Progress and other notes belong in `terminal`.
"""

from __future__ import annotations

import csv
import datetime as dt
import numbers
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gpu_census import summary
from gpu_census.home import Home
from gpu_census.reading import Rows, read_public
from gpu_census.terminal import notes

if TYPE_CHECKING:
    from gpu_census.refreshed import Refreshed

PIPE_WIDTH = 10_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def print_refreshed(outcome: Refreshed, home: Home) -> None:
    """Problems and warnings, each on its own line."""
    console = notes()
    if outcome.requests:
        told = ", ".join(f"{provider} {requests}" for provider, requests in sorted(outcome.requests.items()))
        console.print(f"Asked: {told} requests.")
    for warning in outcome.warnings:
        console.print(f"warning: {escape(warning)}")
    for problem in outcome.problems:
        typer.echo(f"error: {problem}", err=True)
    if not outcome.published:
        kept = "the published database stays as it was" if home.public_database.exists() else "nothing was published"
        console.print(f"Not published: {kept}.")
    elif not outcome.swapped:
        console.print("Checked, unchanged: the published file stays as it is.")


def print_outcome(outcome: Refreshed, home: Home) -> None:
    """The outcome of a refresh for a machine: one line of JSON."""
    census_date = read_public(home, summary.AGE).rows[0][0] if outcome.published else None
    told = {
        "published": outcome.published,
        "swapped": outcome.published and outcome.swapped,
        "census_date": census_date,
        "path": str(home.public_database) if outcome.published else None,
        "problems": outcome.problems,
        "warnings": outcome.warnings,
        "requests": outcome.requests,
    }
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")


def print_census(home: Home) -> None:
    """The census in short, and where the whole of it is."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)
    age = read_public(home, summary.AGE).rows[0]
    console.print(f"\nAI compute census of {age[0]}", style="bold")
    console.print(_tier_table(read_public(home, summary.TIERS)))
    console.print("The range is what the evidence leaves open, not a margin of error.\n")
    console.print(_largest_table(read_public(home, summary.LARGEST)))
    console.print(
        f"Evidence: median age {_days(age[1])}, oldest {_days(age[2])}, "
        f"{int(age[3] or 0)} % older than 180 days; {age[4]} regions not observed."
    )
    console.print(f"Database: {home.public_database}", soft_wrap=True)


def _days(value: float | None) -> str:
    return "unknown" if value is None else f"{int(value)} days"


def _tier_table(found: Rows) -> Table:
    table = Table(title="Countries and territories", title_justify="left", title_style="")
    for name in ("profile", "with a region", "with an accelerator", "North", "South", "Desert"):
        table.add_column(name, justify="left" if name == "profile" else "right")
    for profile, with_region, with_accelerator, *counts in found.rows:
        ranges = [f"{n} ({low}-{high})" for n, low, high in zip(*[iter(counts)] * 3, strict=True)]
        table.add_row(profile, str(with_region), str(with_accelerator), *ranges)
    return table


def _largest_table(found: Rows) -> Table:
    table = Table(title="The ten largest, profile extended", title_justify="left", title_style="")
    for name in ("country or territory", "regions", "with an accelerator", "V100", "A100", "H100"):
        table.add_column(name, justify="left" if name.startswith("country") else "right")
    for name, regions, gpu, low, high, *models in found.rows:
        table.add_row(_shown(name), str(regions), f"{gpu} ({low}-{high})", *map(str, models))
    return table


def print_rows(found: Rows, form: str) -> None:
    """Rows as a table for people, as CSV that a spreadsheet will not run, or as JSON."""
    if form == "json":
        rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
        encoder = msgspec.json.Encoder(enc_hook=str, decimal_format="number")
        sys.stdout.write(encoder.encode(rows).decode() + "\n")
    elif form == "csv":
        plain = csv.writer(sys.stdout, lineterminator="\n")
        quoted = csv.writer(sys.stdout, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for row in (found.columns, *found.rows):
            cells = [_csv_cell(value) for value in row]
            # a bare carriage return ends a line for many readers, and the csv module does not quote it
            writer = quoted if any("\r" in cell for cell in cells if isinstance(cell, str)) else plain
            writer.writerow(cells)
    else:
        table = Table(*(_shown(name) for name in found.columns))
        for row in found.rows:
            table.add_row(*(_shown(value) for value in row))
        Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)


def print_resting() -> None:
    """The sources that a refresh from here would not ask, and what each lacks."""
    from gpu_census.providers import live_sources
    from gpu_census.providers.readiness import why_not_asked

    resting = [(source, reason) for source in live_sources() if (reason := why_not_asked(source))]
    console = notes()
    if resting:
        console.print("\nNot asked from here:")
    for source, reason in resting:
        console.print(f"  {source.provider}/{source.name} ({source.evidence}) {escape(reason)}")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _shown(value: Any) -> str:
    """Text for a terminal: a name must not move the cursor or colour the screen."""
    return escape("".join(character if character.isprintable() else " " for character in _text(value)))


def _csv_cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, numbers.Number) or value is None:
        return value
    text = _text(value)
    return f"'{text}" if text.startswith(FORMULA) else text
