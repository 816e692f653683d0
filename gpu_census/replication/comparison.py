"""A published table beside this census, cell by cell, and the agreement of the tiers that follow from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gpu_census.reference.tables import reference_table
from gpu_census.replication.agreement import cohens_kappa
from gpu_census.replication.counts import Bounds, CountryCount, count_regions
from gpu_census.replication.evidence import Evidence
from gpu_census.replication.published_table import COUNTS, PublishedTable
from gpu_census.replication.tallies import DIFFERS, EQUAL, WITHIN

MODELS = {"h100_regions": "H100", "a100_regions": "A100", "v100_regions": "V100"}
TIER_OF = ("desert", "south", "north")


@dataclass(frozen=True)
class Cell:
    """One number of the table beside ours."""

    country_iso2: str
    column: str
    published: int
    ours: Bounds

    @property
    def verdict(self) -> str:
        """Whether ours is the same, or the published number is within what the evidence leaves open."""
        if self.ours.ours == self.published:
            return EQUAL
        return WITHIN if self.ours.at_least <= self.published <= self.ours.at_most else DIFFERS


@dataclass(frozen=True)
class Comparison:
    """The cells, and kappa of the tiers; `no_kappa` says why there is none."""

    cells: list[Cell]
    kappa: float | None
    territories: int
    no_kappa: str = ""

    def totals(self) -> Counter[str]:
        """How many cells are equal, within bounds, different."""
        found = Counter({EQUAL: 0, WITHIN: 0, DIFFERS: 0})
        found.update(cell.verdict for cell in self.cells)
        return found


def compare(table: PublishedTable, evidence: Evidence) -> Comparison:
    """Every cell of the table; a territory that it leaves out has zeros there, and is shown where ours has not."""
    counted = count_regions(evidence).countries
    countries = sorted(reference_table("country")["country_iso2"])
    cells = []
    for country in countries:
        count = counted.get(country, CountryCount())
        left_out = dict.fromkeys(table.columns, 0)
        for column in (name for name in COUNTS if name in table.columns):
            cell = table.rows.get(country, left_out)[column]
            bounds = _ours(count, column)
            if cell is not None and (country in table.rows or bounds.ours):
                cells.append(Cell(country, column, cell, bounds))
    published, no_kappa = _published_tiers(table, countries)
    ours = [TIER_OF[counted.get(country, CountryCount()).reach.ours] for country in countries]
    kappa = None if published is None else cohens_kappa(published, ours)
    return Comparison(cells, kappa, len(countries), no_kappa)


def _ours(count: CountryCount, column: str) -> Bounds:
    if column == "regions":
        return Bounds(count.regions, count.regions, count.regions)
    return count.gpu_regions if column == "gpu_regions" else count.models.get(MODELS[column], Bounds())


def _published_tiers(table: PublishedTable, countries: list[str]) -> tuple[list[str] | None, str]:
    """North with an A100 or H100, South with a V100 or any GPU region, else Desert; None where columns for it lack."""
    if not {"a100_regions", "h100_regions"} & set(table.columns):
        return None, "it has neither a100_regions nor h100_regions, so no North can be told"
    if not {"v100_regions", "gpu_regions"} & set(table.columns):
        return None, "it has neither v100_regions nor gpu_regions, so no South can be told"
    tiers = []
    for country in countries:
        row = table.rows.get(country, {})
        is_north = (row.get("a100_regions") or 0) > 0 or (row.get("h100_regions") or 0) > 0
        is_south = (row.get("v100_regions") or 0) > 0 or (row.get("gpu_regions") or 0) > 0
        tiers.append("north" if is_north else "south" if is_south else "desert")
    return tiers, ""
