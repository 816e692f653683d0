"""One asset per SQL model: its table and macro, its checks, its column lineage. Everything comes from the SQL file."""

from typing import Any

import dagster as dg
import duckdb

from gpu_census.assets.appearance import OWNERS, markdown_table, table_metadata
from gpu_census.assets.figures import figures
from gpu_census.assets.plan import Plan, relation_key
from gpu_census.warehouse.build import BuildDatabase, build_model
from gpu_census.warehouse.checks import Outcome, checks_of, run_check
from gpu_census.warehouse.lineage import column_lineage, columns_of
from gpu_census.warehouse.sql_models import SqlModel
from gpu_census.warehouse.status import note_built

NOT_NULL = "not_null"


def model_asset(plan: Plan, model: SqlModel) -> dg.AssetsDefinition:
    """The asset of one SQL model."""
    key = relation_key(model.name)
    checks = checks_of(model)

    @dg.asset(
        key=key,
        deps=[relation_key(name) for name in model.upstream],
        group_name="3_census",
        kinds={"sql", "duckdb"},
        owners=OWNERS,
        description=f"{model.description}\n\n```sql\n{model.body}\n```",
        metadata={"dagster/column_schema": _column_schema(model), "grain": ", ".join(model.grain)},
        check_specs=[
            dg.AssetCheckSpec(check.name, asset=key, description=check.description, blocking=check.blocking)
            for check in checks
        ],
    )
    def sql_model(build: BuildDatabase) -> dg.MaterializeResult:
        with build.get_transaction() as connection:
            build_model(connection, model, plan.relations, plan.models)
            outcomes = [run_check(connection, model, check) for check in checks]
            failed = [outcome.check.name for outcome in outcomes if outcome.check.blocking and not outcome.passed]
            note_built(connection, model.name, failed=failed)
            metadata = _metadata(plan, model, connection)
        return dg.MaterializeResult(metadata=metadata, check_results=[_result(key, outcome) for outcome in outcomes])

    return sql_model


def _metadata(plan: Plan, model: SqlModel, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    kept = plan.home.build_database.with_name("lineage")
    origins = column_lineage(model, columns_of(model, plan.relations, plan.models), kept)
    deps = {
        column: [dg.TableColumnDep(asset_key=relation_key(name), column_name=of) for name, of in pairs]
        for column, pairs in origins.items()
    }
    return {
        **table_metadata(connection, model.name, order=model.preview),
        **figures(connection, model.name, drawn=plan.drawn),
        "dagster/column_lineage": dg.TableColumnLineage(deps),
    }


def _column_schema(model: SqlModel) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.dtype,
                description=column.description,
                constraints=dg.TableColumnConstraints(nullable=all(test.kind != NOT_NULL for test in column.tests)),
            )
            for column in model.columns
        ]
    )


def _result(key: dg.AssetKey, outcome: Outcome) -> dg.AssetCheckResult:
    examples = outcome.examples
    shown = markdown_table(list(examples[0]), [list(row.values()) for row in examples]) if examples else ""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=outcome.check.name,
        passed=outcome.passed,
        severity=dg.AssetCheckSeverity.ERROR if outcome.check.blocking else dg.AssetCheckSeverity.WARN,
        metadata={"failing_rows": outcome.failures, "examples": dg.MetadataValue.md(shown)},
    )
