"""The environment that the tests give to processes of their own."""

from __future__ import annotations

import os
from pathlib import Path

OURS = ("DAGSTER_HOME", "GPU_CENSUS_HOME", "GPU_CENSUS_ARCHIVES", "GPU_CENSUS_ALERT_WEBHOOK")


def environment_of(home: Path | None = None, **more: str) -> dict[str, str]:
    """This process's environment without what steers a census, but for the home and what is named."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return kept | ({"GPU_CENSUS_HOME": str(home)} if home else {}) | more
