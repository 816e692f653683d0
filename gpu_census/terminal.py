"""What a person sees while something is being done: progress and notes, all on standard error.

Answers belong in `printing`. Nothing is told where `--quiet` was given, but for errors.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from typing import Any, TextIO, cast

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Told = Callable[[str, int, int], None]
TOLD_CHARACTERS = 100
# the names of steps, and how the texts that a step tells begin
PHASES = {
    r"ask_the_clouds|asking\b.*": "asking the clouds",
    r".*__listing": "reading the listings",
    "histories": "working out the histories",
    "finding": "counting",
    "published_database": "checking and publishing",
    "exports": "writing the files",
}
TOLD_AS_IT_IS = ("another refresh", "no cloud")
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)
_step: ContextVar[Callable[[str], object]] = ContextVar("step", default=lambda text: None)


@contextmanager
def silence() -> Iterator[None]:
    """Print nothing but errors: neither answers nor notes."""
    token = _quiet.set(True)
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
            yield
    finally:
        _quiet.reset(token)


def notes() -> Console:
    """Where warnings and other notes go; errors are printed whatever this says."""
    return Console(stderr=True, soft_wrap=True, highlight=False, quiet=_quiet.get())


@contextmanager
def refresh_progress() -> Iterator[Told]:
    """A progress bar on a terminal, a line for each phase elsewhere; yields what is called with step, done, steps."""
    console = Console(stderr=True)
    if _quiet.get():
        yield lambda step, done, steps: None
        return
    if not console.is_terminal:
        yield plain_lines(lambda line: print(line, file=sys.stderr))
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        lines = plain_lines(lambda line: bar.console.print(line, highlight=False, markup=False))

        def progress(step: str, done: int, steps: int) -> None:
            lines(step, done, steps)
            bar.update(task, description=escape(step)[:TOLD_CHARACTERS], completed=done, total=steps)

        yield progress


@contextmanager
def working(doing: str) -> Iterator[None]:
    """Say what takes a while: with a clock that runs on a terminal, as one line elsewhere."""
    console = Console(stderr=True)
    if _quiet.get():
        yield
    elif not console.is_terminal:
        print(doing, file=sys.stderr)
        yield
    else:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True, redirect_stdout=False) as clock:
            task = clock.add_task(doing, total=None)
            token = _step.set(lambda text: clock.update(task, description=escape(f"{doing}: {text}")[:TOLD_CHARACTERS]))
            try:
                with redirect_stdout(cast(TextIO, _Answering(sys.stdout, clock.stop))):
                    yield
            finally:
                _step.reset(token)


class _Answering:
    """Standard output that takes the clock away before it is touched, so that the two never share a line."""

    def __init__(self, stream: TextIO, stop: Callable[[], None]) -> None:
        self._stream = stream
        self._stop = stop

    def __getattr__(self, name: str) -> Any:
        self._stop()
        return getattr(self._stream, name)


def step(text: str) -> None:
    """Say how far the work is, beside its clock; nothing where there is none."""
    _step.get()(text)


def plain_lines(write: Callable[[str], object]) -> Told:
    """Progress as lines, each told once: it waits for another refresh, asks, reads, counts, publishes."""
    told: set[str] = set()

    def progress(step: str, done: int, steps: int) -> None:
        phase = next((phase for pattern, phase in PHASES.items() if re.fullmatch(pattern, step)), "")
        kind = next((kind for kind in TOLD_AS_IT_IS if kind in step), phase)
        if kind and kind not in told:
            told.add(kind)
            write(phase or step)

    return progress
