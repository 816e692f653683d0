"""The Dagster UI: a real `gpu-census ui`, asked and told through GraphQL as its pages do; and plain `dagster`."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from playwright.sync_api import sync_playwright

from gpu_census.home import CHECKOUT
from gpu_census_tests.processes import environment_of
from gpu_census_tests.small_census import write_listing_files, write_source

BIN = Path(sys.executable).parent
PATIENCE = 90
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
LAUNCH = """
mutation ($of: ExecutionParams!) {
  launchRun(executionParams: $of) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""
STATUS = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
SITUATION = """
{ repositoriesOrError { ... on RepositoryConnection { nodes {
    name location { name } jobs { name }
    schedules { name cronSchedule executionTimezone scheduleState { status } }
    sensors { name sensorState { status } }
} } } }
"""
ASSETS = "{ assetNodes { assetKey { path } groupName description kinds owners { ... on TeamAssetOwner { team } } } }"
LATEST = """
query ($keys: [AssetKeyInput!]) { assetNodes(assetKeys: $keys) {
    assetMaterializations(limit: 1) { runId metadataEntries { label ... on IntMetadataEntry { intValue } } }
} }
"""
NEWEST = "{ runsOrError(limit: 1) { ... on Runs { results { runId status } } } }"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass(frozen=True)
class Ui:
    """A running UI."""

    home: Path
    address: str

    @property
    def database(self) -> Path:
        return self.home / "public" / "gpu_census.duckdb"

    @property
    def page(self) -> str:
        return self.address.removesuffix("/graphql")

    def ask(self, query: str, **variables: Any) -> Any:
        answer = httpx.post(self.address, json={"query": query, "variables": variables}, timeout=60).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def launch(self, job: str, assets: Sequence[str] = ()) -> str:
        place = {"repositoryLocationName": "gpu_census", "repositoryName": "__repository__", "jobName": job}
        selection = {"assetSelection": [{"path": name.split("/")} for name in assets]} if assets else {}
        told = self.ask(LAUNCH, of={"selector": place | selection, "runConfigData": {}})["launchRun"]
        assert told["__typename"] == "LaunchRunSuccess", told
        return str(told["run"]["runId"])

    def status(self, run: str) -> str:
        return str(self.ask(STATUS, run=run)["runOrError"]["status"])

    def wait_for(self, run: str) -> str:
        """The status a run ends with, or the one it is stuck in."""
        deadline = time.monotonic() + PATIENCE
        while (status := self.status(run)) not in ENDED and time.monotonic() < deadline:
            time.sleep(0.2)
        return status


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the UI and every process that it started: they are one process group."""
    for ending, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, ending)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    process.wait(10)


def small_archive(folder: Path) -> Path:
    """Two clouds of two countries: what the UI does is the same with more."""
    for provider, code, label in (("aws", "us-east-1", "H100"), ("tencent", "ap-beijing", "A100")):
        write_source(folder / "archive", provider, "list", settled=True)
        sold = {"region_code": code, "instance_type": "big", "accelerator_label": label, "accelerator_count": 8}
        regions = [{"region_code": code}]
        write_listing_files(folder / "archive", provider, "list", "2026-11-01", regions=regions, offerings=[sold])
    return folder / "archive"


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("ui")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "log.txt"
    with log.open("wb") as told:
        process = subprocess.Popen(
            [str(BIN / "gpu-census"), "ui", "--port", str(port)],
            env=environment_of(
                GPU_CENSUS_HOME=str(folder / "home"),
                GPU_CENSUS_DRAW="1",
                GPU_CENSUS_ARCHIVES=str(small_archive(folder)),
            ),
            cwd=folder,
            stdout=told,
            stderr=told,
            start_new_session=True,
        )
    try:
        started = Ui(folder / "home", f"http://127.0.0.1:{port}/graphql")
        deadline = time.monotonic() + PATIENCE
        while not answers(started):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield started
    finally:
        stop(process)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser, or None where there is none."""
    if CHROMIUM is None:
        yield None
        return
    with sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def answers(ui: Ui) -> bool:
    try:
        return bool(ui.ask(SITUATION)["repositoriesOrError"]["nodes"])
    except (httpx.HTTPError, ValueError):
        return False


@pytest.mark.slow
def test_the_ui_shows_the_job_and_a_schedule_that_runs_by_itself(ui: Ui) -> None:
    (shown,) = ui.ask(SITUATION)["repositoriesOrError"]["nodes"]
    assert shown["location"]["name"] == "gpu_census"
    assert "nightly" in [job["name"] for job in shown["jobs"]]
    (schedule,) = shown["schedules"]
    assert (schedule["cronSchedule"], schedule["executionTimezone"]) == ("0 2 * * *", "UTC")
    assert schedule["scheduleState"]["status"] == "RUNNING"
    assert [sensor["sensorState"]["status"] for sensor in shown["sensors"]] == ["RUNNING"]


@pytest.mark.slow
def test_the_ui_shows_every_asset_in_its_layer_with_owner_kind_and_description(ui: Ui) -> None:
    nodes = {"/".join(node["assetKey"]["path"]): node for node in ui.ask(ASSETS)["assetNodes"]}
    layers = {
        "reference/country": "0_reference",
        "census": "1_ask",
        "aws/listing": "1_ask",
        "tencent/listing": "1_ask",
        "offering_history": "2_history",
        "finding": "3_census",
        "compute_tier": "3_census",
        "published_database": "4_published",
    }
    assert {name: nodes[name]["groupName"] for name in layers} == layers
    bare = [name for name, node in nodes.items() if not (node["description"] and node["kinds"] and node["owners"])]
    assert bare == []


def clicked(ui: Ui, browser: Any) -> str:
    """The run that a click on *Materialize all* has launched."""
    page = browser.new_page(viewport={"width": 1500, "height": 1100})
    page.goto(f"{ui.page}/asset-groups", timeout=1000 * PATIENCE)
    page.click("text=Materialize all", timeout=1000 * PATIENCE)
    page.wait_for_selector("text=Launched run", timeout=1000 * PATIENCE)
    for group in ("0_reference", "1_ask", "2_history", "3_census", "4_published"):
        assert page.locator(f"text={group}").count() > 0, group
    (launched,) = ui.ask(NEWEST)["runsOrError"]["results"]
    return str(launched["runId"])


@pytest.mark.slow
def test_everything_materialized_in_the_ui_publishes_a_census(ui: Ui, browser: Any) -> None:
    """By a click where there is a browser, else as the nightly job."""
    assert not ui.database.exists()
    run = clicked(ui, browser) if browser else ui.launch("nightly")
    assert ui.wait_for(run) == "SUCCESS"
    with closing(duckdb.connect(str(ui.database), read_only=True)) as connection:
        tiers = connection.execute(
            "SELECT tier FROM compute_tier WHERE profile = 'extended' AND country_iso2 IN ('US', 'CN')"
        ).fetchall()
        # 249 ISO 3166-1 codes and Kosovo, for each of three profiles
        assert connection.execute("SELECT count(*) FROM compute_tier").fetchall() == [(750,)]
    assert tiers == [("north",), ("north",)]


@pytest.mark.slow
def test_the_map_of_the_tiers_is_shown_in_the_ui(ui: Ui, browser: Any, tmp_path: Path) -> None:
    """Needs the run before it, which has drawn the map."""
    if browser is None:
        pytest.skip("no Chromium on this machine")
    page = browser.new_page(viewport={"width": 1500, "height": 1100})
    page.goto(f"{ui.page}/assets/compute_tier?view=events")
    page.locator("text=[Show Markdown]").last.click(timeout=1000 * PATIENCE)  # the map comes after the preview
    shown = page.locator("img[src^='data:image/png']")
    shown.wait_for(timeout=1000 * PATIENCE)
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    page.screenshot(path=tmp_path / "compute_tier.png")
    assert (tmp_path / "compute_tier.png").stat().st_size > 50_000


@pytest.mark.slow
def test_a_single_asset_materialized_in_the_ui_is_built_again_with_its_row_count(ui: Ui) -> None:
    """Needs the nightly run before it: a model alone reads what that run has built."""
    run = ui.launch("__ASSET_JOB", ["compute_tier"])
    assert ui.wait_for(run) == "SUCCESS"
    (node,) = ui.ask(LATEST, keys=[{"path": ["compute_tier"]}])["assetNodes"]
    (latest,) = node["assetMaterializations"]
    assert latest["runId"] == run
    counts = {entry["label"]: entry.get("intValue") for entry in latest["metadataEntries"]}
    assert counts["dagster/row_count"] == 750


@pytest.mark.slow
def test_a_run_after_a_killed_refresh_of_the_same_home_is_not_held_up(ui: Ui) -> None:
    """Nobody ends the run of a process that is gone; it must not keep the nightly job in the queue for ever."""
    (before,) = ui.ask(NEWEST)["runsOrError"]["results"]
    refresh = subprocess.Popen(
        [str(BIN / "gpu-census"), "refresh"],
        env=environment_of(GPU_CENSUS_HOME=str(ui.home)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + PATIENCE
    while refresh.poll() is None and time.monotonic() < deadline:
        (latest,) = ui.ask(NEWEST)["runsOrError"]["results"]
        if latest["runId"] != before["runId"] and latest["status"] == "STARTED":
            refresh.kill()
        time.sleep(0.05)
    assert refresh.wait(10) == -signal.SIGKILL
    run = ui.launch("__ASSET_JOB", ["census"])
    assert ui.wait_for(run) == "SUCCESS"


@pytest.mark.slow
def test_plain_dagster_loads_the_workspace_from_another_folder(tmp_path: Path) -> None:
    shutil.copy(CHECKOUT / "workspace.yaml", tmp_path)
    result = subprocess.run(
        [str(BIN / "dagster"), "definitions", "validate", "-w", "workspace.yaml"],
        env=environment_of(GPU_CENSUS_HOME=str(tmp_path / "home")),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert result.returncode == 0, result.stderr
    assert "Validation successful for code location gpu_census" in result.stdout + result.stderr
    assert not (tmp_path / "home").exists()
