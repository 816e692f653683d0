"""Run `gpu-census refresh` once, in a process of its own, and tell what it took and where its time went.

Steps are timed by Dagster's own log of the run, so what is told is of the very run that was measured.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# steps whose name ends so belong together; what is left are the SQL models and the tables derived from them
GROUPS = {
    "listing": "listings read, checked, written",
    "reference_tables": "reference tables",
    "histories": "histories",
    "published_database": "publish",
    "exports": "exports",
    "report": "report",
    "ask_the_clouds": "asking",
    "census": "census date",
}
MODELS = "SQL models, their checks and pictures"
BEFORE, BETWEEN, AFTER = "imports and Dagster, before the first step", "Dagster, between steps", "after the last step"
EVENTS = """
SELECT step_key, dagster_event_type, timestamp FROM event_logs
WHERE dagster_event_type IN ('STEP_START', 'STEP_SUCCESS') ORDER BY id
"""


def refreshed(home: Path, line: Sequence[str], more: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Seconds, CPU, peak memory and the parts of one refresh."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    clock, began = time.time(), time.perf_counter()
    environment = os.environ | {"GPU_CENSUS_HOME": str(home)} | dict(more or {})
    result = subprocess.run(line, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if result.returncode:
        raise RuntimeError(f"{' '.join(line)} failed: {result.stderr[-800:]}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    told = {"seconds": seconds, "cpu_seconds": cpu, "peak_mib": used.ru_maxrss / 1024}
    return told | {"parts": _parts(home, clock, clock + seconds)}


def _parts(home: Path, began: float, ended: float) -> dict[str, float]:
    """Seconds by group of steps, and of what is no step; nothing where no run was made."""
    parts: dict[str, float] = {}
    last = began
    for name, start, end in _steps(home, began):
        waited = BETWEEN if parts else BEFORE
        parts[waited] = parts.get(waited, 0.0) + start - last
        group = GROUPS.get(name.rpartition("__")[2], MODELS)
        parts[group] = parts.get(group, 0.0) + end - start
        last = end
    return parts | {AFTER: ended - last} if parts else {}


def _steps(home: Path, began: float) -> Iterator[tuple[str, float, float]]:
    """Name, beginning and end of every step of the newest run that began since, in order."""
    runs = [path for path in (home / "dagster" / "history" / "runs").glob("*-*.db") if path.stat().st_mtime >= began]
    if not runs:
        return
    with closing(sqlite3.connect(max(runs, key=lambda path: path.stat().st_mtime))) as log:
        events = log.execute(EVENTS).fetchall()
    started: dict[str, float] = {}
    for step, event, at in events:
        if event == "STEP_START":
            started[step] = _seconds(at)
        else:
            yield step, started[step], _seconds(at)


def _seconds(timestamp: str) -> float:
    """Seconds since 1970 of a time as the log writes it, in UTC."""
    return datetime.fromisoformat(timestamp).replace(tzinfo=UTC).timestamp()
