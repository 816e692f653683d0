"""The whole nightly job as a command against the stand-in: a good night, a night of many faults, and what is told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gpu_census_tests.processes import environment_of
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import recordings
from gpu_census_tests.stand_in.server import StandIn

COMMAND = str(Path(sys.executable).with_name("gpu-census"))
SIX = ["alibaba", "aws", "azure", "google", "huawei", "tencent"]
GOOD, BAD = "2026-11-24", "2026-11-25"
MANY = [
    Fault("500", times=None, url="https://docs.cloud.google.com/tpu/*"),
    Fault("html", times=None, host="g.alicdn.com"),
    Fault("429", value="0", nth=2, times=2, host="prices.azure.com"),
    Fault("reset", nth=3, host="workbench.cloud.tencent.com"),
    Fault("hang", value="2", times=None, host="portal.huaweicloud.com"),
    Fault("redirect-elsewhere", times=None, host="spot-bid-advisor.s3.amazonaws.com"),
    Fault("deep-json", times=None, url="https://b0.p.awsstatic.com/locations/*"),
]
Result = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Nights:
    """A home after a good and a bad night, what they said, and what the good one had published."""

    home: Path
    good: Result
    bad: Result
    before: dict[str, list[tuple[Any, ...]]]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(duckdb.connect(str(self.home / "public" / "gpu_census.duckdb"), read_only=True)) as connection:
            return connection.execute(query).fetchall()


HELD = "SELECT provider, region_code, instance_type, accelerator_model FROM offering ORDER BY ALL"
TIERS = "SELECT profile, country_iso2, tier, tier_at_least, tier_at_most FROM compute_tier ORDER BY ALL"


def gpu_census(home: Path, *words: str, faults: Sequence[Fault] = ()) -> Result:
    """Run a command while the stand-in plays."""
    quick = {"GPU_CENSUS_FIRST_WAIT_SECONDS": "0.02", "GPU_CENSUS_SILENCE_SECONDS": "0.5"}
    with StandIn(recordings(), faults=faults) as cloud:
        environment = environment_of(home, GPU_CENSUS_REPLAY=cloud.base, GPU_CENSUS_OFFLINE="", **quick)
        return subprocess.run([COMMAND, *words], env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    home = tmp_path_factory.mktemp("nightly")
    options = ("refresh", "--no-bundled-archive", "--census-date")
    good = gpu_census(home, *options, GOOD)
    first = Nights(home, good, good, {})
    before = {query: first.rows(query) for query in (HELD, TIERS)}
    return Nights(home, good, gpu_census(home, *options, BAD, faults=MANY), before)


@pytest.mark.slow
def test_both_nights_are_published_and_the_clouds_that_failed_are_told(nights: Nights) -> None:
    assert (nights.good.returncode, nights.bad.returncode) == (0, 0), nights.bad.stderr
    assert nights.rows("SELECT census_date::VARCHAR FROM census") == [(BAD,)]
    warned = [line for line in nights.bad.stderr.splitlines() if line.startswith("warning: ")]
    for provider in ("alibaba", "aws", "google", "huawei"):
        assert any(line.startswith(f"warning: {provider}: ") for line in warned), nights.bad.stderr
    asked = {word for word in nights.bad.stderr.split("Asked: ")[1].split("requests")[0].split() if word in SIX}
    assert asked == set(SIX)


@pytest.mark.slow
def test_nothing_that_was_known_is_lost_in_a_night_of_faults(nights: Nights) -> None:
    assert nights.rows(HELD) == nights.before[HELD]
    assert nights.rows(TIERS) == nights.before[TIERS]


@pytest.mark.slow
def test_on_a_night_when_only_the_gpu_page_answers_no_tpu_disappears(nights: Nights) -> None:
    """Its silence is about GPUs alone; what the TPU page said the night before still holds, with its age."""
    tpus = "SELECT count(*) FROM finding WHERE provider = 'google' AND accelerator_model LIKE 'TPU%'"
    assert nights.rows(f"{tpus} AND evidence_on = DATE '{GOOD}'")[0][0] > 5
    assert nights.rows(f"{tpus} AND evidence_on = DATE '{BAD}'") == [(0,)]
    gpus = (
        f"FROM finding WHERE provider = 'google' AND accelerator_model NOT LIKE 'TPU%' AND evidence_on = DATE '{BAD}'"
    )
    assert nights.rows(gpus)


@pytest.mark.slow
def test_what_each_source_answered_and_how_old_what_is_used_of_it_is_can_be_read(nights: Nights) -> None:
    columns = "source, complete, carried_from::VARCHAR, fault <> ''"
    rows = {row[0]: row[1:] for row in nights.rows(f"SELECT {columns} FROM source_coverage")}
    assert rows["tpu_zones_page"] == (False, GOOD, True)
    assert rows["gpu_zones_page"] == (True, None, False)
    assert rows["price_file_china"] == (False, GOOD, True)
    printed = gpu_census(nights.home, "sources").stdout
    line = next(line for line in printed.splitlines() if "tpu_zones_page" in line)
    assert "not complete" in line
    assert GOOD in line


@pytest.mark.slow
def test_a_rebuild_asks_nobody_and_publishes_the_same(nights: Nights) -> None:
    folder = nights.home / "listing"
    listings = {path: path.read_bytes() for path in folder.rglob("*.parquet")}
    for path in listings:
        path.unlink()
    result = gpu_census(nights.home, "rebuild", "--no-bundled-archive")
    assert result.returncode == 0, result.stderr
    assert "Asked" not in result.stderr
    assert "Checked, unchanged" in result.stderr
    # of clouds that were asked in vain nothing has landed, so that a rebuild does not know of them
    landed = {path.name for path in (nights.home / "landing" / "runs").iterdir()}
    told = {path: content for path, content in listings.items() if path.relative_to(folder).parts[0] in landed}
    assert len(told) > 50
    assert {path: path.read_bytes() for path in folder.rglob("*.parquet")} == told
