"""`region.geojson`: the cloud regions of the census date as points, one a line.

Regions without coordinates are left out; how many stands in the file itself, as `left_out`.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from gpu_census.exports.tables import Table

PLACE = ("latitude", "longitude")


def write_geojson(connection: duckdb.DuckDBPyConnection, region: Table, path: Path) -> int:
    """Write the regions; returns how many have no coordinates and are left out."""
    names = [column.name for column in region.columns]
    rows = connection.execute(f"SELECT * FROM {region.relation} ORDER BY {region.order}").fetchall()
    placed = [dict(zip(names, row, strict=True)) for row in rows]
    features = [_feature(row) for row in placed if all(row[name] is not None for name in PLACE)]
    left_out = len(placed) - len(features)
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, default=str) for feature in features)
    path.write_text(
        f'{{"type": "FeatureCollection", "left_out": {left_out}, "features": [\n{lines}\n]}}\n', encoding="utf-8"
    )
    return left_out


def _feature(row: dict[str, object]) -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]},
        "properties": {name: value for name, value in row.items() if name not in PLACE},
    }
