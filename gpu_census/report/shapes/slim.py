"""Make the shapes from a GeoJSON file of countries: `python -m gpu_census.report.shapes.slim WORLD.geojson`.

Every country becomes one path on the report's map (`gpu_census.report.projection`), in whole tenths of a unit; points
that fall together are one. Countries too small to be seen keep a point, and so do those that the file does not show.
For small pictures there is a coarse file, whose points are at least a unit apart: fewer points are drawn sooner.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gpu_census.report.projection import on_map

Ring = list[tuple[int, int]]

# for each file, how many tenths of a unit its points are apart at least
APART = {"world.json": 1, "world_coarse.json": 10}

# places of ISO 3166-1 that the file draws as part of another or not at all: longitude, latitude
WITHOUT_SHAPE = {
    "BQ": (-68.3, 12.2),
    "BV": (3.4, -54.4),
    "CC": (96.8, -12.2),
    "CX": (105.6, -10.5),
    "GF": (-53.1, 3.9),
    "GI": (-5.35, 36.14),
    "GP": (-61.6, 16.25),
    "MQ": (-61.0, 14.65),
    "RE": (55.5, -21.1),
    "SJ": (16.0, 78.2),
    "TK": (-171.8, -9.2),
    "TV": (179.2, -8.5),
    "UM": (-169.5, 16.7),
    "YT": (45.15, -12.8),
}


def slimmed(geojson: dict[str, Any], apart: int = 1) -> list[dict[str, Any]]:
    """One entry for each place: code, path, and the point and size by which it is found when it is small."""
    places = [_place(feature, apart) for feature in geojson["features"]]
    for code, (longitude, latitude) in WITHOUT_SHAPE.items():
        x, y = on_map(longitude, latitude)
        places.append({"iso2": code, "path": "", "x": round(x, 1), "y": round(y, 1), "area": 0})
    return sorted(places, key=lambda place: place["iso2"])


def _place(feature: dict[str, Any], apart: int) -> dict[str, Any]:
    shape = feature["geometry"]
    polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    rings = [ring for polygon in polygons for ring in map(_ring, polygon)]
    largest = max(rings, key=lambda ring: abs(_area(ring)))
    x, y = _centre(largest)
    return {
        "iso2": feature["properties"]["iso2"] or "",
        "path": "".join(_written(_thinned(ring, apart) for ring in rings)),
        "x": round(x / 10, 1),
        "y": round(y / 10, 1),
        "area": round(sum(abs(_area(ring)) for ring in rings) / 100, 1),
    }


def _ring(points: list[list[float]]) -> Ring:
    found: Ring = []
    for longitude, latitude in points:
        x, y = on_map(longitude, latitude)
        point = (round(x * 10), round(y * 10))
        if not found or point != found[-1]:
            found.append(point)
    return found


def _thinned(ring: Ring, apart: int) -> Ring:
    """The ring without points that are nearer than this to the point before, and closed as it was."""
    found = ring[:1]
    for x, y in ring[1:-1]:
        if max(abs(x - found[-1][0]), abs(y - found[-1][1])) >= apart:
            found.append((x, y))
    return [*found, *ring[-1:]]


def _area(ring: Ring) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def _centre(ring: Ring) -> tuple[float, float]:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _written(rings: Iterable[Ring]) -> Iterator[str]:
    """SVG path data, steps relative to the point before; rings without any extent are left out."""
    for ring in rings:
        if len(ring) < 4:
            continue
        (x, y), steps = ring[0], []
        yield f"M{x} {y}l"
        for next_x, next_y in ring[1:-1]:
            steps.append(f"{next_x - x} {next_y - y}")
            x, y = next_x, next_y
        yield " ".join(steps).replace(" -", "-") + "z"


if __name__ == "__main__":
    world = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for name, apart in APART.items():
        lines = ",\n".join(json.dumps(place, separators=(",", ":")) for place in slimmed(world, apart))
        Path(__file__).with_name(name).write_text(f"[\n{lines}\n]\n", encoding="utf-8")
