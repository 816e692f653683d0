"""The whole flow on one screen.

census ──► <provider>/answers ──► <provider>/listing ──┐
                                                       ├─► *_history … ─► dbt_like_sql ─► published_database ─► exports
reference/* ───────────────────────────────────────────┘
"""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from gpu_census.assets.answers import answers_asset
from gpu_census.assets.census import census_asset
from gpu_census.assets.derived import derived_asset
from gpu_census.assets.exports import exports_asset
from gpu_census.assets.history import history_assets
from gpu_census.assets.listing import listing_asset
from gpu_census.assets.models import model_asset
from gpu_census.assets.plan import Plan, plan_from_environment
from gpu_census.assets.published import published_asset
from gpu_census.assets.reference import reference_assets
from gpu_census.assets.report import report_asset
from gpu_census.schedules import failure_alert, nightly_job, nightly_schedule
from gpu_census.warehouse.build import BuildDatabase
from gpu_census.warehouse.derived import DERIVED


def build_definitions(plan: Plan, *, loggers: Mapping[str, dg.LoggerDefinition] | None = None) -> dg.Definitions:
    """Everything that Dagster shows and runs. One process runs all steps: DuckDB has one writer."""
    return dg.Definitions(
        assets=[
            census_asset(plan),
            *([answers_asset(plan)] if plan.asked else []),
            reference_assets(plan),
            *(listing_asset(plan, provider) for provider in plan.providers),
            history_assets(plan),
            *(model_asset(plan, model) for model in plan.models),
            *(derived_asset(table) for table in DERIVED),
            published_asset(plan),
            exports_asset(plan),
            *([report_asset(plan)] if plan.drawn else []),
        ],
        jobs=[nightly_job],
        schedules=[nightly_schedule()],
        sensors=[failure_alert()],
        resources={"build": BuildDatabase(database=str(plan.home.build_database))},
        executor=dg.in_process_executor,
        loggers=loggers,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev` loads: the bundled archive, or those that `GPU_CENSUS_ARCHIVES` names."""
    return build_definitions(plan_from_environment())
