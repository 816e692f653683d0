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

from gpu_census.assets.plan import Plan, answers_key, listing_key
from gpu_census.census.listing_files import read_index
from gpu_census.collect.limits import limits_from_environment
from gpu_census.collect.network import replay_from_environment
from gpu_census.definitions import build_definitions
from gpu_census.errors import CensusError, UsageError
from gpu_census.home import BUNDLED_ARCHIVE, Home
from gpu_census.leftovers import is_alive
from gpu_census.refresh_outcome import outcome_of
from gpu_census.refreshed import Refreshed
from gpu_census.schedules import NIGHTLY
from gpu_census.switches import offline_from_environment
from gpu_census.warehouse.derived import DERIVED

PROCESS_TAG = "gpu_census/process"
Progress = Callable[[str, int, int], None]


def refresh(
    home: Home,
    *,
    census_date: date | None = None,
    archives: Sequence[Path] = (),
    bundled: bool = True,
    providers: Sequence[str] = (),
    offline: bool = False,
    anew: bool = False,
    asking: bool = True,
    counting: bool = True,
    progress: Progress = lambda step, done, steps: None,
) -> Refreshed:
    """Ask, read, count, check and publish; `anew` reads again all that ever landed.

    Without `counting` the clouds are only asked, for the census date of the build; without `asking` they are not, and
    all else is done.

    Raises `CensusError` for wrong arguments and unreadable models.
    """
    limits_from_environment(), replay_from_environment()  # what is wrong there is wrong usage
    listener = Listener(progress)
    plan = Plan(
        (*((BUNDLED_ARCHIVE,) if bundled else ()), *archives),
        home,
        offline=offline or offline_from_environment(),
        anew=anew,
        told=listener.tell,
    )
    unknown = sorted(set(providers) - set(plan.providers))
    if unknown:
        raise UsageError(f"unknown provider {unknown[0]!r}; there are {', '.join(plan.providers)}")
    _refuse_missing_listings(home, plan, providers)
    definitions = _definitions(plan, listener)
    counted = len(plan.providers) + len(plan.models) + len(DERIVED) + 4 + plan.drawn
    listener.steps = counted * counting + (bool(plan.asked) and asking)
    dated = {"census": {"config": {"census_date": census_date.isoformat() if census_date else ""}}}
    with open_instance(home) as instance:
        _end_dead_runs(instance)
        result = definitions.resolve_job_def(NIGHTLY).execute_in_process(
            instance=instance,
            run_config={"ops": dated if counting else {}, "loggers": {"progress": {}}},
            asset_selection=_selection(definitions, plan, providers, asking=asking, counting=counting),
            tags={PROCESS_TAG: str(os.getpid())},
            raise_on_error=False,
        )
    return outcome_of(result)


def _refuse_missing_listings(home: Home, plan: Plan, providers: Sequence[str]) -> None:
    """Refreshing some providers keeps the listings of the others, so these must be there."""
    others = sorted(set(plan.providers) - set(providers)) if providers else []
    missing = [name for name in others if read_index(home.listing, name) is None]
    if missing:
        raise CensusError(f"no listing of {', '.join(missing)} yet; refresh once without --provider")


def _definitions(plan: Plan, listener: Listener) -> dg.Definitions:
    @dg.logger(config_schema=None, description="Tells the CLI how far the run is.")
    def progress_logger(_: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("gpu_census.progress", level=logging.DEBUG)
        logger.addHandler(listener)
        return logger

    return build_definitions(plan, loggers={"progress": progress_logger})


def _selection(
    definitions: dg.Definitions, plan: Plan, providers: Sequence[str], *, asking: bool, counting: bool
) -> list[dg.AssetKey] | None:
    """What is run; None for everything."""
    others = [name for name in plan.providers if providers and name not in providers]
    left_out = {key(name) for name in others for key in (listing_key, answers_key)}
    asked = {answers_key(name) for name in plan.asked}
    if not counting:
        return sorted(asked - left_out)
    left_out |= set() if asking else asked
    if not left_out:
        return None
    keys = definitions.resolve_asset_graph().materializable_asset_keys
    return [key for key in keys if key not in left_out]


def open_instance(home: Home) -> dg.DagsterInstance:
    """The instance that the UI of this home uses too, so that it shows these runs."""
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    event_log = {"module": "gpu_census.event_log", "class": "KeptEngineEventLog"}  # older settings do not name it
    from gpu_census.event_log import write_ahead  # loads SQLAlchemy, as Dagster does to open its instance

    write_ahead()
    kept = InstanceRef.from_dir(str(home.dagster), overrides={"event_log_storage": event_log})
    return dg.DagsterInstance.from_ref(kept)


def _end_dead_runs(instance: dg.DagsterInstance) -> None:
    """A refresh that was killed would be shown as running for ever."""
    unfinished = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
    for run in instance.get_runs(unfinished):
        process = run.tags.get(PROCESS_TAG, "")
        if process.isdigit() and not is_alive(int(process)):
            instance.report_run_failed(run, f"the process {process} that refreshed is gone")


class Listener(logging.Handler):
    """Follows a run by its log and tells how far it is."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(level=logging.DEBUG)
        self._progress = progress
        self._done = 0
        self.steps = 0

    def tell(self, text: str) -> None:
        """Say what is being done right now."""
        self._progress(text, self._done, self.steps)

    def emit(self, record: logging.LogRecord) -> None:
        """A line of the run's log; only beginnings and ends of steps, and waiting for another run, are told."""
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None:
            if "another refresh" in record.getMessage():
                self.tell(record.getMessage())
        elif event.is_step_start:
            self.tell(event.step_key or "")
        elif event.is_step_success:
            self._done += 1
            self.tell(event.step_key or "")
