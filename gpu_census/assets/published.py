"""`published_database`: the build, checked once more as a whole, swapped in for readers."""

from collections.abc import Iterable
from datetime import timedelta

import dagster as dg

from gpu_census.assets.appearance import OWNERS
from gpu_census.assets.plan import Plan, relation_key
from gpu_census.warehouse.build import BuildDatabase, census_date_of
from gpu_census.warehouse.content import says_the_same
from gpu_census.warehouse.derived import DERIVED
from gpu_census.warehouse.publish import publish
from gpu_census.warehouse.status import refuse_unfit

FRESH_WITHIN = timedelta(hours=28)


def published_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset that publishes."""
    upstream: dict[str, Iterable[str]] = {model.name: model.upstream for model in plan.models}
    upstream |= {table.name: table.reads for table in DERIVED}
    every = {**dict.fromkeys(plan.relations, ()), **upstream}

    @dg.asset(
        key="published_database",
        deps=[relation_key(name) for name in plan.leaves],
        group_name="4_published",
        kinds={"duckdb"},
        owners=OWNERS,
        description=(
            "gpu_census.duckdb, swapped in whole when every blocking check has passed. "
            "Readers see the old file or the new one, never half; open it read-only."
        ),
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH_WITHIN),
    )
    def published_database(build: BuildDatabase) -> dg.MaterializeResult:
        target = plan.home.public_database
        with build.get_connection() as connection:
            refuse_unfit(connection, every)
            census_date = census_date_of(connection)
            swapped = not says_the_same(connection, target)
            if swapped:
                publish(connection, target)
        return dg.MaterializeResult(
            metadata={
                "swapped": swapped,
                "path": dg.MetadataValue.path(str(target)),
                "bytes": target.stat().st_size,
                "census_date": census_date.isoformat(),
            }
        )

    return published_database
