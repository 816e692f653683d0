"""What the UI shows of a census table beside its rows: a map where there is one, and numbers charted over time."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import dagster as dg
import duckdb

SCALE = 0.55  # about 100 kB each: metadata is loaded with every materialization
HEADLINE = "profile = 'extended'"
NUMBERS: dict[str, dict[str, str]] = {
    "compute_tier": {
        "north": f"SELECT count(*) FROM compute_tier WHERE {HEADLINE} AND in_count_universe AND tier = 'north'",
        "south": f"SELECT count(*) FROM compute_tier WHERE {HEADLINE} AND in_count_universe AND tier = 'south'",
    },
    "country_census": {
        "regions": f"SELECT sum(regions)::BIGINT FROM country_census WHERE {HEADLINE}",
        "gpu_regions": f"SELECT sum(gpu_regions)::BIGINT FROM country_census WHERE {HEADLINE}",
    },
    "source_coverage": {
        "sources_complete": "SELECT count(*) FROM source_coverage WHERE complete AND carried_from IS NULL",
        "sources_carried_forward": "SELECT count(*) FROM source_coverage WHERE carried_from IS NOT NULL",
    },
    "finding": {
        "percent_confirmed": (
            "SELECT round(100 * count(*) FILTER (finding = 'confirmed') / count(*), 1) "
            "FROM finding WHERE accelerator_model <> ''"
        ),
        "regions_not_observed": "SELECT count(*) FROM finding WHERE finding = 'not_observed'",
    },
}


def figures(connection: duckdb.DuckDBPyConnection, name: str, *, drawn: bool) -> dict[str, Any]:
    """Metadata for the asset of a table: numbers, and where things are drawn a map as a picture in Markdown."""
    found: dict[str, Any] = {
        label: connection.execute(query).fetchall()[0][0] for label, query in NUMBERS.get(name, {}).items()
    }
    if drawn and (draw := _map_of(name)) is not None:
        found["map"] = _picture(connection, name, draw)
    return {label: value for label, value in found.items() if value is not None}


def _picture(connection: duckdb.DuckDBPyConnection, name: str, draw: Callable[..., bytes]) -> Any:
    """The map, or why there is none: a picture is no reason to stop a census."""
    try:
        encoded = base64.b64encode(draw(connection, scale=SCALE)).decode()
    except Exception as error:
        return f"not drawn: {type(error).__name__}: {error}"
    return dg.MetadataValue.md(f"![{name.replace('_', ' ')}](data:image/png;base64,{encoded})")


def _map_of(name: str) -> Callable[..., bytes] | None:
    """Drawing is imported only where something is drawn."""
    if name not in ("compute_tier", "country_census"):
        return None
    from gpu_census.report.pictures import region_map_png, tier_map_png

    return tier_map_png if name == "compute_tier" else region_map_png
