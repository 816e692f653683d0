"""The same graph with nothing in it: what Dagster itself takes for our steps, assets and checks.

Run as a module with a home as its argument. Stores its events as `gpu-census refresh` does, or as Dagster does by
itself where `--stock` is given.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from gpu_census.assets.plan import Plan
from gpu_census.definitions import build_definitions
from gpu_census.home import BUNDLED_ARCHIVE, Home
from gpu_census.refresh import open_instance


def emptied(step: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """A step of the same assets and checks that does nothing."""
    checks = list(step.check_specs)

    @dg.multi_asset(specs=list(step.specs), check_specs=checks, name=step.op.name)
    def nothing() -> Iterator[dg.MaterializeResult]:
        for spec in step.specs:
            results = [
                dg.AssetCheckResult(passed=True, check_name=check.name, asset_key=spec.key)
                for check in checks
                if check.asset_key == spec.key
            ]
            yield dg.MaterializeResult(asset_key=spec.key, check_results=results)

    return nothing


@dg.logger(config_schema=None)
def quiet(_: dg.InitLoggerContext) -> logging.Logger:
    """Writes nothing."""
    return logging.Logger("nothing", level=logging.CRITICAL)


def run(home: Home, *, stock: bool) -> int:
    """Run the emptied job once; the number of its assets."""
    plan = Plan((BUNDLED_ARCHIVE,), home, offline=True)
    steps = [step for step in build_definitions(plan).assets or [] if isinstance(step, dg.AssetsDefinition)]
    job = dg.define_asset_job("nothing")
    whole = dg.Definitions(
        [emptied(step) for step in steps], jobs=[job], executor=dg.in_process_executor, loggers={"quiet": quiet}
    )
    with dg.DagsterInstance.from_config(str(home.dagster)) if stock else open_instance(home) as instance:
        config = {"loggers": {"quiet": {}}}
        result = whole.resolve_job_def("nothing").execute_in_process(instance=instance, run_config=config)
    if not result.success:
        raise RuntimeError("the empty steps failed")
    return sum(len(list(step.specs)) for step in steps)


if __name__ == "__main__":
    folder = Home(Path(sys.argv[1])).prepare()
    os.environ["DAGSTER_HOME"] = str(folder.dagster)
    print(run(folder, stock="--stock" in sys.argv))
