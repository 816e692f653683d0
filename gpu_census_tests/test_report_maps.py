"""The maps: every country is on them, nothing floods the globe, points lie where their city is."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import duckdb
import pytest

from gpu_census.report import maps
from gpu_census.report.pictures import region_map_png, region_map_svg, tier_map_png, tier_map_svg
from gpu_census.report.projection import HEIGHT, WIDTH, on_map
from gpu_census.report.shapes.slim import slimmed
from gpu_census_tests.report_census import publish_report_census

NOT_DRAWN = {"AQ"}  # the map ends north of it


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    home = publish_report_census(tmp_path_factory.mktemp("maps"))
    return duckdb.connect(str(home.public_database), read_only=True)


def test_every_country_of_the_census_is_on_the_map(census: duckdb.DuckDBPyConnection) -> None:
    countries = {code for (code,) in census.execute("SELECT country_iso2 FROM reference.country").fetchall()}
    drawn = re.findall(r'data-c="(\w\w)"', maps.draw_tiers({}, {}, []))
    assert countries - set(drawn) == NOT_DRAWN
    assert set(drawn) <= countries
    small = {place["iso2"] for place in maps.shapes() if maps.is_small(place)}
    assert {"SG", "HK", "MO", "BH", "QA", "MT", "LU", "TV", "VA"} <= small
    assert not {"US", "CN", "IS", "TW", "BE", "IL"} & small


def test_no_shape_leaves_the_map_or_floods_it() -> None:
    for place in maps.shapes():
        assert 0 <= place["x"] <= WIDTH
        assert 0 <= place["y"] <= HEIGHT
    areas = {place["iso2"]: place["area"] for place in maps.shapes()}
    assert max(areas, key=areas.__getitem__) == "RU"
    assert 0.2 < sum(areas.values()) / (WIDTH * HEIGHT) < 0.35  # land without Antarctica, on an equal-area map
    assert 1.6 < areas["CN"] / areas["IN"] < 3.4  # 9.6 to 3.3 million square kilometres, and Natural Earth's borders


def test_places_lie_where_they_are() -> None:
    points = {place["iso2"]: (place["x"], place["y"]) for place in maps.shapes()}
    for code, longitude, latitude in (("SG", 103.82, 1.35), ("BH", 50.55, 26.05), ("IS", -18.6, 65.0)):
        x, y = on_map(longitude, latitude)
        assert abs(points[code][0] - x) < 4
        assert abs(points[code][1] - y) < 4
    assert on_map(0, 0)[0] == pytest.approx(WIDTH / 2)
    assert on_map(180, 0)[0] == pytest.approx(WIDTH)


def test_a_square_becomes_one_closed_path_and_specks_become_points() -> None:
    square = [[10.0, 0.0], [20.0, 0.0], [20.0, 10.0], [10.0, 10.0], [10.0, 0.0]]
    speck = [[30.0, 0.0], [30.001, 0.0], [30.001, 0.001], [30.0, 0.0]]
    features = [
        {"properties": {"iso2": "AA"}, "geometry": {"type": "Polygon", "coordinates": [square]}},
        {"properties": {"iso2": "BB"}, "geometry": {"type": "MultiPolygon", "coordinates": [[speck]]}},
    ]
    found = {place["iso2"]: place for place in slimmed({"features": features})}
    assert re.fullmatch(r"M\d+ \d+l-?\d+[ -]\d+( ?-?\d+[ -]\d+){2}z", found["AA"]["path"])
    assert found["AA"]["area"] > 500
    assert (found["BB"]["path"], found["BB"]["area"]) == ("", 0)
    assert found["TV"]["path"] == ""


def test_small_pictures_show_the_same_places_with_fewer_points() -> None:
    fine, coarse = maps.shapes(), maps.shapes(coarse=True)
    told = ("iso2", "x", "y", "area")
    assert [[place[name] for name in told] for place in fine] == [[place[name] for name in told] for place in coarse]
    assert 0.25 < sum(len(place["path"]) for place in coarse) / sum(len(place["path"]) for place in fine) < 0.45
    # whatever is too large for a disc has kept an outline
    assert [place["iso2"] for place in coarse if not place["path"] and not maps.is_small(place)] == []
    ring = [[longitude / 10, 0.0] for longitude in range(100)] + [[10.0, 10.0], [0.0, 0.0]]
    shape = {"properties": {"iso2": "AA"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    points = {apart: slimmed({"features": [shape]}, apart)[0]["path"].count(" ") for apart in (1, 10)}
    assert points[10] < points[1] / 2


def test_bounds_that_disagree_are_striped_and_what_nobody_saw_is_outlined(census: duckdb.DuckDBPyConnection) -> None:
    drawn = tier_map_svg(census)
    assert '<path class="unknown" data-c="PE"' in drawn
    assert '<path class="desert open" data-c="NO"' in drawn
    assert '<path class="north" data-c="US"' in drawn
    assert '<path class="south" data-c="IE"' in drawn
    assert '<circle class="disc north" data-c="SG"' in drawn
    assert drawn.count('class="ring"') == 2


def test_a_point_says_by_shape_how_sure_it_is() -> None:
    region = {"provider": "p", "longitude": 0.0, "latitude": 0.0, "title": "<b>", "generation": "hopper"}
    filled, ring, cross = (
        maps.draw_regions([{**region, "code": mark, "mark": mark}]) for mark in ("confirmed", "price", "stale")
    )
    colour = maps.POINT_COLOURS["hopper"]
    assert f'fill="{colour}"' in filled
    assert f'fill="#ffffff" stroke="{colour}"' in ring
    assert cross.startswith("<path")
    assert all("&lt;b&gt;" in drawn for drawn in (filled, ring, cross))


def test_clouds_in_one_city_do_not_hide_each_other() -> None:
    region = {"longitude": 103.8, "latitude": 1.3, "title": "", "generation": "hopper", "mark": "confirmed"}
    drawn = maps.draw_regions({**region, "provider": str(place), "code": "sg"} for place in range(9))
    points = re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawn)
    apart = [
        ((float(ax) - float(bx)) ** 2 + (float(ay) - float(by)) ** 2) ** 0.5
        for place, (ax, ay) in enumerate(points)
        for bx, by in points[:place]
    ]
    assert len(points) == 9
    assert min(apart) > 3


def test_pictures_carry_title_date_range_and_licence(census: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for drawn in (tier_map_svg(census), region_map_svg(census)):
        assert "1 March 2025" in drawn
        assert "The range is what the evidence leaves open" in drawn
        assert "Natural Earth, public domain" in drawn
    assert "North 3 (3-6)" in tier_map_svg(census)
    for png in (tier_map_png(census), region_map_png(census)):
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", png[16:24])
        assert (width, 300 < height < 500) == (800, True)
        assert 20_000 < len(png) < 300_000
