"""Assets that write files for readers from what `published_database` has published.

The database is already published when they run, so what goes wrong is a warning: the files of before stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg
import duckdb

from gpu_census.assets.appearance import OWNERS
from gpu_census.errors import CensusError


def asset_of_files(
    name: str, *, kinds: set[str], description: str, check: str, stale: str, write: Callable[[], Mapping[str, Any]]
) -> dg.AssetsDefinition:
    """The asset whose files `write` writes, telling of them as metadata; `stale` is said where it cannot."""

    def checked(fault: str = "") -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            check_name=check, passed=not fault, severity=dg.AssetCheckSeverity.WARN, description=fault or None
        )

    @dg.asset(
        key=name,
        deps=["published_database"],
        group_name="4_published",
        kinds=kinds,
        owners=OWNERS,
        description=description,
        check_specs=[dg.AssetCheckSpec(check, asset=name, description="Every file could be written.", blocking=False)],
        # for its lock: one run at a time writes these files
        required_resource_keys={"build"},
    )
    def files() -> dg.MaterializeResult:
        try:
            told = write()
        except (OSError, duckdb.Error, CensusError) as error:
            return dg.MaterializeResult(check_results=[checked(f"{stale}: {error}")])
        return dg.MaterializeResult(metadata=told, check_results=[checked()])

    return files
