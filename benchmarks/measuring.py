"""Run contestants in turn, each in a process of its own, and keep medians of time, CPU and peak memory.

This process stays small on purpose: a child inherits the peak of the one that starts it. So nothing heavy is imported
here, and what a benchmark prepares is prepared in processes of its own too.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT, PEER, FLOOR = "project", "peer", "floor"
ROLES = (PROJECT, PEER, FLOOR)
FRESH = "{fresh}"
CHECKOUT = Path(__file__).parent.parent
MIB = 2**20
# of a home or a run elsewhere, or what nobody sets who uses it; a benchmark sets what it needs
NOT_OURS = ("DAGSTER_HOME", "GPU_CENSUS_", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Contestant:
    """Who is measured: a command, whose `{fresh}` is a new folder in each run. `missing` says why it cannot run.

    What takes long may run in fewer rounds than the others (`at_most`).
    """

    name: str
    role: str
    what: str
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    missing: str = ""
    at_most: int = 99


@dataclass(frozen=True)
class Measured:
    """Medians of some runs. `seconds` are of what the contestant times itself, else of the whole process."""

    seconds: float
    fastest: float
    slowest: float
    cpu_seconds: float
    peak_mib: float
    told: Mapping[str, Any]
    runs: int = 1


Results = Mapping[str, Measured]


@dataclass(frozen=True)
class Target:
    """What a result must not exceed; `value` works it out of the medians, by contestant.

    `why` is said where it does: where the time goes, and what the floor is.
    """

    what: str
    at_most: float
    value: Callable[[Results], float]
    unit: str = ""
    why: str = ""


@dataclass(frozen=True)
class Case:
    """Contestants that do the same work, and what is asked of the project.

    `checks` and a table of `details` are said beside the results.
    """

    title: str
    contestants: Sequence[Contestant]
    targets: Sequence[Target] = ()
    checks: Callable[[Results], Sequence[str]] = lambda results: ()
    details: Callable[[Results], Sequence[Sequence[str]]] = lambda results: ()


def function(module: str, name: str, *arguments: object) -> list[str]:
    """The command that runs a function of a benchmark in a process of its own (`benchmarks.contestant`)."""
    return [sys.executable, "-m", "benchmarks.contestant", module, name, *map(str, arguments)]


def prepare(module: str, name: str, *arguments: object) -> dict[str, Any]:
    """Run a function that makes what is measured with; returns what it tells."""
    with tempfile.TemporaryDirectory() as fresh:
        return dict(_run(Contestant(name, PROJECT, "", function(module, name, *arguments)), Path(fresh)).told)


def measure(case: Case, *, rounds: int) -> dict[str, Measured]:
    """Medians of `rounds` rounds; in each every contestant runs once, so that all meet the same disturbances."""
    runs: dict[str, list[Measured]] = {}
    able = [one for one in case.contestants if not one.missing]
    for number in range(rounds):
        for contestant in (one for one in able if number < one.at_most):
            with tempfile.TemporaryDirectory(prefix="gpu_census_bench.") as fresh:
                runs.setdefault(contestant.name, []).append(_run(contestant, Path(fresh)))
    return {name: _median(found) for name, found in runs.items()}


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what steers a census, and with `more`; nobody is asked."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
    path = os.pathsep.join([str(CHECKOUT), *filter(None, [kept.get("PYTHONPATH")])])
    return kept | {"GPU_CENSUS_OFFLINE": "1", "PYTHONPATH": path, "NO_COLOR": "1"} | dict(more)


def command(name: str) -> str:
    """A console script of the environment that runs the benchmarks."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name) or name


def _run(contestant: Contestant, fresh: Path) -> Measured:
    line = [part.replace(FRESH, str(fresh)) for part in contestant.command]
    more = {name: value.replace(FRESH, str(fresh)) for name, value in contestant.environment.items()}
    said, wrong = fresh / "stdout", fresh / "stderr"
    with said.open("wb") as out, wrong.open("wb") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(line, stdout=out, stderr=errors, env=environment(more), cwd=fresh)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        last = wrong.read_text(errors="replace").strip().splitlines()[-12:]
        raise RuntimeError("\n".join([f"{contestant.name} failed: {' '.join(line)}", *last]))
    told = _told(said.read_text(errors="replace"))
    seconds = float(told.pop("seconds", seconds))
    cpu = float(told.pop("cpu_seconds", used.ru_utime + used.ru_stime))
    peak = float(told.pop("peak_mib", used.ru_maxrss * 1024 / MIB))
    return Measured(seconds, seconds, seconds, cpu, peak, told)


def _told(text: str) -> dict[str, Any]:
    last = text.strip().rpartition("\n")[2]
    return dict(json.loads(last)) if last.startswith("{") else {}


def _median(runs: Sequence[Measured]) -> Measured:
    seconds = [run.seconds for run in runs]
    middle = {name: _middle([run.told[name] for run in runs]) for name in runs[0].told}
    return Measured(
        statistics.median(seconds),
        min(seconds),
        max(seconds),
        statistics.median(run.cpu_seconds for run in runs),
        statistics.median(run.peak_mib for run in runs),
        middle,
        len(runs),
    )


def _middle(values: Sequence[Any]) -> Any:
    """The median of numbers, also within tables of them; the last of anything else."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return statistics.median(values)
    if all(isinstance(value, dict) for value in values):
        return {name: _middle([value[name] for value in values]) for name in values[0]}
    return values[-1]
