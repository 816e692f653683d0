"""Where things are kept on disk, and nothing else: no file is read or written here but `dagster.yaml`.

`GPU_CENSUS_HOME` names the folder; without it a checkout uses its own `data/`, and an installed package the
platform's user data directory.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from gpu_census.errors import CensusError

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parent
BUNDLED_ARCHIVE = PACKAGE / "archive"

UNFIT_CHARACTERS = "%?#\\"
FREE_FLOOR_BYTES = 256 * 2**20

DAGSTER_YAML = """\
# Written by gpu_census; edit freely, it is not written again.
telemetry:
  enabled: false
nux:
  enabled: false
event_log_storage:
  module: gpu_census.event_log
  class: KeptEngineEventLog
run_coordinator:
  module: dagster._core.run_coordinator
  class: DefaultRunCoordinator
run_monitoring:
  enabled: true
  max_runtime_seconds: 7200
  free_slots_after_run_end_seconds: 30
run_retries:
  enabled: true
  max_retries: 1
retention:
  schedule:
    purge_after_days: 30
  sensor:
    purge_after_days:
      skipped: 7
      failure: 30
      success: 30
"""


@dataclass(frozen=True)
class Home:
    """The folders of one census, all below `root`."""

    root: Path

    @property
    def listing(self) -> Path:
        """What each provider said: one pair of Parquet files per source and census date."""
        return self.root / "listing"

    @property
    def landing(self) -> Path:
        """Every answer as it was received, with a card for every request; with the archives, the only truth."""
        return self.root / "landing"

    @property
    def build_database(self) -> Path:
        """The private database that assets write; never opened by readers."""
        return self.root / "build" / "gpu_census.duckdb"

    @property
    def state(self) -> Path:
        """What is remembered of all listings; can be deleted, and is then made again from the listings."""
        return self.root / "build" / "state"

    @property
    def lock(self) -> Path:
        """Held by the one run that may write."""
        return self.root / "build" / "refresh.lock"

    @property
    def public_database(self) -> Path:
        """The published census: only ever replaced whole."""
        return self.root / "public" / "gpu_census.duckdb"

    @property
    def dagster(self) -> Path:
        """The DAGSTER_HOME of this census: run history, schedule and sensor state."""
        return self.root / "dagster"

    def prepare(self) -> Home:
        """Make the folders, and a `dagster.yaml` where there is none yet.

        Raises `CensusError` for a path that SQLite addresses cannot hold, or a disk that is nearly full.
        """
        if unfit := sorted(set(UNFIT_CHARACTERS) & set(str(self.root))):
            raise CensusError(f"{self.root}: GPU_CENSUS_HOME must not contain {unfit[0]!r}; choose another folder")
        for folder in (self.landing, self.listing, self.build_database.parent, self.dagster):
            folder.mkdir(parents=True, exist_ok=True)
        self.public_database.parent.mkdir(parents=True, exist_ok=True)
        settings = self.dagster / "dagster.yaml"
        if not settings.exists():
            settings.write_text(DAGSTER_YAML, encoding="utf-8")
        if shutil.disk_usage(self.root).free < FREE_FLOOR_BYTES:
            floor = FREE_FLOOR_BYTES // 2**20
            raise CensusError(f"{self.root}: less than {floor} MiB free on the disk; make room before refreshing")
        return self


def current_home() -> Home:
    """The home that this process works on."""
    named = os.environ.get("GPU_CENSUS_HOME")
    if named:
        return Home(Path(named).expanduser().resolve())
    if (CHECKOUT / "workspace.yaml").exists():
        return Home(CHECKOUT / "data")
    import platformdirs

    return Home(Path(platformdirs.user_data_dir("gpu_census", appauthor=False)))


def sql_folder() -> Path:
    """The folder of SQL models: beside the package in a checkout, inside it when installed."""
    installed = PACKAGE / "dbt_like_sql"
    return installed if installed.exists() else CHECKOUT / "dbt_like_sql"
