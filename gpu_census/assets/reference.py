"""`reference/*`: the tables of facts that no listing gives, from the package into the build."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from gpu_census.assets.appearance import OWNERS, preview, schema_of_model
from gpu_census.assets.plan import Plan, relation_key
from gpu_census.reference.profiles import profile_accelerator_table, profile_table
from gpu_census.reference.tables import TABLES, reference_table
from gpu_census.warehouse.build import BuildDatabase, write_relation
from gpu_census.warehouse.relations import REFERENCE_MODELS
from gpu_census.warehouse.status import note_built


def reference_assets(plan: Plan) -> dg.AssetsDefinition:
    """All reference tables in one step; each is an asset of its own."""
    specs = [
        dg.AssetSpec(
            relation_key(f"reference.{name}"),
            group_name="0_reference",
            kinds={"csv", "duckdb"},
            owners=OWNERS,
            description=plan.relations[f"reference.{name}"].description,
            metadata={"dagster/column_schema": schema_of_model(model)},
        )
        for name, model in REFERENCE_MODELS.items()
    ]

    @dg.multi_asset(specs=specs, can_subset=False, name="reference_tables")
    def reference(build: BuildDatabase) -> Iterator[dg.MaterializeResult]:
        with build.get_transaction() as connection:
            for name in REFERENCE_MODELS:
                relation = plan.relations[f"reference.{name}"]
                rows = reference_rows(name)
                write_relation(connection, relation, rows)
                note_built(connection, relation.name)
                yield dg.MaterializeResult(
                    asset_key=relation_key(relation.name),
                    metadata={
                        "dagster/row_count": rows.height,
                        "dagster/table_name": relation.name,
                        "preview": preview(rows),
                    },
                )

    return reference


def reference_rows(name: str) -> pl.DataFrame:
    """One reference table, from CSV or from the profiles."""
    if name in TABLES:
        return reference_table(name)
    return profile_table() if name == "profile" else profile_accelerator_table()
