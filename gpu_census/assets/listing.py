"""`<provider>/listing`: what one provider's sources say, row for row, over all their dates."""

import dagster as dg

from gpu_census.assets.appearance import OWNERS, preview, schema_of_model
from gpu_census.assets.plan import Plan, answers_key, listing_key
from gpu_census.census.landed_listing import landed_listings
from gpu_census.census.listing import ProviderListing, gather
from gpu_census.census.listing_files import read_index, write_listing
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
        landed = landed_listings(provider, Landing(home.landing), read_index(home.listing, provider), anew=plan.anew)
        found = gather(provider, plan.archives, landed.read)
        files = write_listing(home.listing, provider, found, keep=landed.keep)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": found.offerings.height,
                "sources": found.sources.height,
                "listings": found.observations.height,
                "newest": str(found.observations["census_date"].max()),
                "files_written": len(files),
                "preview": preview(found.offerings.drop("provider", "zone", "service", "payload_sha256")),
            },
            check_results=[_every_row_good(provider, found)],
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
