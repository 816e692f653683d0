"""`gpu-census shell`: an SQL editor in the terminal, over the published database."""

from __future__ import annotations

import importlib.util
import os
import sys

from gpu_census.errors import CensusError, UsageError
from gpu_census.home import current_home


def shell() -> None:
    """Open the published database in Harlequin, an SQL editor for the terminal, read-only."""
    from gpu_census.reading import published_file

    path = published_file(current_home())
    if importlib.util.find_spec("harlequin") is None:
        raise CensusError(
            "the shell is Harlequin, which is not installed: `pip install 'gpu-census[shell]'`; "
            "`gpu-census sql` needs nothing more"
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the shell needs a terminal; `gpu-census sql -` reads a query from standard input")
    # a profile or start script of the reader's own could open another database, or this one otherwise
    options = ["--adapter", "duckdb", "--profile", "None", "--read-only", "--no-init"]
    os.execv(sys.executable, [sys.executable, "-m", "harlequin", *options, str(path)])
