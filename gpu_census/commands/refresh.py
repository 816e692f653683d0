"""`gpu-census refresh`: the whole flow once. `rebuild` runs the same flow over what has landed."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from gpu_census.commands.completing import complete_provider
from gpu_census.commands.options import day
from gpu_census.errors import CensusError, UsageError
from gpu_census.home import Home, current_home
from gpu_census.refreshed import Refreshed

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
    gc.set_threshold(200_000, 50, 100)  # a short run of many small objects: collecting them took a tenth of it
    home = current_home()
    from gpu_census import unchanged
    from gpu_census.printing import print_outcome
    from gpu_census.switches import drawn_from_environment, offline_from_environment

    inputs = ""
    if (offline or offline_from_environment()) and not (providers or anew):
        on_date = census_date or datetime.now(UTC).date()
        inputs = unchanged.inputs_of(
            home, census_date=on_date, archives=archives or (), bundled=bundled, drawn=drawn_from_environment()
        )
        warnings = unchanged.warnings_if_unchanged(home, inputs)
        if warnings is not None:
            _print(Refreshed(published=True, warnings=warnings, swapped=False), home, as_json=as_json)
            return
    from gpu_census.refresh import refresh as run
    from gpu_census.terminal import refresh_progress

    try:
        with refresh_progress() as progress:
            outcome = run(
                home.prepare(),
                census_date=census_date,
                archives=archives or (),
                bundled=bundled,
                providers=providers,
                offline=offline,
                anew=anew,
                progress=progress,
            )
    except CensusError as error:
        if as_json and not isinstance(error, UsageError):
            print_outcome(Refreshed(published=False, problems=[str(error)]), home)
        raise
    if inputs and outcome.published:
        unchanged.note_published(home, inputs, outcome.warnings)
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
