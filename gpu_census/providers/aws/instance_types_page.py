"""The page "Amazon EC2 instance types by Region" of the EC2 documentation: families, region by region.

What belongs here: reading sections. What does not: sizes, which the page does not give, so a family stands for all of
its sizes. The traps: a region is known by the code in its heading alone; the same codes stand in the table of contents;
a family of a former generation may leave the category Accelerated Computing, and of one that nobody has heard of
nothing else says that it is accelerated. Only public code tells the markup (h2, code, ul), so other tags are read too.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from gpu_census.providers.aws.partition import partition_of
from gpu_census.providers.contract import Ask, AskError, Offering, Region, accelerators_in, source

PAGE = "https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-regions.html"
CODE = re.compile(r"(?<![\w-])[a-z]{2,4}(?:-[a-z]+)+-\d+(?![\w-])")
FAMILY = re.compile(r"[A-Za-z][A-Za-z0-9]*\d[A-Za-z0-9]*(?:-[A-Za-z0-9]+)*")
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6, "summary": 7, "caption": 8, "dt": 9}
LISTS = {"li", "tr", "p", "dd"}
FOOTNOTE_MARKS = "*†‡§()."
ACCELERATED = "accelerat"


@dataclass
class Section:
    """What the page says of a region. `families` is the name as written to whether its category is accelerated."""

    code: str
    name: str
    families: dict[str, bool] = field(default_factory=dict)


@source(
    title="EC2 instance types by Region (documentation page)",
    evidence="docs",
    hosts=("docs.aws.amazon.com",),
    url=PAGE,
    verified="described",
    notes="Families, not sizes: instance_type is the family, and the number of accelerators is not known.",
)
async def instance_types_page(ask: Ask) -> AsyncIterator[Region | Offering]:
    """One page with a section for each region."""
    page = await ask.html(PAGE, must_hold=r"[a-z]{2}-[a-z]+-\d")
    sections = region_sections(page.body)
    if not sections:
        wrong = "expected headings with region codes, and found none; compare the page with instance_types_page.py"
        raise AskError(ask.provider, wrong, url=page.url)
    held = {section.code: dict(_accelerators(section)) for section in sections}
    if not any(held.values()):
        wrong = f"expected families such as P5 under {len(sections)} regions, and found none that is accelerated"
        raise AskError(ask.provider, wrong, url=page.url)
    for section in sections:
        if not section.families:
            ask.fault(f"{section.code}: its section lists no family")
        yield Region(
            section.code,
            name=section.name or None,
            cloud_partition=partition_of(section.code),
            answered=bool(section.families),
        )
        for family, labels in sorted(held[section.code].items()):
            for label in labels:
                yield Offering(
                    region_code=section.code,
                    instance_type=family,
                    accelerator_label=label,
                    payload_sha256=page.sha256,
                )


def _accelerators(section: Section) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(family, labels) of each accelerated family. `p5.*` is how AWS itself writes every size of P5."""
    for written, is_accelerated in section.families.items():
        family = written.lower()
        known = tuple(label for label, _ in accelerators_in("aws", f"{family}.*"))
        if known or is_accelerated:
            yield family, known or (written,)


def region_sections(page: LexborHTMLParser) -> list[Section]:
    """The sections in the order of their codes; a region with several headings has one section."""
    sections: dict[str, Section] = {}
    section: Section | None = None
    level = 0
    category = ""
    for node in page.root.traverse() if page.root else ():
        tag = node.tag or ""
        if tag in HEADINGS:
            heading = _text(node)
            codes = CODE.findall(heading)
            if codes:
                name = heading.partition(codes[0])[0].rstrip(" -–—:(")
                section = sections.setdefault(codes[0], Section(codes[0], name))
                level, category = HEADINGS[tag], ""
            elif HEADINGS[tag] <= level or "zone" in heading.lower():
                section = None
            else:
                category = heading
        elif section is not None and tag in LISTS and not _is_told_inside(node):
            _read_list(section, node, category)
    return [sections[code] for code in sorted(sections)]


def _is_told_inside(node: LexborNode) -> bool:
    """Whether smaller lists inside say what this one says. A row of a table is read whole, for its first cell."""
    smaller = ("tr",) if node.tag == "tr" else ("li", "tr", "dd")
    return any(inner.mem_id != node.mem_id for tag in smaller for inner in node.css(tag))


def _read_list(section: Section, node: LexborNode, category: str) -> None:
    """Take up `Accelerated Computing: P5 | P5en`, or a row of a table that says so."""
    text = _text(node)
    cells = [_text(cell) for cell in node.css("th, td")] if node.tag == "tr" else []
    if ":" in text:
        category, _, text = text.partition(":")
    elif len(cells) > 1:
        category, text = cells[0], " | ".join(cells[1:])
    elif node.tag == "p" and "|" not in text:
        return
    is_accelerated = ACCELERATED in category.lower()
    for word in (word.strip(FOOTNOTE_MARKS) for word in re.split(r"[|,;•\s]+", text)):
        if FAMILY.fullmatch(word):
            section.families[word] = section.families.get(word, False) or is_accelerated


def _text(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ").split())
