"""The world map as SVG: countries by tier, regions by the most advanced accelerator. Plain shapes, no words.

`gpu_census.report.pictures` makes pictures of it for elsewhere, the page colours it by date.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from math import cos, pi, sin, sqrt
from pathlib import Path
from typing import Any

from markupsafe import Markup

from gpu_census.report.projection import HEIGHT, WIDTH, on_map
from gpu_census.report.published import Row

SHAPES = Path(__file__).parent / "shapes"
DISC_BELOW = 11.0  # square units: Qatar and smaller are drawn as discs, too
COLOURS = {"north": "#0b4a8f", "south": "#e8860c", "desert": "#e3e1da", "unknown": "#ffffff"}
GENERATIONS = ("blackwell", "hopper", "ampere", "other_training", "v100", "inference", "none", "unobserved")
POINT_COLOURS = {
    "blackwell": "#3b0a57",
    "hopper": "#2f6fc1",
    "ampere": "#159a8c",
    "other_training": "#8cc8f0",
    "v100": "#e8860c",
    "inference": "#f7d13d",
    "none": "#8a8a8a",
    "unobserved": "#ffffff",
}


@cache
def shapes(*, coarse: bool = False) -> tuple[dict[str, Any], ...]:
    """Every place on the map, coarse for small pictures; those without a code of their own come first."""
    return tuple(json.loads((SHAPES / ("world_coarse.json" if coarse else "world.json")).read_text(encoding="utf-8")))


def is_small(place: Mapping[str, Any]) -> bool:
    """Whether a place is drawn as a disc because nobody could see its outline."""
    return bool(place["area"] < DISC_BELOW and place["iso2"])


def draw_tiers(
    shades: Mapping[str, str], names: Mapping[str, str], superpowers: Collection[str], *, coarse: bool = False
) -> Markup:
    """Countries coloured by tier; the page's script changes class and title, so each carries its code."""
    places = shapes(coarse=coarse)
    large = [_outline(place, shades, names) for place in places]
    small = [_disc(place, shades, names) for place in places if is_small(place)]
    rings = [
        Markup('<circle class="edge" cx="{0}" cy="{1}" r="8"/><circle class="ring" cx="{0}" cy="{1}" r="8"/>').format(
            place["x"], place["y"]
        )
        for place in places
        if place["iso2"] in superpowers
    ]
    return Markup('<g transform="scale(.1)">{}</g><g>{}</g><g>{}</g>').format(
        *map(Markup("").join, (large, small, rings))
    )


def draw_ground(*, coarse: bool = False) -> Markup:
    """All land as one shape, to put points on."""
    path = "".join(place["path"] for place in shapes(coarse=coarse))
    return Markup('<path class="ground" transform="scale(.1)" d="{}"/>').format(path)


def draw_regions(regions: Iterable[Row]) -> Markup:
    """Regions as points: colour for the chip, filled for confirmed, a ring for price only, a cross for stale."""
    seen: Counter[tuple[int, int]] = Counter()
    points = []
    # the most advanced last, so that it lies on top
    for region in sorted(
        regions, key=lambda row: (-GENERATIONS.index(row["generation"]), row["provider"], row["code"])
    ):
        if region["longitude"] is None or region["latitude"] is None:
            continue
        x, y = on_map(region["longitude"], region["latitude"])
        x, y = _aside(x, y, seen)
        points.append(_point(x, y, region))
    return Markup("").join(points)


def _aside(x: float, y: float, seen: Counter[tuple[int, int]]) -> tuple[float, float]:
    """Beside the points that stand there already, on a spiral: clouds in one city would hide each other."""
    cell = (round(x / 6), round(y / 6))
    turn = seen[cell]
    seen[cell] += 1
    away, angle = 4.4 * sqrt(turn), turn * pi * (3 - sqrt(5))
    return x + away * cos(angle), y + away * sin(angle)


def _point(x: float, y: float, region: Row) -> Markup:
    colour, mark = POINT_COLOURS[region["generation"]], region["mark"]
    title = Markup("<title>{}</title>").format(region["title"])
    x, y = round(x, 1), round(y, 1)
    if mark == "stale":
        return Markup('<path d="M{} {}m-3-3l6 6m0-6l-6 6" stroke="{}" stroke-width="2">{}</path>').format(
            x, y, colour, title
        )
    fill = {"confirmed": colour, "price": "#ffffff", "open": "#ffffff"}[mark]
    stroke = {"confirmed": "#ffffff", "price": colour, "open": "#6b6b6b"}[mark]
    width = {"confirmed": 0.7, "price": 2, "open": 1}[mark]
    radius = {"confirmed": 3.6, "price": 3.0, "open": 2.4}[mark]
    if mark == "confirmed" and region["generation"] == "none":
        radius = 2.2
    return Markup('<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="{}" stroke-width="{}">{}</circle>').format(
        x, y, radius, fill, stroke, width, title
    )


