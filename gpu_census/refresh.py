"""Run the nightly job in this process and say what came of it. The CLI prints; nothing is printed here.

Imports Dagster, so it is imported only by the command that needs it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef

from gpu_census.assets.plan import Plan, listing_key
from gpu_census.definitions import build_definitions
from gpu_census.errors import CensusError, UsageError
from gpu_census.home import BUNDLED_ARCHIVE, Home
from gpu_census.leftovers import is_alive
from gpu_census.refresh_outcome import Refreshed, outcome_of
from gpu_census.schedules import NIGHTLY

PROCESS_TAG = "gpu_census/process"
Progress = Callable[[str, int, int], None]


def refresh(
    home: Home,
    *,
    census_date: date | None = None,
    archives: Sequence[Path] = (),
    bundled: bool = True,
    providers: Sequence[str] = (),
    progress: Progress = lambda step, done, steps: None,
) -> Refreshed:
    """Read, count, check and publish. Raises `CensusError` for wrong arguments and unreadable models."""
    plan = Plan((*((BUNDLED_ARCHIVE,) if bundled else ()), *archives), home)
    unknown = sorted(set(providers) - set(plan.providers))
    if unknown:
        raise UsageError(f"unknown provider {unknown[0]!r}; there are {', '.join(plan.providers)}")
    _refuse_missing_listings(home, plan, providers)
    steps = len(plan.providers) + len(plan.models) + 4
    job = _job(plan, _listener(progress, steps))
    config = {"census": {"config": {"census_date": census_date.isoformat() if census_date else ""}}}
    with _instance(home) as instance:
        _end_dead_runs(instance)
        result = job.execute_in_process(
            instance=instance,
            run_config={"ops": config, "loggers": {"progress": {}}},
            asset_selection=_selection(plan, providers),
            tags={PROCESS_TAG: str(os.getpid())},
            raise_on_error=False,
        )
    return outcome_of(result)


def _refuse_missing_listings(home: Home, plan: Plan, providers: Sequence[str]) -> None:
    """Refreshing some providers keeps the listings of the others, so these must be there."""
    others = sorted(set(plan.providers) - set(providers)) if providers else []
    missing = [name for name in others if not (home.listing / name / "sources.parquet").exists()]
    if missing:
        raise CensusError(f"no listing of {', '.join(missing)} yet; refresh once without --provider")


def _job(plan: Plan, listener: logging.Handler) -> dg.JobDefinition:
    @dg.logger(config_schema=None, description="Tells the CLI how far the run is.")
    def progress_logger(_: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("gpu_census.progress", level=logging.DEBUG)
        logger.addHandler(listener)
        return logger

    definitions = build_definitions(plan, loggers={"progress": progress_logger})
    return definitions.resolve_job_def(NIGHTLY)


def _selection(plan: Plan, providers: Sequence[str]) -> list[dg.AssetKey] | None:
    if not providers:
        return None
    left_out = {listing_key(name) for name in plan.providers if name not in providers}
    graph = build_definitions(plan).resolve_asset_graph()
    return [key for key in graph.materializable_asset_keys if key not in left_out]


def _instance(home: Home) -> dg.DagsterInstance:
    """The instance that the UI of this home uses too, so that it shows these runs."""
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    event_log = {
        "module": "gpu_census.event_log",
        "class": "KeptEngineEventLog",
        "config": {"base_dir": str(home.dagster / "history" / "runs")},
    }
    kept = InstanceRef.from_dir(str(home.dagster), overrides={"event_log_storage": event_log})
    return dg.DagsterInstance.from_ref(kept)


def _end_dead_runs(instance: dg.DagsterInstance) -> None:
    """A refresh that was killed would be shown as running for ever."""
    unfinished = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
    for run in instance.get_runs(unfinished):
        process = run.tags.get(PROCESS_TAG, "")
        if process.isdigit() and not is_alive(int(process)):
            instance.report_run_failed(run, f"the process {process} that refreshed is gone")


def _listener(progress: Progress, steps: int) -> logging.Handler:
    class Listener(logging.Handler):
        done = 0

        def emit(self, record: logging.LogRecord) -> None:
            event = getattr(record, "dagster_meta", {}).get("dagster_event")
            if event is None:
                if "another refresh" in record.getMessage():
                    progress(record.getMessage(), self.done, steps)
            elif event.is_step_start:
                progress(event.step_key or "", self.done, steps)
            elif event.is_step_success:
                self.done += 1
                progress(event.step_key or "", self.done, steps)

    return Listener()
