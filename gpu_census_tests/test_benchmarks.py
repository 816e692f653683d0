"""Every benchmark runs in its small form and sets project, peer and floor side by side; no time is judged here."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import ALONE, BENCHMARKS, RESULTS
from benchmarks.made_price_list import COLUMNS, make_price_list
from benchmarks.measuring import FLOOR, PEER, PROJECT, Case, Contestant, Target, measure
from benchmarks.printing import as_markdown
from gpu_census.home import CHECKOUT
from gpu_census_tests.processes import environment_of

ROLES = ("project: ", "peer: ", "floor: ")
# these take seconds; the others refresh whole censuses, or start the UI, and run where EVERY_BENCHMARK says so
QUICK = ("price_list", "page_latency", "publishing")
EVERY_BENCHMARK = "GPU_CENSUS_EVERY_BENCHMARK"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what is made to measure with is kept, for the benchmarks that share it."""
    return tmp_path_factory.mktemp("made")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in (BENCHMARKS | ALONE)]
)
def test_a_benchmark_runs_and_prints_its_columns(name: str, folder: Path) -> None:
    if name not in QUICK and not os.environ.get(EVERY_BENCHMARK):
        pytest.skip(f"takes long; set {EVERY_BENCHMARK}=1")
    before = RESULTS.read_bytes() if RESULTS.exists() else b""
    line = [sys.executable, "-m", "benchmarks", name, "--quick", "--folder", str(folder)]
    result = subprocess.run(line, env=environment_of(), cwd=CHECKOUT, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    titles = [line for line in result.stdout.splitlines() if line.startswith("## ")]
    heads = [line for line in result.stdout.splitlines() if line.startswith("| ") and "project: " in line]
    assert len(titles) >= 1
    assert all(f"({(BENCHMARKS | ALONE)[name]})" in title for title in titles)
    for title in titles:
        assert any(all(role in head for role in ROLES) for head in heads), title
    assert "seconds (fastest to slowest)" in result.stdout
    assert "peak memory, MiB" in result.stdout
    assert "target" not in result.stdout, "nothing is judged by times that mean nothing"
    assert (RESULTS.read_bytes() if RESULTS.exists() else b"") == before


def test_an_unknown_benchmark_is_wrong_usage() -> None:
    line = [sys.executable, "-m", "benchmarks", "price_lists"]
    result = subprocess.run(line, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 2
    assert "unknown benchmark 'price_lists'; there are price_list," in result.stderr


def echo(text: str) -> list[str]:
    return [sys.executable, "-c", f"print({text!r})"]


def test_medians_are_of_interleaved_runs_and_a_peer_that_is_missing_is_said(tmp_path: Path) -> None:
    log = tmp_path / "log"
    note = "import sys; print(sys.argv[2], file=open(sys.argv[1], 'a'))"
    case = Case(
        "A case",
        [
            Contestant("one", PROJECT, "one", [sys.executable, "-c", note, str(log), "one"]),
            Contestant("two", FLOOR, "two", [sys.executable, "-c", note, str(log), "two"], at_most=2),
            Contestant("peer", PEER, "a peer", missing="not installed"),
        ],
        [
            Target("at most 0 s", 0.0, lambda of: of["one"].seconds),
            Target("of the peer", 1, lambda of: of["peer"].seconds),
        ],
    )
    results = measure(case, rounds=3)
    assert log.read_text().split() == ["one", "two", "one", "two", "one"]
    assert {name: one.runs for name, one in results.items()} == {"one": 3, "two": 2}
    assert results["one"].fastest <= results["one"].seconds <= results["one"].slowest
    text = as_markdown(case, results)
    assert "(not installed)" in text
    assert "**MISSED**" in text
    assert "of the peer: not judged" in text


def test_what_a_contestant_tells_stands_before_what_was_measured_of_it() -> None:
    told = '{"seconds": 7.5, "peak_mib": 3, "rows": 2}'
    (measured,) = measure(Case("A case", [Contestant("one", PROJECT, "one", echo(told))]), rounds=1).values()
    assert (measured.seconds, measured.peak_mib, measured.told) == (7.5, 3.0, {"rows": 2})


def test_a_contestant_that_fails_stops_the_benchmark() -> None:
    case = Case("A case", [Contestant("one", PROJECT, "one", [sys.executable, "-c", "raise SystemExit('broken')"])])
    with pytest.raises(RuntimeError, match="one failed"):
        measure(case, rounds=1)


def test_the_price_list_is_the_same_every_time_and_has_the_columns_that_are_read(tmp_path: Path) -> None:
    files = [make_price_list(tmp_path / f"{name}.csv", 10**6) for name in ("one", "two")]
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert len(digests) == 1
    lines = files[0].read_text(encoding="utf-8").splitlines()
    assert lines[5] == ",".join(f'"{name}"' for name in COLUMNS)
    assert {line.split(",")[0] for line in lines[:2]} == {'"FormatVersion"', '"Disclaimer"'}
