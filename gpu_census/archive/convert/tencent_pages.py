"""Read Tencent Cloud's Chinese documentation pages: GPU instance tables, regions and zones.

What belongs here: turning the pages' tables into rows. What does not: which page describes which
day (`tencent_documents`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

NUMERALS = "一二三四五六七八九"
CELL = re.compile(r"<td[^>]*>(.*?)</td>", re.DOTALL)
ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
CARD = re.compile(r"<th[^>]*>GPU<br>（(.*?)）</th>", re.DOTALL)
REGION_CODE = re.compile(r"(?:ap|na|sa|eu)-[a-z]+(?:-fsi)?")
ZONE_CODE = re.compile(REGION_CODE.pattern + r"-\d+")
ZONE_NAME = re.compile(rf"([^（]+?[{NUMERALS}]区)")
# A run of zones of one city; a full-width comma between two numerals is the page's slip for 、.
CITY_ZONES = re.compile(rf"([^{NUMERALS}、，。区]+)([{NUMERALS}](?:[、，]?[{NUMERALS}])*)区[，。]?")
# Sold in limited numbers, on application: by request. (On test, 内测, such types name no zone.)
LIMITED_SALE = "限量购买"


@dataclass
class Regions:
    """The regions page: names by region code, and zone codes by the zone's Chinese name."""

    name: dict[str, str] = field(default_factory=dict)
    zone: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ListedType:
    """One instance type of the GPU page in one zone."""

    zone: str
    instance_type: str
    accelerator_label: str
    accelerator_count: str
    status: str | None

    @property
    def region_code(self) -> str:
        return self.zone.rsplit("-", 1)[0]


def read_regions(page: str) -> Regions:
    """Every region and zone of the regions page."""
    regions = Regions()
    for cell in CELL.findall(page):
        plain = re.sub(r"</?(span|a)\b[^>]*>", "", cell)
        *text, code = [part.strip() for part in plain.split("<br>")]
        if REGION_CODE.fullmatch(code):
            regions.name[code] = text[0]
        elif ZONE_CODE.fullmatch(code) and (name := ZONE_NAME.match(text[0])):
            regions.zone[name.group(1)] = code
    return regions


def read_instance_types(page: str, regions: Regions) -> Iterator[ListedType]:
    """Every instance type in every zone that the GPU page names it for."""
    for section in re.split(r"^## ", page, flags=re.MULTILINE):
        card = CARD.search(section)
        if card is None:
            continue
        label = card.group(1).replace("<br>", " ")
        status = "by_request" if LIMITED_SALE in section else None
        for name, count, zones in _rows(section[card.end() :]):
            for zone in _zone_codes(zones, regions):
                yield ListedType(
                    zone=zone,
                    instance_type=name,
                    accelerator_label=label,
                    accelerator_count=plain_count(count),
                    status=status,
                )


def plain_count(text: str) -> str:
    """`8颗` and `1/4颗` as `8` and `0.25`."""
    return f"{float(Fraction(text.replace('颗', '').strip())):.4f}".rstrip("0").rstrip(".")


def _rows(table: str) -> Iterator[tuple[str, str, str]]:
    """Type, number of cards and zones; the zone cell spans rows, so it holds until the next one."""
    zones = ""
    for row in ROW.findall(table):
        cells = [cell.strip() for cell in CELL.findall(row)]
        if len(cells) == 9:
            zones = cells[-1]
        elif len(cells) != 8:
            raise ValueError(f"a row of {len(cells)} cells: {cells[:3]}")
        yield cells[0], cells[1], zones


def _zone_codes(text: str, regions: Regions) -> list[str]:
    """`广州三、四区，上海二区` as zone codes; `-` stands for none."""
    if text == "-":
        return []
    if CITY_ZONES.sub("", text).strip():
        raise ValueError(f"not a list of zones: {text}")
    return [
        regions.zone[f"{city}{numeral}区"]
        for city, numerals in CITY_ZONES.findall(text)
        for numeral in numerals
        if numeral in NUMERALS
    ]
