"""Small pictures of the census for elsewhere, such as the metadata of an asset: PNG or SVG, drawn without a browser.

Each carries its title, date, range, source and licence inside the picture, so that it can be passed on by itself.
They are drawn from the tables of a build as well as from a published database.
"""

from __future__ import annotations

from datetime import date

import duckdb
import vl_convert

from gpu_census import __version__
from gpu_census.report import maps
from gpu_census.report.language import language, ranged
from gpu_census.report.published import Published
from gpu_census.report.regions import for_map, read_regions
from gpu_census.report.vintages import HEADLINE, shade, vintages_of

COUNTRIES = "SELECT country_iso2, name_short_en, name_short_zh FROM reference.country"


def tier_map_svg(connection: duckdb.DuckDBPyConnection, *, code: str = "en") -> str:
    """Countries and territories by tier under the headline profile."""
    words, published = language(code), Published(connection)
    (vintage,) = vintages_of(published, [published.date])
    names = {row["country_iso2"]: words.country(row) for row in published.rows(COUNTRIES)}
    tiers = vintage.tiers[HEADLINE]
    shades = {iso2: shade(row) for iso2, row in tiers.items()}
    superpowers = [iso2 for iso2, row in tiers.items() if row["superpower"]]
    counts = {tier: vintage.in_tier(HEADLINE, tier) for tier in ("north", "south", "desert")}
    legend = [
        (f"{words.term('tiers', tier)} {ranged(c.count, c.at_least, c.at_most)}", maps.COLOURS[tier])
        for tier, c in counts.items()
    ]
    legend += [
        (words.say("pictures.open"), "url(#north-fine)"),
        (words.say("pictures.unknown"), maps.COLOURS["unknown"]),
    ]
    title = words.say("pictures.tiers", date=words.day(published.date))
    drawn = maps.draw_tiers(shades, names, superpowers, coarse=True)
    return maps.whole_picture(drawn, title=title, lines=_notes(published.date, code), legend=legend)


def region_map_svg(connection: duckdb.DuckDBPyConnection, *, code: str = "en") -> str:
    """Cloud regions by the most advanced accelerator they list."""
    words, published = language(code), Published(connection)
    regions = for_map(read_regions(published), words)
    legend = [(words.term("pictures.generations", name), maps.POINT_COLOURS[name]) for name in maps.GENERATIONS]
    title = words.say("pictures.regions", date=words.day(published.date), count=len(regions))
    drawn = maps.draw_ground(coarse=True) + maps.draw_regions(regions)
    lines = [words.say("countries.map_note"), *_notes(published.date, code)]
    return maps.whole_picture(drawn, title=title, lines=lines, legend=legend)


def tier_map_png(connection: duckdb.DuckDBPyConnection, *, scale: float = 0.8) -> bytes:
    """The tier map as PNG, in English."""
    return _png(tier_map_svg(connection), scale)


def region_map_png(connection: duckdb.DuckDBPyConnection, *, scale: float = 0.8) -> bytes:
    """The map of regions as PNG, in English."""
    return _png(region_map_svg(connection), scale)


def _png(svg: str, scale: float) -> bytes:
    return bytes(vl_convert.svg_to_png(svg, scale=scale))


def _notes(day: date, code: str) -> list[str]:
    words = language(code)
    return [
        f"{words.say('now.range_note')} {words.say('foot.borders')}",
        words.say("pictures.source", date=day, version=__version__),
    ]
