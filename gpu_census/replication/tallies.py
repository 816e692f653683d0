"""Work out one statement from the evidence: our answer, and what the evidence leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gpu_census.replication.counts import Counted, CountryCount, RegionCount
from gpu_census.replication.evidence import Evidence, ObservedRegion
from gpu_census.replication.groups import count_universe, members
from gpu_census.replication.properties import of_country, of_region
from gpu_census.replication.statements import Statement

Answer = int | frozenset[str]
EQUAL, WITHIN, DIFFERS, NOT_OBSERVABLE = "equal", "within_bounds", "differs", "not_observable"
VERDICTS = (EQUAL, WITHIN, DIFFERS, NOT_OBSERVABLE)


class Tally(NamedTuple):
    """Our answer with its bounds; None where nobody that was asked has answered for what the statement is about."""

    ours: Answer | None = None
    at_least: Answer | None = None
    at_most: Answer | None = None

    def verdict(self, published: Answer) -> str:
        """How ours and the published answer compare."""
        if self.ours is None or self.at_least is None or self.at_most is None:
            return NOT_OBSERVABLE
        if self.ours == published:
            return EQUAL
        # for sets, <= asks whether one is part of the other
        return WITHIN if self.at_least <= published <= self.at_most else DIFFERS  # type: ignore[operator]


def tally(statement: Statement, evidence: Evidence, counted: Counted) -> Tally:
    """The answer to one statement; `counted` is the evidence under the profile's classes, or under others."""
    if statement.kind == "providers":
        answered = len({region.provider for region in evidence.regions if region.answered})
        return Tally(answered, answered, answered) if answered else Tally()
    day = evidence.census_date
    about = [one for one in counted.regions if _is_about(statement, one.region, day)]
    if not _is_observable(statement, about, counted.regions):
        return Tally()
    return _add_up(statement, about) if statement.kind == "regions" else _countries(statement, counted.countries, day)


def _is_about(statement: Statement, region: ObservedRegion, day: date) -> bool:
    at_home = not statement.operators or region.operator_iso2 in members(statement.operators, day)
    return at_home and _is_in(statement, region.country_iso2, day)


def _is_in(statement: Statement, country: str | None, day: date) -> bool:
    is_within = not statement.within or country in members(statement.within, day)
    return is_within and country not in members(statement.without, day)


def _is_observable(statement: Statement, about: Sequence[RegionCount], every: Sequence[RegionCount]) -> bool:
    """Somebody answered for one of the regions. Where there is no region at all, the lists of regions say so."""
    if not about and statement.operators:
        return False
    asked = about or every
    return bool(asked) if statement.where == "region" else any(one.region.answered for one in asked)


def _add_up(statement: Statement, counted: Sequence[RegionCount]) -> Tally:
    truths = [of_region(statement.where, one) for one in counted]
    return Tally(*(sum(truth[at] for truth in truths) for at in range(3)))


def _countries(statement: Statement, counts: Mapping[str, CountryCount], day: date) -> Tally:
    truths = {
        country: of_country(statement.where, count)
        for country, count in counts.items()
        if country in count_universe() and _is_in(statement, country, day)
    }
    found = [frozenset(country for country, truth in truths.items() if truth[at]) for at in range(3)]
    return Tally(*found) if statement.kind == "which" else Tally(*map(len, found))
