"""`<provider>/listing`: what one provider's sources say, row for row, over all their dates."""

import dagster as dg
import polars as pl

from gpu_census.assets.appearance import OWNERS, preview, schema_of_model
from gpu_census.assets.plan import Plan, answers_key, listing_key
from gpu_census.census.listing import ProviderListing
from gpu_census.census.listing_blocks import bring_up_to_date
from gpu_census.census.listing_files import read_days
from gpu_census.census.schemas import Listing
from gpu_census.collect.landing import Landing

EVERY_ROW_GOOD = "every_row_good"


def listing_asset(plan: Plan, provider: str) -> dg.AssetsDefinition:
    """The asset of one provider, read from every archive that has it and from what it has answered."""

    @dg.asset(
        key=listing_key(provider),
        deps=["census", *([answers_key(provider)] if provider in plan.asked else [])],
        group_name="1_ask",
        kinds={"polars", "parquet"},
        owners=OWNERS,
        description=f"What the sources of {provider} list, row for row: one pair of Parquet files per source and date.",
        metadata={"dagster/column_schema": schema_of_model(Listing)},
        check_specs=[
            dg.AssetCheckSpec(
                EVERY_ROW_GOOD,
                asset=listing_key(provider),
                description="No row had to be set aside in the quarantine.",
            )
        ],
    )
    def listing() -> dg.MaterializeResult:
        home = plan.home.prepare()
        brought = bring_up_to_date(home.listing, provider, plan.archives, Landing(home.landing), anew=plan.anew)
        kept = brought.kept
        newest = kept.observations.filter(pl.col("census_date") == pl.col("census_date").max())
        rows = read_days(home.listing, kept, newest).offerings
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": int(kept.observations["listed"].sum()),
                "sources": kept.sources.height,
                "listings": kept.observations.height,
                "newest": str(kept.observations["census_date"].max()),
                "files_written": len(brought.files),
                "preview": preview(rows.drop("provider", "zone", "service", "payload_sha256")),
            },
            check_results=[_every_row_good(provider, kept)],
        )

    return listing


def _every_row_good(provider: str, found: ProviderListing) -> dg.AssetCheckResult:
    reasons = found.quarantine.group_by("reason").len().sort("len", descending=True)
    return dg.AssetCheckResult(
        asset_key=listing_key(provider),
        check_name=EVERY_ROW_GOOD,
        passed=found.quarantine.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"rows": found.quarantine.height, "reasons": preview(reasons)},
    )
