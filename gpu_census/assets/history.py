"""The histories: every listing of every date in one language, as intervals; checked by pandera before they are used."""

from collections.abc import Iterator

import dagster as dg
import pandera.errors
import polars as pl

from gpu_census.assets.appearance import OWNERS, preview, schema_of_model, table_metadata
from gpu_census.assets.plan import Plan, listing_key, relation_key
from gpu_census.census.history import SCHEMAS, Histories, histories_of
from gpu_census.census.region_facts import disagreements
from gpu_census.census.state import nothing_told
from gpu_census.census.state_files import follow_listings, read_state, write_state
from gpu_census.reference.tables import TABLES
from gpu_census.warehouse.build import BuildDatabase, write_relation
from gpu_census.warehouse.status import note_built

SAME_PLACE = "listings_and_reference_agree"
UNSUSPECTED = "newest_answers_unsuspected"


def history_assets(plan: Plan) -> dg.AssetsDefinition:
    """All histories in one step: they come out of one reading of the listings."""
    upstream = [listing_key(provider) for provider in plan.providers]
    upstream += [relation_key(f"reference.{name}") for name in TABLES]
    specs = [
        dg.AssetSpec(
            relation_key(name),
            deps=upstream,
            group_name="2_history",
            kinds={"polars", "pandera", "duckdb"},
            owners=OWNERS,
            description=plan.relations[name].description,
            metadata={"dagster/column_schema": schema_of_model(model)},
        )
        for name, model in SCHEMAS.items()
    ]
    same_place = dg.AssetCheckSpec(
        SAME_PLACE,
        asset=relation_key("region_fact"),
        description="Listings and reference table put every region in the same country and partition.",
    )

    unsuspected = dg.AssetCheckSpec(
        UNSUSPECTED,
        asset=relation_key("suspicious_answer"),
        description="No source's newest answer has lost so much at once that it is not used.",
    )

    @dg.multi_asset(specs=specs, check_specs=[same_place, unsuspected], can_subset=False, name="histories")
    def history(build: BuildDatabase) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        before = nothing_told() if plan.anew else read_state(plan.home.state)
        state = follow_listings(plan.home.listing, plan.providers, before)
        try:
            tables = histories_of(state)
        except pandera.errors.SchemaErrors as error:
            raise dg.Failure(
                description=f"{error.schema.name} fails its pandera schema",
                metadata={"failure_cases": preview(error.failure_cases)},
                allow_retries=False,
            ) from None
        write_state(plan.home.state, state)
        with build.get_transaction() as connection:
            for name in SCHEMAS:
                write_relation(connection, plan.relations[name], getattr(tables, name))
                note_built(connection, name)
                yield dg.MaterializeResult(asset_key=relation_key(name), metadata=table_metadata(connection, name))
        moved = disagreements(state.told)
        yield dg.AssetCheckResult(
            asset_key=relation_key("region_fact"),
            check_name=SAME_PLACE,
            passed=moved.is_empty(),
            severity=dg.AssetCheckSeverity.WARN,
            description="The reference table wins." if moved.height else None,
            metadata={"regions": moved.height, "preview": preview(moved)},
        )
        yield _unsuspected(tables)

    return history


def _unsuspected(tables: Histories) -> dg.AssetCheckResult:
    """A warning for each source whose newest answer is suspicious; what it last answered well is carried forward."""
    newest = tables.observation.group_by("provider", "source").agg(pl.col("observed_on").max())
    doubted = tables.suspicious_answer.join(newest, on=["provider", "source", "observed_on"], how="semi")
    counted = doubted.group_by("provider", "source").len().sort("provider", "source")
    told = [f"{provider}/{source} has lost too much at once in {count} regions, and is carried forward from its last "
            "good answer" for provider, source, count in counted.iter_rows()]  # fmt: skip
    return dg.AssetCheckResult(
        asset_key=relation_key("suspicious_answer"),
        check_name=UNSUSPECTED,
        passed=doubted.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(told) or None,
        metadata={"regions": doubted.height, "preview": preview(doubted)},
    )
