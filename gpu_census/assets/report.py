"""`report`: the published census as two pages, one per language, beside the database.

The database is already published when this runs, so what goes wrong here is a warning: the pages of before stay.
"""

import dagster as dg
import duckdb

from gpu_census.assets.appearance import OWNERS
from gpu_census.assets.plan import Plan
from gpu_census.errors import CensusError

WRITTEN = "pages_written"


def report_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset that writes the report of what `published_database` has published."""

    @dg.asset(
        key="report",
        deps=["published_database"],
        group_name="4_published",
        kinds={"html"},
        owners=OWNERS,
        description=(
            "report.html and report.zh.html: the census to look at, each one file that asks for nothing else. "
            "Maps, my country, every table, how it spread, what changed, how far to trust it."
        ),
        check_specs=[
            dg.AssetCheckSpec(WRITTEN, asset="report", description="Both pages could be written.", blocking=False)
        ],
        # for its lock: one run at a time writes these files
        required_resource_keys={"build"},
    )
    def report() -> dg.MaterializeResult:
        from gpu_census.report.publish import write_report  # drawing takes long to load, and not every run draws

        try:
            pages = write_report(plan.home)
        except (OSError, duckdb.Error, CensusError) as error:
            return dg.MaterializeResult(check_results=[_check(f"the pages are those of before: {error}")])
        return dg.MaterializeResult(
            metadata={
                **{f"page_{code}": dg.MetadataValue.url(path.as_uri()) for code, path in pages.items()},
                "bytes": sum(path.stat().st_size for path in pages.values()),
            },
            check_results=[_check("")],
        )

    return report


def _check(fault: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=WRITTEN, passed=not fault, severity=dg.AssetCheckSeverity.WARN, description=fault or None
    )
