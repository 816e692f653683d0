"""`report`: the published census as two pages, one per language, beside the database."""

from __future__ import annotations

from typing import Any

import dagster as dg

from gpu_census.assets.files_for_readers import asset_of_files
from gpu_census.assets.plan import Plan

WRITTEN = "pages_written"


def report_asset(plan: Plan) -> dg.AssetsDefinition:
    """The asset that writes the report of what `published_database` has published."""

    def write() -> dict[str, Any]:
        from gpu_census.report.publish import write_report  # drawing takes long to load, and not every run draws

        pages = write_report(plan.home)
        return {
            **{f"page_{code}": dg.MetadataValue.url(path.as_uri()) for code, path in pages.items()},
            "bytes": sum(path.stat().st_size for path in pages.values()),
        }

    return asset_of_files(
        "report",
        kinds={"html"},
        description=(
            "report.html and report.zh.html: the census to look at, each one file that asks for nothing else. "
            "Maps, my country, every table, how it spread, what changed, how far to trust it."
        ),
        check=WRITTEN,
        stale="the pages are those of before",
        write=write,
    )
