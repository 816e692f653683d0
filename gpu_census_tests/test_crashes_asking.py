"""A refresh that is killed (kill -9) while it asks: what has landed is used, and the next refresh is as good as any."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gpu_census.collect.landing import Landing, read_run
from gpu_census.home import Home
from gpu_census_tests.processes import environment_of
from gpu_census_tests.stand_in.recordings import recordings
from gpu_census_tests.stand_in.server import StandIn

COMMAND = str(Path(sys.executable).with_name("gpu-census"))
DAY = "2026-11-24"
TABLES = ("region", "offering", "finding", "country_census", "compute_tier", "coverage_history", "source_coverage")
PATIENCE = 120
DELAY = 0.15
MOMENTS = random.Random(3)


# each is asked for several pages; the long price walks of the other two are killed in `test_replaying`
CLOUDS = "alibaba,google,huawei,tencent"


def refresh(home: Path, cloud: StandIn) -> subprocess.Popen[str]:
    environment = environment_of(home, GPU_CENSUS_REPLAY=cloud.base, GPU_CENSUS_OFFLINE="", GPU_CENSUS_CLOUDS=CLOUDS)
    line = [COMMAND, "refresh", "--no-bundled-archive", "--census-date", DAY]
    return subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def published(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(duckdb.connect(str(Home(home).public_database), read_only=True)) as connection:
        return {name: connection.execute(f"FROM {name} ORDER BY ALL").fetchall() for name in TABLES}


@dataclass(frozen=True)
class Undisturbed:
    """What a refresh that nobody kills publishes, and how many requests it sends."""

    tables: dict[str, list[tuple[Any, ...]]]
    requests: int


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    home = tmp_path_factory.mktemp("undisturbed")
    with StandIn(recordings()) as cloud:
        process = refresh(home, cloud)
        assert process.wait(PATIENCE) == 0, process.stderr.read()  # type: ignore[union-attr]
        return Undisturbed(published(home), len(cloud.seen))


@pytest.mark.slow
def test_after_being_killed_while_asking_the_next_refresh_is_as_good_as_any(
    tmp_path: Path, undisturbed: Undisturbed
) -> None:
    """Killed three times: at the first request, and twice before half of them have been sent; then asked again."""
    landing = Landing(Home(tmp_path).landing)
    for wanted in (1, *(MOMENTS.randint(2, undisturbed.requests // 2) for _ in range(2))):
        with StandIn(recordings(), delay=DELAY) as cloud:
            process = refresh(tmp_path, cloud)
            deadline = time.monotonic() + PATIENCE
            while len(cloud.seen) < wanted and process.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.002)
            process.kill()
            process.communicate()
            assert process.returncode == -signal.SIGKILL
    assert not Home(tmp_path).public_database.exists()
    assert list(landing.root.rglob("*.part")), "nothing was being asked"
    with StandIn(recordings()) as cloud:
        process = refresh(tmp_path, cloud)
        assert process.wait(PATIENCE) == 0, process.stderr.read()  # type: ignore[union-attr]
    found = published(tmp_path)
    for name, rows in undisturbed.tables.items():
        assert [row for row in found[name] if row not in rows] == [], name
        assert [row for row in rows if row not in found[name]] == [], name
    left = [path for path in landing.root.rglob("*") if path.suffix in (".part", ".tmp")]
    assert left == []
    killed = [read_run(path) for provider in landing.providers() for path in landing.runs(provider)]
    assert any(run.ended is None for run in killed)
    assert all(landing.objects.read(card.sha256) is not None for run in killed for card in run.cards if card.sha256)
