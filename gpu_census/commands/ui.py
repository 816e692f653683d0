"""`gpu-census ui`: the Dagster UI over this census, its run history and its nightly schedule."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from gpu_census.errors import CensusError
from gpu_census.home import CHECKOUT, current_home


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


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CensusError(f"port {port} cannot be used ({error.strerror}); choose another with --port") from None
