"""Observations in date order become intervals (METHOD 4), per source, one region at a time.

Here belongs when something came and went according to one source. What sources say together on a
date is in `evidence.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from .archive import Listing, OfferingRow, RegionRow, Source
from .labels import UNKNOWN, resolve
from .reference import OracleReference

MISSES_OF_A_WITHDRAWAL = 3


@dataclass(kw_only=True)
class Span:
    """From the first sighting until the first day it is gone; no end means still there."""

    not_before_on: date | None
    valid_from: date
    valid_to: date | None = None
    confirmed: bool
    seen_on: list[date] = field(default_factory=list)

    def holds_on(self, day: date) -> bool:
        """Say whether the span covers the day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """An offering row whose label has been understood."""

    row: OfferingRow
    accelerator_model: str


@dataclass(kw_only=True)
class OfferingSpan:
    """One interval of one instance type with one accelerator, as one source saw it."""

    source: Source
    region_code: str
    instance_type: str
    accelerator_model: str
    accelerator_label: str
    span: Span
    sightings: dict[date, list[OfferingRow]]


@dataclass(kw_only=True)
class RegionSpan:
    """One interval of one region, as one source saw it."""

    source: Source
    region_code: str
    span: Span


@dataclass(kw_only=True)
class Telling:
    """A listing with real region codes and known labels: what the intervals are made from."""

    census_date: date
    settled: bool
    regions: dict[str, RegionRow]
    sightings: dict[str, list[Sighting]]
    suspicious: bool = False  # the whole of it: it only names regions
    suspicious_answers: set[str] = field(default_factory=set)  # of these regions

    def leaves_out(self, source: Source, code: str) -> bool:
        """Say whether this says that a region is not there; naming none at all says nothing."""
        listens = listens_to_silence(source) and bool(self.regions) and not self.suspicious
        return listens and code not in self.regions

    def answers(self, code: str) -> bool:
        """Say whether this answers for a region, to be believed."""
        believed = not self.suspicious and code not in self.suspicious_answers
        return believed and code in self.regions and self.regions[code].answered


def understand(source: Source, listing: Listing, *, reference: OracleReference) -> Telling:
    """Translate aliases, leave out what is no region, resolve labels."""
    on = listing.census_date
    regions: dict[str, RegionRow] = {}
    for row in listing.regions:
        code = _region_code(source.provider, row.region_code, on, reference)
        if code is not None and not (code in regions and regions[code].answered):
            regions[code] = row
    sightings: dict[str, list[Sighting]] = {code: [] for code in regions}
    for row in listing.offerings:
        code = _region_code(source.provider, row.region_code, on, reference)
        model = resolve(row.accelerator_label, provider=source.provider, reference=reference)
        if code in regions and regions[code].answered and model is not None:
            sightings[code].append(Sighting(row=row, accelerator_model=model))
    return Telling(census_date=on, settled=listing.settled, regions=regions, sightings=sightings)


def _region_code(provider: str, code: str, on: date, reference: OracleReference) -> str | None:
    for alias in reference.region_aliases:
        started = alias.valid_from is None or alias.valid_from <= on
        ended = alias.valid_to is not None and alias.valid_to <= on
        if (alias.provider, alias.alias) == (provider, code) and started and not ended:
            return alias.region_code
    for owner, pattern in reference.not_regions:
        if owner in ("", provider) and re.fullmatch(pattern, code):
            return None
    return code


def listens_to_silence(source: Source) -> bool:
    """Say whether a region list of this source that leaves a region out says that it is gone."""
    return source.regions_complete and not source.positive_only


def observations(source: Source, tellings: list[Telling], code: str) -> list[Telling]:
    """List the source's complete observations of what a region offers, in date order."""
    return [telling for telling in tellings if telling.answers(code) or telling.leaves_out(source, code)]


def spans(observed: list[tuple[date, bool, bool]], *, positive_only: bool) -> tuple[list[Span], list[date]]:
    """Turn (date, seen, settled) in date order into spans and unconfirmed sightings."""
    if positive_only:
        seen_on = [on for on, seen, _ in observed if seen]
        kept = Span(not_before_on=None, valid_from=seen_on[0], confirmed=True, seen_on=seen_on)
        return [kept], []
    found: list[Span] = []
    unconfirmed: list[date] = []
    current: Span | None = None
    misses: list[date] = []
    last_without: date | None = None
    for place, (on, seen, settled) in enumerate(observed):
        if current is None and seen:
            current = Span(
                not_before_on=last_without,
                valid_from=on,
                confirmed=place == 0 or settled,
                seen_on=[on],
            )
        elif current is not None and seen:
            current.confirmed = True
            current.seen_on.append(on)
            misses = []
        elif current is not None and not current.confirmed:
            unconfirmed.append(current.valid_from)
            current = None
        elif current is not None:
            misses.append(on)
            if settled or len(misses) == MISSES_OF_A_WITHDRAWAL:
                current.valid_to = misses[0]
                found.append(current)
                current, misses = None, []
        if not seen:
            last_without = on
    return found + ([current] if current is not None else []), unconfirmed


def region_spans(source: Source, tellings: list[Telling], code: str) -> list[RegionSpan]:
    """Say when a region was there, according to one source's region lists."""
    observed = [
        (telling.census_date, code in telling.regions, telling.settled)
        for telling in tellings
        if code in telling.regions or telling.leaves_out(source, code)
    ]
    if not any(seen for _, seen, _ in observed):
        return []
    found, _ = spans(observed, positive_only=source.positive_only)
    return [RegionSpan(source=source, region_code=code, span=span) for span in found]


def offering_spans(source: Source, tellings: list[Telling], code: str) -> tuple[list[OfferingSpan], list[tuple]]:
    """Say when each instance type and accelerator was there; also the unconfirmed sightings."""
    observed = observations(source, tellings, code)
    rows: dict[tuple[str, str, str], dict[date, list[OfferingRow]]] = {}
    for telling in observed:
        for sighting in telling.sightings.get(code, []):
            label = sighting.row.accelerator_label if sighting.accelerator_model == UNKNOWN else ""
            key = (sighting.row.instance_type, sighting.accelerator_model, label)
            by_date = rows.setdefault(key, {})
            by_date.setdefault(telling.census_date, []).append(sighting.row)
    found: list[OfferingSpan] = []
    unconfirmed: list[tuple] = []
    for (instance_type, model, _), by_date in sorted(rows.items()):
        seen = [(t.census_date, t.census_date in by_date, t.settled) for t in observed]
        kept, lone = spans(seen, positive_only=source.positive_only)
        label = by_date[max(by_date)][0].accelerator_label
        for span in kept:
            found.append(
                OfferingSpan(
                    source=source,
                    region_code=code,
                    instance_type=instance_type,
                    accelerator_model=model,
                    accelerator_label=label,
                    span=span,
                    sightings={on: by_date[on] for on in span.seen_on},
                )
            )
        name = (source.provider, source.name, code, instance_type, model, label)
        unconfirmed.extend((*name, on) for on in lone)
    return found, unconfirmed
