"""(h) Publishing five years: the compact copy and the swap, beside DuckDB's own export and a plain copy of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contestant import stopwatch
from benchmarks.measuring import FLOOR, FRESH, MIB, PEER, PROJECT, Case, Contestant, Results, Target, function
from benchmarks.questions import history_folder

TITLE = "Publishing"
MODULE = __name__


def cases(folder: Path, *, quick: bool) -> Iterator[Case]:
    """The same build, published, exported, copied."""
    build = history_folder(folder, quick=quick) / "build.duckdb"
    yield Case(
        f"{TITLE} five years",
        [
            Contestant(
                "project", PROJECT, "`publish`, synced and swapped in", function(MODULE, "project", build, FRESH)
            ),
            Contestant("export", PEER, "DuckDB: `EXPORT DATABASE`, Parquet", function(MODULE, "export", build, FRESH)),
            Contestant("copy", FLOOR, "copy the build's file, sync", function(MODULE, "copy", build, FRESH)),
        ],
        [Target("under 1 s", 1.0, lambda of: of["project"].seconds, "s")],
        _sizes,
    )


def _sizes(of: Results) -> Sequence[str]:
    sizes = [f"{name} {one.told['size'] / MIB:.1f} MiB" for name, one in of.items()]
    return [f"size: {', '.join(sizes)}"]


def project(build: str, fresh: str) -> dict[str, Any]:
    """As the asset `published_database` does it, its checks aside."""
    import duckdb

    from gpu_census.warehouse.publish import publish

    target = Path(fresh) / "gpu_census.duckdb"
    with duckdb.connect(build) as connection, stopwatch:
        publish(connection, target)
    return {"size": target.stat().st_size}


def export(build: str, fresh: str) -> dict[str, Any]:
    """A folder of Parquet files and the SQL to load them; no database yet."""
    import duckdb

    target = Path(fresh) / "export"
    with duckdb.connect(build) as connection, stopwatch:
        connection.execute(f"EXPORT DATABASE '{target}' (FORMAT parquet)")
    return {"size": sum(path.stat().st_size for path in target.iterdir())}


def copy(build: str, fresh: str) -> dict[str, Any]:
    """The build as it is, with the space that rebuilding left in it."""
    import os
    import shutil

    target = Path(fresh) / "copy.duckdb"
    with stopwatch:
        shutil.copyfile(build, target)
        handle = os.open(target, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    return {"size": target.stat().st_size}
