"""The commands. They parse, call, and print; heavy imports stand inside the functions that need them."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from gpu_census.commands.diff import diff
from gpu_census.commands.export import export
from gpu_census.commands.options import Format, day
from gpu_census.commands.replicate import replicate
from gpu_census.commands.report import report
from gpu_census.errors import CensusError, UsageError
from gpu_census.home import CHECKOUT, current_home

app = typer.Typer(
    name="gpu-census",
    help="The living census of the world's public-cloud AI compute.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

NOT_PUBLISHED, WRONG_USAGE = 1, 2
CENSUS_DATE = "--census-date"


CensusDate = Annotated[str, typer.Option(metavar="D", help="Take the census of this date (ISO); default today, UTC.")]
Archives = Annotated[
    list[Path] | None,
    typer.Option(metavar="DIR", exists=True, file_okay=False, help="Read this archive too (repeatable)."),
]
Bundled = Annotated[
    bool, typer.Option("--bundled-archive/--no-bundled-archive", help="Read the archive that ships with it.")
]


@app.command()
def refresh(
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no cloud; use the archives and what was landed before.")
    ] = False,
    census_date: CensusDate = "",
    provider: Annotated[
        list[str] | None,
        typer.Option(metavar="P", help="Refresh only this provider (repeatable); the others stay."),
    ] = None,
    archive: Archives = None,
    bundled_archive: Bundled = True,
) -> None:
    """Ask every cloud, read every listing, count, check, and publish the database."""
    on_day = day(census_date, CENSUS_DATE) if census_date else None
    _run(census_date=on_day, archives=archive, bundled=bundled_archive, providers=provider or (), offline=offline)


@app.command()
def rebuild(
    *,
    census_date: CensusDate = "",
    archive: Archives = None,
    bundled_archive: Bundled = True,
) -> None:
    """Make everything again from the landed answers and the archives, with today's provider files. Asks nobody."""
    on_day = day(census_date, CENSUS_DATE) if census_date else _published_date()
    _run(census_date=on_day, archives=archive, bundled=bundled_archive, offline=True, anew=True)


@app.command()
def ui(
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the UI listens, on this machine only.")] = 3000,
) -> None:
    """Open the Dagster UI of this census, with its nightly schedule."""
    home = current_home().prepare()
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ["GPU_CENSUS_HOME"] = str(home.root)
    workspace = CHECKOUT / "workspace.yaml"
    where = ["-w", str(workspace)] if workspace.exists() else ["-m", "gpu_census.definitions"]
    _refuse_taken(port)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # inherited as ignored by a job in the background
    typer.echo(f"Dagster UI on http://127.0.0.1:{port} (Ctrl-C stops it); data in {home.root}")
    dagster = str(Path(sys.executable).with_name("dagster"))
    os.execv(dagster, [dagster, "dev", *where, "-h", "127.0.0.1", "-p", str(port)])


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A query, such as: FROM compute_tier WHERE tier = 'north'")],
    *,
    format: Annotated[Format, typer.Option(help="How to print the rows.")] = Format.table,
) -> None:
    """Query the published database, read-only."""
    from gpu_census.printing import print_rows
    from gpu_census.reading import read_public

    print_rows(read_public(current_home(), query), format.value)


@app.command()
def sources() -> None:
    """List every source: evidence, how much it answered, how old what is used of it is, and who was not asked."""
    from gpu_census.printing import print_resting, print_rows
    from gpu_census.reading import SOURCES, read_public

    print_rows(read_public(current_home(), SOURCES), Format.table.value)
    print_resting()


@app.command()
def providers() -> None:
    """List every provider: regions, regions with a counted accelerator, countries."""
    from gpu_census.printing import print_rows
    from gpu_census.reading import PROVIDERS, read_public

    print_rows(read_public(current_home(), PROVIDERS), Format.table.value)


def _run(
    *,
    census_date: date | None,
    archives: list[Path] | None,
    bundled: bool,
    offline: bool,
    providers: Sequence[str] = (),
    anew: bool = False,
) -> None:
    gc.set_threshold(200_000, 50, 100)  # a short run of many small objects: collecting them took a tenth of it
    home = current_home().prepare()
    from gpu_census.printing import print_census, print_refreshed, refresh_progress
    from gpu_census.refresh import refresh as run

    with refresh_progress() as progress:
        outcome = run(
            home,
            census_date=census_date,
            archives=archives or (),
            bundled=bundled,
            providers=providers,
            offline=offline,
            anew=anew,
            progress=progress,
        )
    print_refreshed(outcome, home)
    if not outcome.published:
        raise typer.Exit(NOT_PUBLISHED)
    print_census(home)


def _published_date() -> date | None:
    """The date of the published census; None where there is none."""
    from gpu_census.reading import read_public

    home = current_home()
    return read_public(home, "SELECT census_date FROM census").rows[0][0] if home.public_database.exists() else None


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CensusError(f"port {port} cannot be used ({error.strerror}); choose another with --port") from None


# of gpu_census.commands, in the order in which --help shows them
COMMANDS: list[Callable[..., None]] = [diff, export, replicate, report]
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run the CLI; an error that a person can put right is one message, not a traceback."""
    try:
        app()
    except (CensusError, OSError) as error:
        typer.echo(f"gpu-census: {error}", err=True)
        sys.exit(WRONG_USAGE if isinstance(error, UsageError) else NOT_PUBLISHED)
