"""(j) The UI: from `gpu-census ui` until the asset graph is there, and the whole nightly job launched in it.

Asked through GraphQL, as its pages do. Memory and CPU are those of all its processes together, shared pages counted
once (PSS). The peer is Dagster itself with one asset that does nothing.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from benchmarks.measuring import FLOOR, FRESH, PEER, PROJECT, Case, Contestant, Results, Target, command, function
from benchmarks.whole_refresh import small_archive

TITLE = "Dagster UI"
MODULE = __name__
PATIENCE = 120
LIBRARIES = [sys.executable, "-c", "import dagster, dagster_webserver.app"]
GRAPH = "{ assetNodes { assetKey { path } } }"
REPOSITORY = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"
RUN = (
    "Dagster starts a process for the run, which imports everything again and then does what (d) does, with its floor; "
    "the peer runs one asset that does nothing"
)
LAUNCH = """
mutation ($of: ExecutionParams!) {
  launchRun(executionParams: $of) { __typename ... on LaunchRunSuccess { run { runId } } }
}
"""
STATUS = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
ONE_ASSET = """
import dagster as dg


@dg.asset
def nothing():
    return None


defs = dg.Definitions(assets=[nothing], jobs=[dg.define_asset_job("nightly")], executor=dg.in_process_executor)
"""


def cases(folder: Path, *, quick: bool) -> Iterator[Case]:
    """Both numbers come from one start."""
    more = {"GPU_CENSUS_ARCHIVES": str(small_archive(folder))} if quick else {}
    yield Case(
        f"{TITLE}: until the asset graph is there",
        [
            Contestant("project", PROJECT, "`gpu-census ui`", function(MODULE, "project", FRESH), more, at_most=3),
            Contestant(
                "one asset", PEER, "`dagster dev`, one empty asset", function(MODULE, "one_asset", FRESH), at_most=3
            ),
            Contestant("libraries", FLOOR, "`import dagster, dagster_webserver.app`", LIBRARIES, at_most=3),
        ],
        [
            Target("graph there in under 8 s", 8.0, lambda of: of["project"].seconds, "s"),
            Target(
                "whole run launched in the UI in under 8 s", 8.0, lambda of: of["project"].told["run"], "s", why=RUN
            ),
        ],
        _runs,
    )


def _runs(of: Results) -> Sequence[str]:
    runs = [f"{name} {one.told['run']:.2f} s" for name, one in of.items() if "run" in one.told]
    return [f"from launching the job in the UI to its success: {', '.join(runs)}",
            f"assets shown: {of['project'].told['assets']}"]  # fmt: skip


def project(fresh: str) -> dict[str, Any]:
    """Our own command, on an empty home; nobody is asked."""
    port = _free_port()
    return _watched([command("gpu-census"), "ui", "--port", str(port)], port, {"GPU_CENSUS_HOME": f"{fresh}/home"})


def one_asset(fresh: str) -> dict[str, Any]:
    """Dagster's own command."""
    port = _free_port()
    code = Path(fresh) / "one_asset.py"
    code.write_text(ONE_ASSET, encoding="utf-8")
    line = [command("dagster"), "dev", "-f", str(code), "-h", "127.0.0.1", "-p", str(port)]
    return _watched(line, port, {"DAGSTER_HOME": fresh})


def _watched(line: list[str], port: int, more: dict[str, str]) -> dict[str, Any]:
    address = f"http://127.0.0.1:{port}/graphql"
    began = time.perf_counter()
    process = subprocess.Popen(line, env=os.environ | more, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)  # fmt: skip
    watch = Watch(process.pid)
    try:
        nodes = _until(lambda: _asked(address, GRAPH)["assetNodes"], process)
        seconds = time.perf_counter() - began
        repository = _asked(address, REPOSITORY)["repositoriesOrError"]["nodes"][0]
        launched = time.perf_counter()
        run = _launch(address, repository)
        _until(lambda: _ended(_asked(address, STATUS, run=run)["runOrError"]["status"]), process)
        told = {"seconds": seconds, "run": time.perf_counter() - launched, "assets": len(nodes)}
    finally:
        taken = watch.end()
        _stop(process)
    return told | taken


def _launch(address: str, repository: dict[str, Any]) -> str:
    place = {"repositoryName": repository["name"], "repositoryLocationName": repository["location"]["name"]}
    told = _asked(address, LAUNCH, of={"selector": place | {"jobName": "nightly"}, "runConfigData": {}})["launchRun"]
    return str(told["run"]["runId"])


def _ended(status: str) -> bool:
    if status in ("FAILURE", "CANCELED"):
        raise RuntimeError(f"the run ended with {status}")
    return status == "SUCCESS"


def _until(ask: Any, process: subprocess.Popen[bytes]) -> Any:
    """What `ask` answers, as soon as it answers anything."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, ValueError, KeyError, IndexError, TypeError):
            if found := ask():
                return found
        time.sleep(0.1)
    raise RuntimeError("the UI has ended" if process.poll() is not None else "the UI took too long")


def _asked(address: str, query: str, **variables: Any) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(address, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["data"]


def _stop(process: subprocess.Popen[bytes]) -> None:
    for ending, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, ending)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Watch:
    """What the processes of a session take, looked at a few times a second; Linux only."""

    def __init__(self, session: int) -> None:
        self._session = session
        self._peak_mib = 0.0
        self._ticks: dict[str, int] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def end(self) -> dict[str, float]:
        """The largest sum of their memory, and the CPU of them all."""
        self._ended.set()
        self._thread.join()
        return {"peak_mib": self._peak_mib, "cpu_seconds": sum(self._ticks.values()) / os.sysconf("SC_CLK_TCK")}

    def _watch(self) -> None:
        while not self._ended.wait(0.3):
            self._peak_mib = max(self._peak_mib, sum(map(self._look, Path("/proc").glob("[0-9]*"))))

    def _look(self, process: Path) -> float:
        """Its memory in MiB, shared pages divided among all who share them; notes its CPU."""
        try:
            if os.getsid(int(process.name)) != self._session:
                return 0.0
            told = (process / "smaps_rollup").read_text()
            user, system = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
        except (OSError, ValueError):
            return 0.0
        self._ticks[process.name] = int(user) + int(system)
        return sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")) / 1024
