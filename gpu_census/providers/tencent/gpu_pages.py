"""Tencent's documentation pages of GPU instances: types, cards, and the zones of each family.

What belongs here: reading one page, Chinese or English, whatever its markup: tables whose rows begin with a type, and
sentences that name zones. What does not: names of zones (`zone_names.py`), and which pages there are. The traps: zones
are stated for a family, or for some of its types ("other GN7 instances"); the overview names cities only; older pages
have the zones in a last column that spans rows; the card stands in the head of the table, or in the cells; families on
an allowlist are sold on application. What is not understood goes to `doubts`: half a page is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from selectolax.lexbor import LexborHTMLParser, LexborNode

from gpu_census.providers.contract import accelerators_in
from gpu_census.providers.tencent.zone_names import NamedZone, phrases_in

BLOCKS = "h1, h2, h3, h4, h5, h6, p, li, dd, div, table"
TYPE = re.compile(r"[A-Z][A-Za-z0-9]+\.[A-Za-z0-9]+")
GPU_COLUMN = re.compile(r"GPU(?!.*(?:显存|memory))", re.IGNORECASE | re.DOTALL)
ZONE_COLUMN = re.compile(r"可用区|\bAZs?\b|availability zone", re.IGNORECASE)
LABEL = re.compile(r"[（(](.+)[）)]", re.DOTALL)
COUNT = r"\d+(?:\.\d+|/[1-9]\d*)?"
CELL = re.compile(
    rf"(?P<label>[^\W\d_].*?)\s*[*×]\s*(?P<count>{COUNT})|(?P<first>{COUNT})\s*[*×]?\s*(?P<rest>[^\W\d_].*)?"
)
UNITS = frozenset(("", "-", "颗", "卡", "cards", "card", "gpus", "gpu"))
ON_REQUEST = re.compile(r"白名单|限量购买|邀测|内测|allow ?list|white ?list|invit|closed beta", re.IGNORECASE)
INSTANCES = re.compile(r"实例|instance", re.IGNORECASE)
WITHDRAWN = re.compile(r"停售|下线|不再|no longer|discontinued|unavailable", re.IGNORECASE)


@dataclass
class GpuPage:
    """What one page says; `zones` and `on_request` by family or type."""

    types: dict[str, tuple[str, float | None]] = field(default_factory=dict)
    zones: dict[str, set[NamedZone]] = field(default_factory=dict)
    nowhere: set[str] = field(default_factory=set)
    on_request: set[str] = field(default_factory=set)
    doubts: list[str] = field(default_factory=list)

    def zones_of(self, instance_type: str) -> set[NamedZone]:
        """What is stated for the type itself, else for its family."""
        return self.zones.get(instance_type) or self.zones.get(family_of(instance_type), set())

    def is_on_request(self, instance_type: str) -> bool:
        """Whether the type, or its family, is sold on application."""
        return not self.on_request.isdisjoint((instance_type, family_of(instance_type)))

    @property
    def families(self) -> set[str]:
        """The families of its types."""
        return {family_of(name) for name in self.types}


def family_of(instance_type: str) -> str:
    """`GN7` of `GN7.LARGE20`."""
    return instance_type.partition(".")[0]


def read_page(page: LexborHTMLParser) -> GpuPage:
    """The types of the page with their zones; without any type it is another page."""
    found = GpuPage()
    for table in page.css("table"):
        _read_table(found, table)
    named = _names(found)
    section: list[str] = []
    for node in page.css(BLOCKS):
        if node.tag == "table" or _holds_blocks(node) or _inside_table(node):
            continue
        text = " ".join(node.text().split())
        if re.fullmatch(r"h\d", node.tag or ""):
            # a subheading keeps its section, another chapter ends it
            section = named.findall(text) or (section if node.tag not in ("h1", "h2") else [])
        _read_text(found, text, named, section)
    told = {name for name in found.types if found.zones_of(name) or found.is_on_request(name)} | found.nowhere
    if lost := sorted(set(found.types) - told):
        found.doubts.append(f"no zones are named for {', '.join(lost)}")
    return found


def _names(found: GpuPage) -> re.Pattern[str]:
    """Matches types and families of the page, the longest first."""
    names = sorted({*found.types, *found.families}, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, names)) or '(?!)'})(?![A-Za-z0-9])")


def _holds_blocks(node: LexborNode) -> bool:
    return any(child.css_first(BLOCKS) is not None for child in node.iter())


def _inside_table(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None and parent.tag != "table":
        parent = parent.parent
    return parent is not None


def _read_text(found: GpuPage, text: str, named: re.Pattern[str], section: list[str]) -> None:
    phrases = phrases_in(text)
    subjects = named.findall(text[: phrases.begin]) or section
    if INSTANCES.search(text) or named.search(text):
        found.on_request.update(_on_request(found, text, named, section))
    if not phrases.zones and phrases.understood:
        return
    if not phrases.understood or not subjects or WITHDRAWN.search(text):
        found.doubts.append(f"zones in a text that is not understood: {text[:120]!r}")
        return
    of_types = [name for name in subjects if "." in name]
    for name in of_types or subjects:
        found.zones.setdefault(name, set()).update(phrases.zones)


def _on_request(found: GpuPage, text: str, named: re.Pattern[str], section: list[str]) -> Iterator[str]:
    """What a sentence says is sold on application: families, or of them only the parts of a card."""
    for sentence in re.split(r"[。；]|[.;]\s", text):
        families = {family_of(name) for name in named.findall(sentence) or section}
        if not ON_REQUEST.search(sentence):
            continue
        if "vGPU" not in sentence:
            yield from families
            continue
        for name, (_, count) in found.types.items():
            if family_of(name) in families and (count or 1) < 1:
                yield name


def _read_table(found: GpuPage, table: LexborNode) -> None:
    head, *rows = list(_rows(table)) or [[]]
    column = next((index for index, cell in enumerate(head) if index and GPU_COLUMN.match(cell)), None)
    if column is None:
        return
    zoned = bool(ZONE_COLUMN.search(head[-1]))
    zones: set[NamedZone] = set()
    for row in rows:
        if not row or not TYPE.fullmatch(row[0]) or len(row) <= column:
            continue
        found.types[row[0]] = _card(row[0], head[column], row[column])
        if zoned and len(row) == len(head):
            phrases = phrases_in(row[-1])
            zones = set(phrases.zones)
            if not phrases.understood:
                found.doubts.append(f"zones in a cell that is not understood: {row[-1][:120]!r}")
        if zones:
            found.zones.setdefault(row[0], set()).update(zones)
        elif zoned:
            found.nowhere.add(row[0])


def _rows(table: LexborNode) -> Iterator[list[str]]:
    for row in table.css("tr"):
        yield [" ".join(cell.text(separator=" ").split()) for cell in row.css("td, th")]


def _card(instance_type: str, head: str, cell: str) -> tuple[str, float | None]:
    """Label and number of cards: `1/4颗` under `GPU (NVIDIA Tesla T4)`, or `NVIDIA T4 × 4`, or `4 * NVIDIA T4`."""
    told = CELL.fullmatch(cell)
    count = float(Fraction(told["count"] or told["first"])) or None if told else None
    titled = LABEL.search(head)
    in_cell = (told["label"] or told["rest"] or "").strip() if told else cell
    known = accelerators_in("tencent", instance_type)
    if titled:
        return titled[1].strip(), count
    if in_cell.casefold() not in UNITS:
        return in_cell, count
    return (known[0][0], count or known[0][1]) if known else (family_of(instance_type), count)
