"""IBM Cloud's documentation of GPU profiles: which of them is available in which regions and zones.

What belongs here: the Markdown of two pages as IBM keeps it, the list of regions and the profiles. What does not: the
VPC API. The traps: the places stand in sentences, not in a table, and only for the large cards, so silence says
nothing; a place may be a zone, a zone named by its data centre, or a whole region; a select availability is one that
the account must be let into.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping

from gpu_census.providers.contract import Ask, AskError, Offering, Region, source
from gpu_census.providers.markdown import markdown_tables

REPOSITORY = "https://raw.githubusercontent.com/ibm-cloud-docs/vpc/HEAD"
REGIONS_PAGE = f"{REPOSITORY}/vpc-regions.md"
PROFILES_PAGE = f"{REPOSITORY}/vsi_is_profiles.md"
REGION = re.compile(r"[a-z]{2}-[a-z]+")
PLACE = re.compile(r"\b([a-z]{2}-[a-z]+)(?:-\d+|-[a-z]{3}\d{2}-[a-z])?\b")
STATEMENT = re.compile(r"GPU `-([A-Za-z0-9]+)` profiles")
SELECTED = re.compile(r"select (?:availability|customers)", re.IGNORECASE)
CARDS = re.compile(r"([A-Za-z][\w .-]*?)\s*/\s*(\d+)")
Profiles = dict[str, tuple[str, float | None]]


@source(
    title="Documentation: GPU profiles and where they are available",
    evidence="docs",
    hosts=("raw.githubusercontent.com",),
    url="https://cloud.ibm.com/docs/vpc?topic=vpc-profiles",
    verified="recorded",
    positive_only=True,
    notes="Read from the Markdown that the page is made of, in IBM's public repository. It names places for H100, "
    "H200, B300 and Gaudi 3; for V100, L4, L40S and A100 it names none. A select availability counts as by request.",
)
async def gpu_profiles_page(ask: Ask) -> AsyncIterator[Region | Offering]:
    """Every region of the list, and the profiles of each that the page places there."""
    regions = await _regions(ask)
    page = await ask.text(PROFILES_PAGE, must_hold=r"##\s*GPU")
    placed = list(placed_profiles(page.body, regions))
    if not placed:
        raise AskError(ask.provider, "no GPU profile with a place: the page has changed, read it anew", url=page.url)
    profiles = cards_of_profiles(page.body)
    unlisted = sorted({suffix for _, _, suffix, _ in placed if not profiles_ending(profiles, suffix)})
    if unlisted:  # a page that broke off names cards whose table it no longer has
        wrong = f"places profiles -{unlisted[0]} and has no table of them: the page broke off, or has changed"
        raise AskError(ask.provider, wrong, url=page.url)
    for code in [*regions, *sorted({code for code, *_ in placed} - set(regions))]:
        here = {(zone, suffix): status for region, zone, suffix, status in placed if region == code}
        yield Region(code, name=regions.get(code), answered=bool(here))
        for (zone, suffix), status in here.items():
            for name, (label, count) in profiles_ending(profiles, suffix).items():
                yield Offering(
                    region_code=code,
                    zone=zone,
                    instance_type=name,
                    accelerator_label=label,
                    accelerator_count=count,
                    status=status,
                    payload_sha256=page.sha256,
                )


async def _regions(ask: Ask) -> dict[str, str]:
    """Every region with its name."""
    page = await ask.text(REGIONS_PAGE, must_hold="us-south")
    found = named_regions(page.body)
    if not found:
        raise AskError(ask.provider, "no region in any table: the page has changed, read it anew", url=page.url)
    return found


def named_regions(text: str) -> dict[str, str]:
    """Code and name of every region in the tables of the page of regions."""
    rows = [row for table in markdown_tables(text) for row in table.rows]
    return {row[1].text: row[0].text for row in rows if len(row) > 2 and REGION.fullmatch(row[1].text)}


def placed_profiles(text: str, regions: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """(region, zone, end of the profiles' names, status) of everything that a statement places."""
    for line in text.splitlines():
        statement = STATEMENT.search(line)
        if statement is None or not line.lstrip().startswith("-"):
            continue
        status = "by_request" if SELECTED.search(line) else "offered"
        for listed in re.findall(r"\(([^()]*)\)", re.sub(r"\]\([^)]*\)", "]", line)):
            for place in PLACE.finditer(listed):
                zone = place[0] if place[0] != place[1] else ""
                if zone or place[1] in regions:
                    yield place[1], zone, statement[1].lower(), status


def profiles_ending(profiles: Profiles, suffix: str) -> Profiles:
    """The profiles whose names end as a statement says."""
    return {name: card for name, card in profiles.items() if re.search(rf"\d{suffix}$", name)}


def cards_of_profiles(text: str) -> Profiles:
    """Card and number of cards of every profile in a table that names cards."""
    found: Profiles = {}
    for table in markdown_tables(text):
        column = next((at for at, cell in enumerate(table.columns) if "Number of GPUs" in cell.text), None)
        for row in table.rows if column is not None else ():
            cards = CARDS.fullmatch(row[column].text) if column is not None and len(row) > column else None
            if cards is not None:
                found[row[0].text] = (cards[1], float(cards[2]))
    return found