def _class_of(shade: str) -> str:
    return shade.replace("?", " open")


def _outline(place: Mapping[str, Any], shades: Mapping[str, str], names: Mapping[str, str]) -> Markup:
    if not place["path"]:
        return Markup("")
    code = place["iso2"]
    if not code:
        return Markup('<path class="desert" d="{}"/>').format(place["path"])
    return Markup('<path class="{}" data-c="{}" d="{}"><title>{}</title></path>').format(
        _class_of(shades.get(code, "desert")), code, place["path"], names.get(code, code)
    )


def _disc(place: Mapping[str, Any], shades: Mapping[str, str], names: Mapping[str, str]) -> Markup:
    code = place["iso2"]
    shade = shades.get(code, "desert")
    return Markup('<circle class="disc {}" data-c="{}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>').format(
        _class_of(shade), code, place["x"], place["y"], 2 if shade == "desert" else 5, names.get(code, code)
    )


def whole_picture(inside: Markup, *, title: str, lines: list[str], legend: list[tuple[str, str]]) -> str:
    """A map as a picture of its own: title above, then the legend, and below it date, range, source and licence."""
    step = (WIDTH - 20) / max(len(legend), 5)
    words = [
        KEY.format(x=round(16 + place * step), after=round(34 + place * step), colour=colour, word=word)
        for place, (word, colour) in enumerate(legend)
    ]
    words += [NOTE.format(y=HEIGHT + 74 + 15 * place, line=line) for place, line in enumerate(lines)]
    return str(
        PICTURE.format(
            width=int(WIDTH),
            height=int(HEIGHT + 82 + 15 * len(lines)),
            style=Markup(map_style()),
            hatch=HATCH,
            title=title,
            words=Markup("").join(words),
            inside=inside,
        )
    )


KEY = Markup(
    '<rect x="{x}" y="34" width="12" height="12" fill="{colour}" stroke="#6b6b6b"/>'
    '<text x="{after}" y="45">{word}</text>'
)
NOTE = Markup('<text x="16" y="{y}">{line}</text>')
PICTURE = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
    'font-family="Liberation Sans, Arial, sans-serif" font-size="12" fill="#222222"><style>{style}</style>{hatch}'
    '<rect width="{width}" height="{height}" fill="#ffffff"/>'
    '<text x="16" y="24" font-size="18" font-weight="bold">{title}</text>{words}'
    '<g transform="translate(0 56)" fill="none">{inside}</g></svg>'
)


def _hatching() -> Markup:
    """Stripes on the colour of the tier, at two scales: outlines are drawn in tenths, discs in whole units."""
    patterns = [
        Markup(
            '<pattern id="{}{}" width="{}" height="{}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            '<rect width="{}" height="{}" fill="{}"/><rect width="{}" height="{}" fill="{}"/></pattern>'
        ).format(tier, suffix, size, size, size, size, COLOURS[tier], size * 0.4, size, stripe)
        for tier, stripe in (("north", "#ffffff"), ("south", "#ffffff"), ("desert", "#0b4a8f"))
        for suffix, size in (("-wide", 50), ("-fine", 3))
    ]
    return Markup("<defs>{}</defs>").format(Markup("").join(patterns))


HATCH = _hatching()


def map_style(scope: str = "") -> str:
    """The style sheet of the maps, for what stands below `scope`."""
    rules = [
        *(f".{tier}{{fill:{colour}}}" for tier, colour in COLOURS.items()),
        *(f"path.{tier}.open{{fill:url(#{tier}-wide)}}" for tier in ("north", "south", "desert")),
        *(f"circle.{tier}.open{{fill:url(#{tier}-fine)}}" for tier in ("north", "south", "desert")),
        "path[class]{stroke:#ffffff;stroke-width:4}",
        "path.desert{stroke:#b9b6ab}",
        "path.unknown{stroke:#333333;stroke-width:8}",
        ".disc{stroke:#ffffff;stroke-width:.8}",
        ".disc.desert{stroke:#8d8a80}",
        ".disc.unknown{stroke:#333333;stroke-width:1.3}",
        ".edge{fill:none;stroke:#1d1d1b;stroke-width:4.4}",
        ".ring{fill:none;stroke:#ffffff;stroke-width:2.2}",
        "path.ground{fill:#e3e1da;stroke:#b9b6ab}",
    ]
    return "".join(f"{scope}{rule}" for rule in rules)
