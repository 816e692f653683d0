"""`gpu-census refresh`: the whole flow once. `rebuild` runs the same flow over what has landed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from gpu_census.commands.completing import complete_provider
from gpu_census.commands.options import day
from gpu_census.errors import CensusError, UsageError
from gpu_census.home import Home, current_home
from gpu_census.refreshed import Refreshed
from gpu_census.repeating import Flow

NOT_PUBLISHED = 1
CENSUS_DATE = "--census-date"

CensusDate = Annotated[
    str, typer.Option(CENSUS_DATE, metavar="D", help="Take the census of this date (ISO); default today, UTC.")
]
Archives = Annotated[
    list[Path] | None,
    typer.Option(metavar="DIR", exists=True, file_okay=False, help="Read this archive too (repeatable)."),
]
Bundled = Annotated[
    bool, typer.Option("--bundled-archive/--no-bundled-archive", help="Read the archive that ships with it.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the outcome as one line of JSON.")]


def refresh(
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no cloud; use the archives and what was landed before.")
    ] = False,
    census_date: CensusDate = "",
    provider: Annotated[
        list[str] | None,
        typer.Option(
            metavar="P",
            help="Refresh only this provider (repeatable); the others stay.",
            autocompletion=complete_provider,
        ),
    ] = None,
    archive: Archives = None,
    bundled_archive: Bundled = True,
    json: Json = False,
) -> None:
    """Ask every cloud, read every listing, count, check, and publish the database."""
    run_refresh(
        census_date=day(census_date, CENSUS_DATE) if census_date else None,
        archives=archive,
        bundled=bundled_archive,
        providers=provider or (),
        offline=offline,
        as_json=json,
    )


def run_refresh(
    *,
    census_date: date | None,
    archives: list[Path] | None,
    bundled: bool,
    offline: bool,
    as_json: bool,
    providers: Sequence[str] = (),
    anew: bool = False,
) -> None:
    """Run the flow and print what came of it. Ends the command with status 1 where nothing was published."""
    home = current_home()
    from gpu_census.printing import print_outcome

    flow = Flow(home, census_date, tuple(archives or ()), bundled=bundled, offline=offline)
    try:
        outcome = flow.run(providers=providers, anew=anew) if providers or anew else flow.run_if_changed()
    except CensusError as error:
        if as_json and not isinstance(error, UsageError):
            print_outcome(Refreshed(published=False, problems=[str(error)]), home)
        raise
    _print(outcome, home, as_json=as_json)


def _print(outcome: Refreshed, home: Home, *, as_json: bool) -> None:
    """For a person or a machine. Ends the command with status 1 where nothing was published."""
    from gpu_census.printing import print_census, print_outcome, print_refreshed

    if as_json:
        print_outcome(outcome, home)
    else:
        print_refreshed(outcome, home)
    if not outcome.published:
        raise typer.Exit(NOT_PUBLISHED)
    if not as_json:
        print_census(home)
