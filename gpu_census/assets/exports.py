"""`exports`: the published census as files beside the database, and what this night said kept for good."""

from __future__ import annotations

from typing import Any

import dagster as dg

from gpu_census.assets.files_for_readers import asset_of_files
from gpu_census.assets.plan import Plan
from gpu_census.exports.nights import keep_night
from gpu_census.exports.published import export, open_published, published_date
from gpu_census.exports.tables import published_tables

WRITTEN = "files_written"


def exports_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset that exports what `published_database` has published."""

    def write() -> dict[str, Any]:
        public = plan.home.public_database.parent
        with open_published(plan.home) as connection:
            exported = export(connection, public, plan.models)
            tables = published_tables(connection, plan.models)
            night = keep_night(connection, tables, public / "nights", published_date(connection))
        return {
            "census_date": exported.census_date.isoformat(),
            "night": dg.MetadataValue.path(str(night)),
            "written": len(exported.swapped.written),
            "unchanged": len(exported.swapped.unchanged),
            "removed": len(exported.swapped.removed),
            "regions_without_place": exported.unplaced_regions,
        }

    return asset_of_files(
        "exports",
        kinds={"parquet", "csv"},
        description=(
            "The published census as Parquet, CSV, GeoJSON and data package beside the database, and the night's "
            "own tables in `nights/<census_date>/`."
        ),
        check=WRITTEN,
        stale="the files beside the database are old",
        write=write,
    )
