"""`python -m benchmarks.contestant MODULE FUNCTION ARGUMENT…`: one contestant, in a process of its own.

The function gets its arguments as text, does within `stopwatch` what is to be timed, and returns what else it has to
tell: a mapping, printed as one line of JSON for whoever measures.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from types import TracebackType


class Stopwatch:
    """Adds up the time and the CPU of everything within it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self.used = False

    def __enter__(self) -> Stopwatch:
        self.used = True
        self._began = (time.perf_counter(), time.process_time())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds += time.perf_counter() - self._began[0]
        self.cpu_seconds += time.process_time() - self._began[1]


stopwatch = Stopwatch()


def main() -> None:
    """Run one function and print what it tells."""
    # the module that a benchmark imports `stopwatch` from is this one, not `__main__`
    from benchmarks.contestant import stopwatch as watch

    module, name, *arguments = sys.argv[1:]
    told = getattr(importlib.import_module(module), name)(*arguments) or {}
    times = {"seconds": watch.seconds, "cpu_seconds": watch.cpu_seconds} if watch.used else {}
    print(json.dumps(times | dict(told)))


if __name__ == "__main__":
    main()
