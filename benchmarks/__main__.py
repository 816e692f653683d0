"""`python -m benchmarks [NAME …] [--quick]`: measure, print, and after a whole run write `RESULTS.md`."""

from __future__ import annotations

import argparse
import importlib
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.measuring import measure
from benchmarks.printing import as_markdown, heading, load

RESULTS = Path(__file__).with_name("RESULTS.md")
BENCHMARKS = {
    "price_list": "a",
    "azure_pages": "b",
    "page_latency": "c",
    "whole_refresh": "d",
    "unchanged_night": "e",
    "one_more_night": "f",
    "questions": "g",
    "publishing": "h",
    "reporting": "i",
    "dagster_ui": "j",
}
# takes longer than all others together, so it is only run when it is named
ALONE = {"scale": "scale"}
NAMES = ", ".join(BENCHMARKS | ALONE)
INTRODUCTION = """\
# Benchmarks

Written by `make bench`; nothing here is edited by hand. Each contestant runs in a process of its own, in turn with the
others. Seconds are medians; where a contestant is a function, imports are not counted, where it is a command, they are.
A target that is missed says so.
"""


def main() -> None:
    """Measure what is named, or all."""
    arguments = _arguments()
    names = arguments.names or list(BENCHMARKS)
    rounds = arguments.rounds or (1 if arguments.quick else 5)
    parts = [heading(rounds=rounds, quick=arguments.quick)]
    print(parts[0], flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gpu_census_bench.") as made:
        folder = arguments.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            module = importlib.import_module(f"benchmarks.{name}")
            for case in module.cases(folder.resolve(), quick=arguments.quick):
                if arguments.quick:  # nothing is asked of times that mean nothing
                    case = replace(case, targets=())
                before = load()
                text = as_markdown(case, measure(case, rounds=rounds)).replace(
                    "## ", f"## ({(BENCHMARKS | ALONE)[name]}) ", 1
                )
                parts.append(f"{text}- load average before and after: {before}; {load()}\n")
                print(f"\n{parts[-1]}", flush=True)
    parts.append(f"The whole run took {(time.monotonic() - began) / 60:.1f} minutes.\n")
    print(parts[-1])
    if arguments.results or not (arguments.quick or arguments.names):
        path = arguments.results or RESULTS
        path.write_text("\n".join([INTRODUCTION, *parts]), encoding="utf-8")
        print(f"written to {path}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the census, its peers and floors."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {NAMES}; all but the last if none is named")
    parser.add_argument("--quick", action="store_true", help="once, on little: to see that everything runs")
    parser.add_argument("--rounds", type=int, help="how often each contestant runs (5)")
    parser.add_argument("--folder", type=Path, help="keep what is made to measure with here, for the next time")
    parser.add_argument("--results", type=Path, help="write the results here (a whole run: benchmarks/RESULTS.md)")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.names) - set(BENCHMARKS | ALONE)):
        parser.error(f"unknown benchmark {unknown[0]!r}; there are {NAMES}")
    return arguments


if __name__ == "__main__":
    main()
