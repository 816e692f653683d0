"""Count the evidence: how far each region reaches, with its bounds, and what each country has (METHOD 3, 6).

The rules are those of the SQL model `level_history`; a test keeps the two equal. Here they can be applied under any set
of classes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from gpu_census.census.vocabulary import UNKNOWN_MODEL
from gpu_census.replication.evidence import Evidence, ObservedRegion

TRAINING = 2


class Bounds(NamedTuple):
    """A count with what the evidence leaves open."""

    ours: int = 0
    at_least: int = 0
    at_most: int = 0

    def plus(self, ours: bool, at_least: bool, at_most: bool) -> Bounds:
        """One region more, for each of the three that it counts in."""
        return Bounds(self.ours + ours, self.at_least + at_least, self.at_most + at_most)


NOTHING = Bounds()


@dataclass(frozen=True)
class RegionCount:
    """How far a region reaches: 2 training, 1 another counted accelerator, 0 none."""

    region: ObservedRegion
    reach: Bounds
    models: Mapping[str, Bounds]


@dataclass
class CountryCount:
    """What a country has."""

    regions: int = 0
    answered: int = 0
    gpu_regions: Bounds = NOTHING
    reach: Bounds = NOTHING
    models: dict[str, Bounds] = field(default_factory=lambda: defaultdict(Bounds))
    operated: dict[str, Bounds] = field(default_factory=lambda: defaultdict(Bounds))


@dataclass(frozen=True)
class Counted:
    """The regions of one date, counted under one set of classes, and what each country has of them."""

    regions: list[RegionCount]

    @cached_property
    def countries(self) -> dict[str, CountryCount]:
        """What each country has; countries without a region are left out."""
        return count_countries(self.regions)


def count_regions(evidence: Evidence) -> Counted:
    """Every region under the profile's own classes."""
    found = zip(evidence.regions, reaches(evidence, evidence.reach), strict=True)
    return Counted([RegionCount(region, reach, _models(region, evidence.debuted)) for region, reach in found])


def count_regions_under(evidence: Evidence, classes: Mapping[str, int]) -> Counted:
    """Every region under other classes; what it lists model by model does not depend on them, and is left out."""
    found = zip(evidence.regions, reaches(evidence, classes), strict=True)
    return Counted([RegionCount(region, reach, {}) for region, reach in found])


def reaches(evidence: Evidence, classes: Mapping[str, int]) -> list[Bounds]:
    """How far each region reaches."""
    best = max((classes.get(model, 0) for model in evidence.debuted), default=0)
    return [_reach(region, classes, best) for region in evidence.regions]


def _reach(region: ObservedRegion, classes: Mapping[str, int], best: int) -> Bounds:
    ours = at_least = 0
    at_most = best if region.open_question else 0
    for said in region.said:
        reach = classes.get(said.model, 0)
        if said.model == UNKNOWN_MODEL:
            at_most = TRAINING
        # a fraction of an accelerator is an offering, but training needs a whole one
        at_most = max(at_most, min(reach, 1 + said.possibly_whole))
        if said.counted:
            ours = max(ours, min(reach, 1 + said.whole))
        if said.certain:
            at_least = max(at_least, min(reach, 1 + said.certainly_whole))
    return Bounds(ours, at_least, at_most)


def _models(region: ObservedRegion, debuted: frozenset[str]) -> dict[str, Bounds]:
    """1 or 0 for each model; a region with an open question, or a label of no model, may hold any that there was."""
    said = {one.model: one for one in region.said}
    if region.open_question or UNKNOWN_MODEL in said:
        found = {model: Bounds(0, 0, 1) for model in debuted - {UNKNOWN_MODEL}}
    else:
        found = {}
    return found | {
        model: Bounds(int(one.counted), int(one.certain), 1) for model, one in said.items() if model != UNKNOWN_MODEL
    }


def count_countries(counted: Iterable[RegionCount]) -> dict[str, CountryCount]:
    """Add up the regions of each country."""
    found: dict[str, CountryCount] = defaultdict(CountryCount)
    for one in counted:
        if one.region.country_iso2 is None:
            continue
        country = found[one.region.country_iso2]
        has = [reach > 0 for reach in one.reach]
        country.regions += 1
        country.answered += one.region.answered
        country.gpu_regions = country.gpu_regions.plus(*has)
        country.reach = Bounds(*map(max, country.reach, one.reach))
        for model, listed in one.models.items():
            country.models[model] = country.models[model].plus(*map(bool, listed))
        if one.region.operator_iso2:
            country.operated[one.region.operator_iso2] = country.operated[one.region.operator_iso2].plus(*has)
    return dict(found)
