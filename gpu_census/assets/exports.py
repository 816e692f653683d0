"""`exports`: the published census as files beside the database, and what this night said kept for good.

The database is already published when this runs, so what goes wrong here is a warning: the files of before stay.
"""

import dagster as dg
import duckdb

from gpu_census.assets.appearance import OWNERS
from gpu_census.assets.plan import Plan
from gpu_census.exports.nights import keep_night
from gpu_census.exports.published import export, open_published, published_date
from gpu_census.exports.tables import published_tables

WRITTEN = "files_written"


def exports_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset that exports what `published_database` has published."""

    @dg.asset(
        key="exports",
        deps=["published_database"],
        group_name="4_published",
        kinds={"parquet", "csv"},
        owners=OWNERS,
        description=(
            "The published census as Parquet, CSV, GeoJSON and data package beside the database, and the night's "
            "own tables in `nights/<census_date>/`."
        ),
        check_specs=[
            dg.AssetCheckSpec(WRITTEN, asset="exports", description="Every file could be written.", blocking=False)
        ],
        # for its lock: one run at a time writes these files
        required_resource_keys={"build"},
    )
    def exports() -> dg.MaterializeResult:
        public = plan.home.public_database.parent
        try:
            with open_published(plan.home) as connection:
                exported = export(connection, public, plan.models)
                tables = published_tables(connection, plan.models)
                night = keep_night(connection, tables, public / "nights", published_date(connection))
        except (OSError, duckdb.Error) as error:
            return dg.MaterializeResult(check_results=[_check(f"the files beside the database are old: {error}")])
        return dg.MaterializeResult(
            metadata={
                "census_date": exported.census_date.isoformat(),
                "night": dg.MetadataValue.path(str(night)),
                "written": len(exported.swapped.written),
                "unchanged": len(exported.swapped.unchanged),
                "removed": len(exported.swapped.removed),
                "regions_without_place": exported.unplaced_regions,
            },
            check_results=[_check("")],
        )

    return exports


def _check(fault: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=WRITTEN, passed=not fault, severity=dg.AssetCheckSeverity.WARN, description=fault or None
    )
