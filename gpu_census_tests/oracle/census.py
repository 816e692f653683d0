"""The door: read archives, find what holds on a date, count it under every profile."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from .archive import read_archives
from .count import ProfileCount
from .evidence import findings_in, listed_in, region_exists
from .intervals import OfferingSpan, RegionSpan
from .reference import OracleReference
from .world import Key, World, make_world


@dataclass(kw_only=True)
class OracleResult:
    """What the oracle says of one date; dictionaries by key, rows with DESIGN's column names."""

    census_date: date
    country_census: dict[tuple[str, str], dict] = field(default_factory=dict)
    compute_tier: dict[tuple[str, str], dict] = field(default_factory=dict)
    findings: dict[tuple[str, str, str], dict] = field(default_factory=dict)
    regions: set[Key] = field(default_factory=set)
    world: World

    @property
    def offering_history(self) -> list[dict]:
        """List every offering interval."""
        return [
            {
                "provider": held.source.provider,
                "source": held.source.name,
                "region_code": held.region_code,
                "instance_type": held.instance_type,
                "accelerator_model": held.accelerator_model,
                "accelerator_label": held.accelerator_label,
                **_span(held),
            }
            for spans in self.world.offering_spans.values()
            for held in spans
        ]

    @property
    def unconfirmed_sightings(self) -> list[tuple]:
        """List (provider, source, region, instance type, model, label, day) of lone sightings."""
        return self.world.unconfirmed

    @property
    def suspicious_answers(self) -> list[tuple]:
        """List (provider, source, day, region, whether the whole listing is) of what is set aside."""
        told = [(*source, t) for source, tellings in self.world.tellings.items() for t in tellings]
        return sorted(
            (provider, source, t.census_date, code, t.suspicious)
            for provider, source, t in told
            for code in (t.regions if t.suspicious else t.suspicious_answers)
        )

    @property
    def region_history(self) -> list[dict]:
        """List every region interval."""
        return [
            {
                "provider": held.source.provider,
                "source": held.source.name,
                "region_code": held.region_code,
                **_span(held),
            }
            for spans in self.world.region_spans.values()
            for held in spans
        ]


def _span(held: OfferingSpan | RegionSpan) -> dict:
    return {
        "not_before_on": held.span.not_before_on,
        "valid_from": held.span.valid_from,
        "valid_to": held.span.valid_to,
        "confirmed": held.span.confirmed,
        "sightings": len(held.span.seen_on),
    }


def oracle_census(
    archives: list[Path],
    *,
    census_date: date,
    reference: OracleReference,
    known_until: date | None = None,
    only_named: bool = False,
) -> OracleResult:
    """Read archives, find what holds on the date, count it under every profile.

    Listings later than the date are used too ("as of D" is today's knowledge of D), up to
    `known_until` where it is given. `only_named` is explained at `make_world`.
    """
    world = read_world(archives, reference=reference, known_until=known_until, only_named=only_named)
    return census_of(world, census_date=census_date)


def read_world(
    archives: list[Path],
    *,
    reference: OracleReference,
    known_until: date | None = None,
    only_named: bool = False,
) -> World:
    """Read archives once, to ask of many dates with `census_of`."""
    sources = read_archives(archives, known_until=known_until)
    return make_world(sources, reference=reference, only_named=only_named)


def census_of(world: World, *, census_date: date) -> OracleResult:
    """Count one date of a world that has been read already."""
    result = OracleResult(census_date=census_date, world=world)
    result.regions = {key for key in world.regions if region_exists(world, key, census_date)}
    listed = {key: listed_in(world, key, census_date) for key in sorted(result.regions)}
    for key, rows in listed.items():
        for finding in findings_in(world, key, rows, census_date):
            result.findings[*key, finding["accelerator_model"]] = finding
    for profile in world.reference.profiles:
        count = ProfileCount(
            world=world,
            profile=profile,
            day=census_date,
            findings=result.findings,
            listed=listed,
        )
        for country in world.reference.countries:
            place = (profile.profile, country.country_iso2)
            result.country_census[place] = count.country_census(country)
            result.compute_tier[place] = count.compute_tier(country)
    return result
