"""Results as Markdown, the same on the terminal and in `RESULTS.md`; and what machine they were measured on."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from benchmarks.measuring import ROLES, Case, Measured, Results

PACKAGES = ("gpu-census", "dagster", "duckdb", "polars", "httpx", "msgspec", "gpuhunt")


def heading(*, rounds: int, quick: bool) -> str:
    """When, on what and with what."""
    told = [f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; medians of at most {rounds} interleaved runs"]
    told.append(f"- {_processor()}, {os.cpu_count()} CPUs, {_memory_gib():.0f} GiB, {platform.platform()}")
    told.append(f"- Python {platform.python_version()}; {', '.join(_versions())}")
    told.append(f"- load average at the start: {load()}")
    if quick:
        told.append("- `--quick`: made small, to see that it runs; its times mean nothing")
    return "\n".join(told)


def load() -> str:
    """The load average of the last one, five and fifteen minutes."""
    return ", ".join(f"{one:.1f}" for one in os.getloadavg())


def as_markdown(case: Case, results: Results) -> str:
    """One case: project, peer and floor side by side, then what was asked of it."""
    ordered = sorted(case.contestants, key=lambda one: ROLES.index(one.role))
    shown = [one for one in ordered if one.name in results or one.missing]
    present = {one.role for one in shown}
    heads = [f"{one.role}: {one.what}" for one in shown] + [f"{role}: none" for role in ROLES if role not in present]
    blank = len(heads) - len(shown)
    rows = [["", *heads]]
    for title, write in MEASURES.items():
        cells = [write(results[one.name]) if one.name in results else f"({one.missing})" for one in shown]
        rows.append([title, *cells, *["—"] * blank])
    lines = [f"## {case.title}", "", *_table(rows), ""]
    lines += [f"- {line}" for line in _said(case, results)]
    if details := case.details(results):
        lines += ["", *_table(details)]
    return "\n".join(lines).rstrip() + "\n\n"


def _seconds(one: Measured) -> str:
    return f"{_short(one.seconds)} ({_short(one.fastest)} to {_short(one.slowest)})"


MEASURES = {
    "seconds (fastest to slowest)": _seconds,
    "runs": lambda one: str(one.runs),
    "CPU seconds": lambda one: _short(one.cpu_seconds),
    "peak memory, MiB": lambda one: f"{one.peak_mib:.0f}",
}


def _said(case: Case, results: Results) -> Iterator[str]:
    for target in case.targets:
        try:
            value = target.value(results)
        except KeyError as error:
            yield f"target, {target.what}: not judged, {error} was not measured"
            continue
        met = "met" if value <= target.at_most else "MISSED"
        unit = f" {target.unit}" if target.unit else ""
        why = f". {target.why}" if value > target.at_most and target.why else ""
        yield f"target, {target.what}: {_short(value)}{unit}, **{met}**{why}"
    yield from case.checks(results)


def _short(number: float) -> str:
    return f"{number:.3f}" if abs(number) < 1 else f"{number:.2f}" if abs(number) < 100 else f"{number:.0f}"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines = [f"| {' | '.join(cells)} |" for cells in padded]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def _versions() -> Iterator[str]:
    for name in PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"no {name}"


def _processor() -> str:
    if sys.platform == "linux":
        with open("/proc/cpuinfo", encoding="utf-8") as told:
            names = [line.partition(":")[2].strip() for line in told if line.startswith("model name")]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
