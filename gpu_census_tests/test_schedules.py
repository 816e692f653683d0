"""The nightly schedule, and the alert: it reaches the webhook, breaks nothing when it cannot, and keeps its secret."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import dagster as dg
import pytest

from gpu_census.schedules import WEBHOOK_VARIABLE, failure_alert, nightly_job, nightly_schedule

SECRET = "a7f3-keep-this"


@dg.op
def break_down() -> None:
    raise ValueError("the disk is full")


@dg.job
def broken() -> None:
    break_down()


class Webhook(HTTPServer):
    """A chat service on this machine: keeps what is posted, answers with `status`."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.posted: list[tuple[str, str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook/{SECRET}"


class _Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posted.append((self.path, self.headers["Content-Type"], body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def webhook(status: int = 200) -> Iterator[Webhook]:
    with Webhook(status) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=10)


@pytest.fixture(scope="module")
def failed() -> Iterator[tuple[dg.DagsterInstance, dg.ExecuteInProcessResult]]:
    """A run that failed, and where it is on record."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance, broken.execute_in_process(instance=instance, raise_on_error=False)


@pytest.fixture
def alert(failed: tuple[dg.DagsterInstance, dg.ExecuteInProcessResult], caplog: pytest.LogCaptureFixture) -> Any:
    """Sound the alert of the failed run, with everything logged."""
    instance, result = failed
    caplog.set_level(logging.DEBUG)
    context = dg.build_run_status_sensor_context(
        sensor_name="failure_alert",
        dagster_event=result.get_run_failure_event(),
        dagster_instance=instance,
        dagster_run=result.dagster_run,
    ).for_run_failure()
    logging.getLogger("dagster").addHandler(caplog.handler)
    yield lambda: failure_alert()(context)
    logging.getLogger("dagster").removeHandler(caplog.handler)


def test_the_census_is_taken_every_night_at_two_utc_unless_switched_off():
    schedule = nightly_schedule()
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "UTC")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert schedule.job is nightly_job
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 3, 29, 2, tzinfo=UTC))
    assert len(schedule.evaluate_tick(context).run_requests) == 1


def test_a_failed_run_is_told_to_the_webhook_in_one_line_of_json(alert, failed, monkeypatch):
    with webhook() as server:
        monkeypatch.setenv(WEBHOOK_VARIABLE, server.url)
        alert()
    [(path, kind, body)] = server.posted
    assert (path, kind) == (f"/hook/{SECRET}", "application/json")
    assert body.keys() == {"text"}
    run = failed[1].dagster_run.run_id
    assert body["text"].startswith(f"gpu_census run {run} failed: ")
    assert "\n" not in body["text"]


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_webhook_nothing_is_sent_and_nothing_fails(alert, monkeypatch, value):
    sent: list[Any] = []
    monkeypatch.setattr("httpx.post", lambda *args, **_: sent.append(args))
    monkeypatch.delenv(WEBHOOK_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(WEBHOOK_VARIABLE, value)
    alert()
    assert sent == []


@pytest.mark.parametrize("status", [200, 302, 403, 500])
def test_the_address_of_the_webhook_is_never_logged(alert, monkeypatch, caplog, capfd, status):
    with webhook(status) as server:
        monkeypatch.setenv(WEBHOOK_VARIABLE, server.url)
        alert()
        assert len(server.posted) == 1
    told = capfd.readouterr()
    assert SECRET not in caplog.text + told.out + told.err


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/{}", "http://127.0.0.1:{}/", "{}", "file:///{}", "http://127.0.0.1:1/{}\n"],
    ids=["refused", "no port", "no URL", "no web", "with a line end"],
)
def test_an_alert_that_cannot_be_delivered_breaks_nothing_and_tells_no_address(alert, monkeypatch, caplog, capfd, url):
    monkeypatch.setenv(WEBHOOK_VARIABLE, url.format(SECRET))
    alert()
    told = capfd.readouterr()
    said = caplog.text + told.out + told.err
    assert SECRET not in said
    assert "the alert could not be delivered" in said
