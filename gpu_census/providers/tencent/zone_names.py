"""Zones as Tencent's documentation names them: `广州三，四区、上海二区` and `Guangzhou Zones 3 and 4, Shanghai Zone 2`.

What belongs here: finding such phrases in a text, and turning them into codes by the reference table of aliases. What
does not: where in a page they stand (`gpu_pages.py`). The traps: the page separates the numbers of a city in five ways;
a word before the first Chinese city sticks to it; a zone that is not understood must be told, not left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from gpu_census.reference.tables import reference_table

NUMERALS = "一二三四五六七八九十"
NUMBER = rf"(?:[{NUMERALS}]|\d+)"
# a city of two characters or more; 同一区域 is no zone
CHINESE = re.compile(
    rf"(?P<city>(?:(?![{NUMERALS}区])[一-鿿]){{2,}})\s*(?P<numbers>{NUMBER}(?:\s*[、，,/和及]\s*{NUMBER})*)\s*区(?!域)"
)
ENGLISH = re.compile(
    r"(?P<city>[A-ZÀ-Þ][\w'’-]*(?:\s+[A-ZÀ-Þ][\w'’-]*)*)\s+Zones?\s+"
    r"(?P<numbers>\d+(?:(?:\s*,\s*and\s+|\s*,\s*|\s+and\s+|\s*/\s*)\d+)*)"
)
ANY_ZONE = re.compile(rf"{NUMBER}\s*区(?!域)|\bZones?\s+\d")


class NamedZone(NamedTuple):
    """A zone and its region, as codes; as the page has them where the city is not known."""

    region_code: str
    zone: str


class Phrases(NamedTuple):
    """The zones of a text, where the first phrase begins, and whether every zone was understood."""

    zones: list[NamedZone]
    begin: int
    understood: bool


def phrases_in(text: str) -> Phrases:
    """Every zone that the text names."""
    found = sorted([*CHINESE.finditer(text), *ENGLISH.finditer(text)], key=lambda phrase: phrase.start())
    zones = [zone for phrase in found for zone in _zones(phrase)]
    begin = found[0].start() if found else len(text)
    return Phrases(zones, begin, len(found) == len(ANY_ZONE.findall(text)))


def _zones(phrase: re.Match[str]) -> Iterator[NamedZone]:
    city, code = _region(" ".join(phrase["city"].split()))
    for number in re.findall(NUMBER, phrase["numbers"]):
        index = NUMERALS.index(number) + 1 if number in NUMERALS else int(number)
        yield NamedZone(code, f"{code}-{index}") if code != city else NamedZone(city, f"{city} {index}")


def _region(city: str) -> tuple[str, str]:
    """(city, region code); an unknown city is its own code, and so is reported as a new region."""
    known = _codes()
    name = next((city[begin:] for begin in range(len(city)) if city[begin:] in known), city)
    return name, known.get(name, name)


@cache
def _codes() -> dict[str, str]:
    aliases = reference_table("region_alias")
    current = aliases.filter((aliases["provider"] == "tencent") & aliases["valid_to"].is_null())
    return dict(current.select("alias", "region_code").iter_rows())
