"""The census date: taken once per run, before anything else."""

from datetime import UTC, datetime

import dagster as dg

from gpu_census.assets.appearance import OWNERS
from gpu_census.assets.plan import Plan
from gpu_census.dates import iso_date
from gpu_census.warehouse.build import BuildDatabase, begin_build
from gpu_census.warehouse.status import note_built


class CensusDate(dg.Config):
    """Which date to take the census of: an ISO date, or empty for today in UTC."""

    census_date: str = ""


def census_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset `census`: one row, one date."""

    @dg.asset(
        key="census",
        group_name="1_ask",
        kinds={"duckdb"},
        owners=OWNERS,
        description="The date this census is of, taken once for the whole run (UTC).",
        metadata={
            "dagster/column_schema": dg.TableSchema(
                [dg.TableColumn(name, "date", text) for name, text in plan.relations["census"].columns.items()]
            )
        },
    )
    def census(config: CensusDate, build: BuildDatabase) -> dg.MaterializeResult:
        day = iso_date(config.census_date) if config.census_date else datetime.now(UTC).date()
        with build.get_transaction() as connection:
            begin_build(connection, plan.relations["census"], day)
            note_built(connection, "census")
        return dg.MaterializeResult(metadata={"census_date": day.isoformat()})

    return census
