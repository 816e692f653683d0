"""The command line: which commands there are, and how errors end. Each command is a module of `gpu_census.commands`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import typer

from gpu_census.commands.diff import diff
from gpu_census.commands.every_command import with_common_options
from gpu_census.commands.export import export
from gpu_census.commands.providers import providers
from gpu_census.commands.rebuild import rebuild
from gpu_census.commands.refresh import refresh
from gpu_census.commands.replicate import replicate
from gpu_census.commands.report import report
from gpu_census.commands.shell import shell
from gpu_census.commands.sources import sources
from gpu_census.commands.sql import sql
from gpu_census.commands.ui import ui
from gpu_census.errors import CensusError, UsageError

FAILED, WRONG_USAGE = 1, 2

app = typer.Typer(
    name="gpu-census",
    help="The living census of the world's public-cloud AI compute.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# in the order in which --help shows them
COMMANDS: list[Callable[..., None]] = [
    refresh,
    rebuild,
    ui,
    report,
    sql,
    shell,
    sources,
    providers,
    diff,
    replicate,
    export,
]
# what a person is told while a command that takes a while runs
DOING = {
    "export": "writing the files",
    "report": "drawing the report",
    "replicate": "comparing with what was published",
}
for command in COMMANDS:
    app.command()(with_common_options(command, doing=DOING.get(command.__name__, "")))


def main() -> None:
    """Run the CLI; an error that a person can put right is one message, not a traceback."""
    try:
        app()
    except SystemExit as ending:
        _leave(ending.code if isinstance(ending.code, int) else int(bool(ending.code)))
    except (CensusError, OSError) as error:
        typer.echo(f"gpu-census: {_told(error)}", err=True)
        _leave(WRONG_USAGE if isinstance(error, UsageError) else FAILED)


def _leave(status: int) -> NoReturn:
    """End now: everything is closed and written, and taking a million objects apart one by one takes a second."""
    with suppress(OSError):  # whoever reads us may have gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        where = f"{error.filename}: {error.strerror}"
        return f"{where}; put that right, or choose another folder (GPU_CENSUS_HOME is where everything is kept)"
    return str(error)
