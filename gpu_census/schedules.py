"""The nightly job, its schedule, and the alert when a run fails."""

import logging
import os

import dagster as dg
import httpx

NIGHTLY = "nightly"
WEBHOOK_VARIABLE = "GPU_CENSUS_ALERT_WEBHOOK"


# everything, in one ordered run
nightly_job = dg.define_asset_job(
    NIGHTLY,
    selection=dg.AssetSelection.all(),
    description="Ask every cloud, count, check, publish.",
)


def nightly_schedule() -> dg.ScheduleDefinition:
    """02:00 UTC, on unless switched off in the UI."""
    return dg.ScheduleDefinition(
        name="nightly_refresh",
        job=nightly_job,
        cron_schedule="0 2 * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="The nightly census.",
    )


def failure_alert() -> dg.SensorDefinition:
    """Post one line of JSON to the webhook of `GPU_CENSUS_ALERT_WEBHOOK`, when there is one."""

    @dg.run_failure_sensor(
        name="failure_alert",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Posts to the URL in {WEBHOOK_VARIABLE}, when one is set.",
    )
    def alert(context: dg.RunFailureSensorContext) -> None:
        url = os.environ.get(WEBHOOK_VARIABLE)
        if not url:
            return
        text = f"gpu_census run {context.dagster_run.run_id} failed: {context.failure_event.message}"
        # the address may hold a secret, so only the kind of a failure is told, and httpx tells nothing
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            httpx.post(url, json={"text": text}, timeout=10).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            context.log.warning(f"the alert could not be delivered: {type(error).__name__}")

    return alert
