"""What holds on one date (METHOD 2-4): which regions exist, which listings stand, what is found.

Nothing here knows profiles: `census.py` counts what is found here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from .archive import OfferingRow, Source
from .intervals import OfferingSpan, RegionSpan
from .labels import covers
from .world import Key, World

LEVEL = {"stock": 2, "offering": 2, "docs": 1, "price": 0}
DAYS_TO_SUPERSEDE_SAME_LEVEL = 7
DAYS_OF_AN_ANSWER = 180


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One row that stands on the date: not superseded, in a region that exists."""

    source: Source
    accelerator_model: str
    row: OfferingRow
    valid_from: date
    confirmed: bool
    answer_on: date
    stale: bool

    @property
    def proves(self) -> bool:
        """Say whether the row is more than a price."""
        return LEVEL[self.source.evidence] >= LEVEL["docs"]

    @property
    def whole(self) -> bool:
        """Say whether at least one whole accelerator is listed; an empty count is whole."""
        return self.row.accelerator_count is None or self.row.accelerator_count >= 1


def is_stale(answer_on: date, *, day: date) -> bool:
    """Say whether an answer is too old on a day."""
    return (day - answer_on).days > DAYS_OF_AN_ANSWER


def supersedes(newer: Source, newer_on: date, older: Source, older_on: date) -> bool:
    """Apply rules (a) and (b) of METHOD 4 to two answers; scope and silence are the caller's."""
    days = (newer_on - older_on).days
    at_least_as_good = LEVEL[newer.evidence] >= LEVEL[older.evidence]
    return (at_least_as_good and days > DAYS_TO_SUPERSEDE_SAME_LEVEL) or days > DAYS_OF_AN_ANSWER


def region_exists(world: World, key: Key, day: date) -> bool:
    """Say whether a region exists on a day (METHOD 1)."""
    region = world.regions[key]
    if region.closed_on is not None and region.closed_on <= day:
        return False
    seen = world.region_spans[key]
    if any(s.span.holds_on(day) and not _overruled(world, s, seen, day) for s in seen):
        return True
    first = min((s.span.valid_from for s in seen), default=None)
    opened = region.opened_on
    return first is not None and opened is not None and opened <= day < first


def _overruled(world: World, held: RegionSpan, seen: list[RegionSpan], day: date) -> bool:
    """Say whether another source, which had listed the region, has since left it out."""
    last_sighting = max(on for on in held.span.seen_on if on <= day)
    for other in world.sources_of(held.source.provider):
        theirs = [s.span for s in seen if s.source is other]
        had_it = any(s.valid_to is not None and s.valid_to <= day for s in theirs)
        has_it = any(s.holds_on(day) for s in theirs)
        if other is held.source or other.positive_only or not had_it or has_it:
            continue
        tellings = [t for t in world.tellings[other.provider, other.name] if t.leaves_out(other, held.region_code)]
        left_out_on = max(t.census_date for t in tellings if t.census_date <= day)
        if supersedes(other, left_out_on, held.source, last_sighting):
            return True
    return False


def superseded(world: World, source: Source, answer_on: date, *, code: str, model: str, day: date) -> bool:
    """Say whether a later answer takes the place of this one for a model in a region."""
    for other in world.sources_of(source.provider):
        if other is source or other.positive_only:
            continue
        other_on = world.answered_on(other, code, day)
        if other_on is None or not covers(other.scope, model, reference=world.reference):
            continue
        if supersedes(other, other_on, source, answer_on):
            return True
    return False


def listed_in(world: World, key: Key, day: date) -> list[Listed]:
    """List every row that stands in a region on a day."""
    code = key[1]
    found: list[Listed] = []
    for held in world.offering_spans[key]:
        if not held.span.holds_on(day):
            continue
        last_sighting = max(on for on in held.span.seen_on if on <= day)
        answer_on = last_sighting
        if not held.source.positive_only:
            answer_on = world.answered_on(held.source, code, day)
        model = held.accelerator_model
        if not superseded(world, held.source, answer_on, code=code, model=model, day=day):
            found.extend(_rows(held, last_sighting, answer_on, day))
    return found


def _rows(held: OfferingSpan, last_sighting: date, answer_on: date, day: date) -> list[Listed]:
    return [
        Listed(
            source=held.source,
            accelerator_model=held.accelerator_model,
            row=row,
            valid_from=held.span.valid_from,
            confirmed=held.span.confirmed,
            answer_on=answer_on,
            stale=is_stale(answer_on, day=day),
        )
        for row in held.sightings[last_sighting]
    ]


def finding_of(world: World, key: Key, model: str, listed: list[Listed], day: date) -> str:
    """Say what the standing rows of one region and model amount to (METHOD 2)."""
    if any(one.proves for one in listed):
        return "confirmed"
    provider, code = key
    first_priced_on = min(one.valid_from for one in listed)
    for source in world.sources_of(provider):
        if source.positive_only or LEVEL[source.evidence] < LEVEL["docs"]:
            continue
        answer_on = world.answered_on(source, code, day)
        if answer_on is None or answer_on < first_priced_on:
            continue
        if not covers(source.scope, model, reference=world.reference):
            continue
        if superseded(world, source, answer_on, code=code, model=model, day=day):
            continue
        if not _lists(world, source, code, model, day):
            return "contradicted"
    return "priced_only"


def _lists(world: World, source: Source, code: str, model: str, day: date) -> bool:
    return any(
        held.source is source and held.accelerator_model == model and held.span.holds_on(day)
        for held in world.offering_spans[source.provider, code]
    )


def findings_in(world: World, key: Key, listed: list[Listed], day: date) -> list[dict]:
    """Make the finding rows of one region: one for each model, or that nothing is known or sold."""
    rows = []
    newest = world.newest_answer(key, day)
    for model in sorted({one.accelerator_model for one in listed}):
        of_model = [one for one in listed if one.accelerator_model == model]
        finding = finding_of(world, key, model, of_model, day)
        said_by = [one for one in of_model if one.proves or finding != "confirmed"]
        evidence_on = max(one.answer_on for one in said_by)
        rows.append(_finding(world, key, model, finding, said_by, evidence_on, day))
    if newest is None:
        rows.append(_finding(world, key, "", "not_observed", [], None, day))
    elif not listed:
        rows.append(_finding(world, key, "", "not_listed", [], newest, day))
    return rows


def _finding(
    world: World,
    key: Key,
    model: str,
    finding: str,
    said_by: list[Listed],
    evidence_on: date | None,
    day: date,
) -> dict:
    levels = sorted({one.source.evidence for one in said_by}, key=lambda e: (-LEVEL[e], e))
    return {
        "census_date": day,
        "provider": key[0],
        "region_code": key[1],
        "country_iso2": world.regions[key].country_iso2,
        "accelerator_model": model,
        "finding": finding,
        "evidence": levels[0] if levels else "",
        "sources": tuple(sorted({one.source.name for one in said_by})),
        "evidence_on": evidence_on,
        "stale": evidence_on is not None and is_stale(evidence_on, day=day),
    }
