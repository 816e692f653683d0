"""Everything the archives say, over all dates: intervals, answers and the regions they name.

"As of D" is today's knowledge of D, so this is made once and asked of any date. No date enters
here but the dates of the listings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from .archive import Source
from .intervals import (
    OfferingSpan,
    RegionSpan,
    Telling,
    observations,
    offering_spans,
    region_spans,
    understand,
)
from .reference import OracleReference, Region
from .suspicion import mark_suspicious

Key = tuple[str, str]  # (provider, region_code)


@dataclass(kw_only=True)
class World:
    """All sources, with their intervals and the dates on which they answered."""

    reference: OracleReference
    sources: list[Source]
    # (provider, source) -> its listings, understood
    tellings: dict[tuple[str, str], list[Telling]] = field(default_factory=dict)
    # (provider, region) -> what the reference or else the archives say of it
    regions: dict[Key, Region] = field(default_factory=dict)
    region_spans: dict[Key, list[RegionSpan]] = field(default_factory=dict)
    offering_spans: dict[Key, list[OfferingSpan]] = field(default_factory=dict)
    unconfirmed: list[tuple] = field(default_factory=list)
    # (provider, source, region) -> dates of complete observations
    answers: dict[tuple[str, str, str], list[date]] = field(default_factory=dict)

    def sources_of(self, provider: str) -> list[Source]:
        """List the sources of a provider."""
        return [source for source in self.sources if source.provider == provider]

    def answered_on(self, source: Source, code: str, day: date) -> date | None:
        """Date the source's latest complete observation of a region, up to a day."""
        dates = self.answers[source.provider, source.name, code]
        return max((on for on in dates if on <= day), default=None)

    def newest_answer(self, key: Key, day: date) -> date | None:
        """Date the newest answer for a region by any source with a scope of silence."""
        provider, code = key
        dates = [
            self.answered_on(source, code, day) for source in self.sources_of(provider) if not source.positive_only
        ]
        return max((on for on in dates if on is not None), default=None)


def make_world(sources: list[Source], *, reference: OracleReference, only_named: bool = False) -> World:
    """Understand every listing, then make the intervals of every source and region.

    A complete region list also speaks of a region that it has never named on any date; with
    `only_named` it does not.
    """
    world = World(reference=reference, sources=sources)
    for source in sources:
        world.tellings[source.provider, source.name] = [
            understand(source, listing, reference=reference) for listing in source.listings
        ]
        mark_suspicious(source, world.tellings[source.provider, source.name])
    _name_regions(world)
    for source in sources:
        tellings = world.tellings[source.provider, source.name]
        for provider, code in sorted(world.regions):
            if provider != source.provider:
                continue
            if only_named and not any(code in telling.regions for telling in tellings):
                world.answers[provider, source.name, code] = []
                continue
            world.answers[provider, source.name, code] = [
                telling.census_date for telling in observations(source, tellings, code)
            ]
            regions = world.region_spans.setdefault((provider, code), [])
            regions.extend(region_spans(source, tellings, code))
            found, unconfirmed = offering_spans(source, tellings, code)
            world.offering_spans.setdefault((provider, code), []).extend(found)
            world.unconfirmed.extend(unconfirmed)
    return world


def _name_regions(world: World) -> None:
    """Every region that a listing names; the reference wins, the newest telling fills the rest."""
    known = {(region.provider, region.region_code): region for region in world.reference.regions}
    told: dict[Key, list[tuple[date, str, str, str]]] = {}
    for (provider, name), tellings in world.tellings.items():
        for telling in tellings:
            for code, row in telling.regions.items():
                said = (telling.census_date, name, row.country_iso2, row.cloud_partition)
                told.setdefault((provider, code), []).append(said)
    for key, said in told.items():
        region = known.get(key, Region(provider=key[0], region_code=key[1]))
        said.sort(reverse=True)
        country = next((country for _, _, country, _ in said if country), "")
        partition = next((partition for *_, partition in said if partition), "")
        world.regions[key] = Region(
            provider=region.provider,
            region_code=region.region_code,
            country_iso2=region.country_iso2 or country,
            metro=region.metro,
            cloud_partition=region.cloud_partition or ("" if key in known else partition),
            access=region.access or "open",
            opened_on=region.opened_on,
            closed_on=region.closed_on,
        )
