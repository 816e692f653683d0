"""One asset per derived table (`warehouse.derived`): its rows made, checked by its pandera model, written."""

import dagster as dg
import pandera.errors
import polars as pl

from gpu_census.assets.appearance import OWNERS, preview, schema_of_model, table_metadata
from gpu_census.assets.plan import relation_key
from gpu_census.validating import validated
from gpu_census.warehouse.build import BuildDatabase, census_date_of, write_relation
from gpu_census.warehouse.derived import DerivedTable
from gpu_census.warehouse.status import note_built


def derived_asset(table: DerivedTable) -> dg.AssetsDefinition:
    """The asset of one derived table."""

    @dg.asset(
        key=relation_key(table.name),
        deps=[relation_key(name) for name in table.reads],
        group_name="3_census",
        kinds={"polars", "pandera", "duckdb"},
        owners=OWNERS,
        description=table.relation.description,
        metadata={"dagster/column_schema": schema_of_model(table.schema)},
    )
    def derived(build: BuildDatabase) -> dg.MaterializeResult:
        with build.get_transaction() as connection:
            rows = _checked(table, table.make(connection, census_date_of(connection)))
            write_relation(connection, table.relation, rows)
            note_built(connection, table.name)
            return dg.MaterializeResult(metadata=table_metadata(connection, table.name))

    return derived


def _checked(table: DerivedTable, rows: pl.DataFrame) -> pl.DataFrame:
    try:
        return validated(rows, table.schema.to_schema())
    except pandera.errors.SchemaErrors as error:
        raise dg.Failure(
            description=f"{table.name} fails its pandera schema",
            metadata={"failure_cases": preview(error.failure_cases)},
            allow_retries=False,
        ) from None
