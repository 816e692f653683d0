"""(d) The whole refresh from the bundled archive: from a cold process and an empty home to the last published file."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measuring import (
    CHECKOUT,
    FLOOR,
    FRESH,
    PEER,
    PROJECT,
    Case,
    Contestant,
    Results,
    Target,
    command,
    environment,
    function,
)
from benchmarks.refreshing import refreshed

TITLE = "Whole refresh"
MODULE = __name__
DAY = "2026-11-24"
HOME = {"GPU_CENSUS_HOME": f"{FRESH}/home"}
# what the command imports before a run begins; Dagster imports SQLAlchemy later, to open its instance
START = [sys.executable, "-c", "import gpu_census.cli, gpu_census.printing, gpu_census.refresh"]
LIBRARIES = [sys.executable, "-c", "import dagster, duckdb, polars"]
TIME = (
    "The floor is Dagster's: its imports, and the same steps, assets and checks with nothing in them, are the floor "
    "shown here, and stay while each table is an asset and each of its tests a check that the UI shows. What is above "
    "it is the census: the table below says where, step by step, each with Dagster's share of it"
)
MEMORY = (
    "More than half is there before the first row is read: the code of polars, DuckDB, Dagster and SQLAlchemy, and "
    "an open database; the rest is what the SQL models need at once"
)


def cases(folder: Path, *, quick: bool) -> Iterator[Case]:
    """The refresh beside Dagster's own command on the same assets, and what importing alone costs."""
    archive = small_archive(folder) if quick else None
    dagster = [command("dagster"), "asset", "materialize", "--select", "*", "-m", "gpu_census.definitions"]
    own = HOME | {"DAGSTER_HOME": FRESH} | ({"GPU_CENSUS_ARCHIVES": str(archive)} if archive else {})
    targets = [
        Target("at most 4 s", 4.0, lambda of: of["project"].seconds, "s", why=TIME),
        Target("of which imports at most 1.5 s", 1.5, lambda of: of["imports"].seconds, "s"),
        Target("under 350 MiB", 350, lambda of: of["project"].peak_mib, "MiB", why=MEMORY),
    ]
    yield Case(
        f"{TITLE}: bundled archive, offline, empty home",
        [
            Contestant("project", PROJECT, "`gpu-census refresh --offline`",
                       function(MODULE, "first_refresh", FRESH, archive or "")),
            Contestant("dagster", PEER, "`dagster asset materialize`, the same assets", dagster, own, at_most=2),
            Contestant("empty steps", FLOOR, "the same steps, assets and checks, empty",
                       [sys.executable, "-m", "benchmarks.empty_steps", f"{FRESH}/home"]),
            Contestant("libraries", FLOOR, "`import dagster, duckdb, polars`", LIBRARIES),
            Contestant("imports", PROJECT, "its imports alone", START),
        ],
        targets,
        details=_where_time_goes,
    )  # fmt: skip


def first_refresh(folder: str, archive: str) -> dict[str, Any]:
    """One refresh into an empty home."""
    return refreshed(Path(folder) / "home", refresh_command(Path(archive) if archive else None))


def _where_time_goes(of: Results) -> list[list[str]]:
    parts = of["project"].told["parts"]
    return [["where the time goes", "seconds"], *([name, f"{seconds:.2f}"] for name, seconds in parts.items())]


def refresh_command(archive: Path | None, *, offline: bool = True) -> list[str]:
    """A refresh from the bundled archive, or from another one alone."""
    line = [command("gpu-census"), "refresh", "--census-date", DAY]
    line += ["--offline"] if offline else []
    return line + (["--no-bundled-archive", "--archive", str(archive)] if archive else [])


def small_archive(folder: Path) -> Path:
    """One provider's part of the bundled archive."""
    archive = folder / "small_archive"
    if not archive.exists():
        shutil.copytree(CHECKOUT / "gpu_census" / "archive" / "google", archive / "google")
    return archive


def refreshed_home(folder: Path, *, quick: bool) -> Path:
    """A home that has counted an archive before, made once per run of the benchmarks."""
    home = folder / "refreshed_home"
    if not (home / "public" / "gpu_census.duckdb").exists():
        line = refresh_command(small_archive(folder) if quick else None)
        made = subprocess.run(line, env=environment({"GPU_CENSUS_HOME": str(home)}), capture_output=True, text=True)
        if made.returncode:
            raise RuntimeError(f"{' '.join(line)} failed: {made.stderr[-1000:]}")
    return home
