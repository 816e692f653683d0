"""`gpu-census diff`: what changed between two dates, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from gpu_census.commands.completing import complete_profile
from gpu_census.commands.options import Format, day
from gpu_census.home import current_home


def diff(
    before: Annotated[str, typer.Argument(metavar="DATE", help="The earlier date (ISO).")],
    after: Annotated[str, typer.Argument(metavar="DATE", help="The later date (ISO).")],
    *,
    profile: Annotated[
        str,
        typer.Option(help="The way of counting whose tiers are compared.", autocompletion=complete_profile),
    ] = "extended",
    published: Annotated[
        bool, typer.Option("--published", help="Compare what was published on the two nights, not what is known today.")
    ] = False,
    format: Annotated[Format, typer.Option(help="A summary for people, or every change.")] = Format.table,
) -> None:
    """Say what changed between two dates, and whether it was the clouds, our coverage, the evidence or a definition."""
    from gpu_census import changes
    from gpu_census.printing import print_rows

    home = current_home()
    period = changes.period_of(home, day(before, "BEFORE"), day(after, "AFTER"), profile)
    if published:
        print_rows(changes.published_tiers(home, period), format.value)
        return
    if format is not Format.table:
        print_rows(changes.feed(home, period), format.value)
        return
    typer.echo(f"From {before} to {after}, by today's knowledge of both days.\n")
    moved = changes.tiers(home, period)
    typer.echo(f"Tiers ({profile}): {len(moved.rows)} countries and territories differ.")
    if moved.rows:
        print_rows(moved, format.value)
    typer.echo("\nAll other changes; `--format csv` lists each.")
    print_rows(changes.counts(home, period), format.value)
