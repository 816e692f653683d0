"""A cloud to ask: the tests' stand-in, in a process of its own, so that it takes no time from who is measured."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring import CHECKOUT

PATIENCE = 30
SAYS = "GPU_CENSUS_REPLAY="


@contextmanager
def stand_in(*options: object) -> Iterator[str]:
    """The address of a stand-in with these options (`python -m gpu_census_tests.stand_in --help`)."""
    line = [sys.executable, "-u", "-m", "gpu_census_tests.stand_in", "--port", "0", *map(str, options)]
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        with said.open("wb") as out:
            process = subprocess.Popen(line, stdout=out, stderr=out, cwd=CHECKOUT)
        try:
            yield _address(process, said)
        finally:
            process.terminate()
            process.wait(10)


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        first = said.read_text(errors="replace").partition("\n")[0]
        if first.startswith(SAYS) and " " in first:
            return first.removeprefix(SAYS).split()[0]
        time.sleep(0.02)
    raise RuntimeError(f"the stand-in did not start: {said.read_text(errors='replace')[-500:]}")
