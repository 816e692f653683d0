"""The listings that landed runs make: one per source and census date, however many runs that date had.

What belongs here: which runs have to be read, how runs of one date are put together, rows as frames. What does not:
reading a single run (`collect.observation`), and whether a row is good (`listing`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from gpu_census.archive.reading import ARCHIVE, ArchivedListings, SourceCard, empty_listings
from gpu_census.census.shrinking import list_is_shrunk, region_is_shrunk
from gpu_census.collect.landing import Landing, read_run
from gpu_census.collect.observation import Observation, observe
from gpu_census.dates import iso_date
from gpu_census.providers import live_sources
from gpu_census.providers.contract import Offering, Region, Source
from gpu_census.providers.versions import parser_version

INDEXED = ("source", "census_date", "made_from")
TWICE = "contradicts an earlier row of the same answer"
STANDS = "lost too much within a day; the earlier answer stands"


@dataclass
class DayOfSource:
    """What all runs of one source on one date say together."""

    source: Source
    census_date: date
    made_from: str
    regions: dict[str, tuple[Region, list[Offering]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    newest_sha256: str = ""
    whole: bool = False

    @property
    def payload_sha256(self) -> str:
        """One digest for the answers that the rows were read from; of all the newest run's where there are no rows."""
        digests = sorted({row.payload_sha256 for _, rows in self.regions.values() for row in rows})
        if len(digests) > 1:
            return hashlib.sha256("".join(digests).encode()).hexdigest()
        return digests[0] if digests else self.newest_sha256

    def add(self, found: Observation) -> None:
        """A later run: its complete answers replace those before, what it failed to ask stays as it was."""
        self.faults = list(found.faults)
        self.newest_sha256 = found.payload_sha256
        offered: dict[str, list[Offering]] = {}
        for offering in found.offerings:
            offered.setdefault(offering.region_code, []).append(offering)
        named = {region.code for region in found.regions}
        whole = found.whole and bool(named)
        if list_is_shrunk(self.regions.keys(), named, share=self.source.gone_regions):
            self.faults.append(f"the list of regions {STANDS}")
        elif whole and self.source.regions_complete:
            self.regions = {code: kept for code, kept in self.regions.items() if code in named}
        self.whole = self.whole or whole
        for region in found.regions:
            self._answer(region, offered.get(region.code, []))

    def _answer(self, region: Region, offerings: list[Offering]) -> None:
        before = self.regions.get(region.code)
        if before is None or not before[0].answered:
            self.regions[region.code] = region, offerings
        elif region.answered:
            labels = [{row.accelerator_label for row in rows} for rows in (before[1], offerings)]
            if region_is_shrunk(*labels, pairs=self.source.gone_pairs, share=self.source.gone_share):
                self.faults.append(f"{region.code}: {STANDS}")
            else:
                self.regions[region.code] = region, offerings


def landed_sources(provider: str) -> dict[str, Source]:
    """The live sources of a provider by name."""
    return {source.name: source for source in live_sources() if source.provider == provider}


def landed_runs(landing: Landing, provider: str) -> dict[tuple[str, date], list[Path]]:
    """The files of runs by source and census date, oldest first."""
    files = landing.runs(provider)
    return {
        (source, iso_date(day)): list(paths)
        for (source, day), paths in groupby(files, key=lambda path: (path.parents[1].name, path.parent.name))
    }


def made_from(runs: Iterable[Path]) -> str:
    """What a listing was made from: a digest of the names and sizes of its runs, which never change once ended."""
    told = "\n".join(f"{path.name} {path.stat().st_size}" for path in runs)
    return hashlib.sha256(told.encode()).hexdigest()


def read_day(source: Source, census_date: date, runs: Sequence[Path], landing: Landing) -> DayOfSource:
    """Read the runs of one source on one date with today's provider file."""
    day = DayOfSource(source, census_date, made_from(runs))
    for path in runs:
        day.add(observe(source, landing, read_run(path)))
    return day


def as_listings(provider: str, days: Sequence[DayOfSource]) -> ArchivedListings:
    """Days as an archive would give them."""
    nothing = empty_listings()
    cards = {day.source.name: card_of(day.source) for day in days}
    listings = pl.DataFrame([_listing_row(day) for day in days], schema=nothing.listings.schema)
    regions = pl.DataFrame([row for day in days for row in _region_rows(day)], schema=nothing.regions.schema)
    offered = nothing.offerings.schema.copy()
    offered["payload_sha256"] = pl.String()  # each row names the answer it was read from
    offerings = pl.DataFrame([row for day in days for row in _offering_rows(day)], schema=offered)
    return ArchivedListings(cards, listings, regions, offerings)


def card_of(source: Source) -> SourceCard:
    """What a live source states, in the words of an archive's `source.toml`."""
    return SourceCard(
        title=source.title,
        evidence=source.evidence,
        scope=list(source.scope),
        regions_complete=source.regions_complete,
        positive_only=source.positive_only,
        gone_regions=source.gone_regions,
        gone_pairs=source.gone_pairs,
        gone_share=source.gone_share,
        url=source.url,
        licence=source.licence,
        notes=source.notes,
    )


@dataclass(frozen=True)
class Landed:
    """What has landed of one provider: listings read anew, and rows of the index whose files still hold."""

    read: ArchivedListings
    keep: pl.DataFrame | None


def landed_listings(
    provider: str,
    landing: Landing,
    index: pl.DataFrame | None,
    *,
    anew: bool = False,
    beside: Collection[tuple[str, date]] = (),
) -> Landed:
    """Read the runs that `index` does not know yet, those `beside` an archive's listing of the date, or all if `anew`.

    What was read from runs that are no longer kept, or by a provider file that is gone, is kept as it is.
    """
    sources = landed_sources(provider)
    runs = landed_runs(landing, provider)
    known = {} if index is None else {(row[0], row[1]): row[2] for row in index.select(*INDEXED).iter_rows()}
    days, kept = [], [key for key, made in known.items() if made != ARCHIVE and key not in runs]
    for (name, census_date), paths in runs.items():
        if name in sources and (
            anew or (name, census_date) in beside or known.get((name, census_date)) != made_from(paths)
        ):
            days.append(read_day(sources[name], census_date, paths, landing))
        elif (name, census_date) in known:
            kept.append((name, census_date))
    read = as_listings(provider, days)
    cards = {name: card_of(source) for name, source in sources.items() if any(key[0] == name for key in kept)}
    keys = pl.DataFrame(kept, schema={"source": pl.String, "census_date": pl.Date}, orient="row")
    keep = None if index is None else index.join(keys, on=["source", "census_date"], how="semi")
    return Landed(replace(read, cards=cards | read.cards), keep)


def _key(day: DayOfSource) -> dict[str, Any]:
    return {"provider": day.source.provider, "source": day.source.name, "census_date": day.census_date}


def _listing_row(day: DayOfSource) -> dict[str, Any]:
    return _key(day) | {
        "settled": False,
        "payload_sha256": day.payload_sha256,
        "listed": sum(len(offerings) for _, offerings in day.regions.values()),
        "is_whole": day.whole,
        "fault": "; ".join(day.faults),
        "made_from": day.made_from,
        "parser": parser_version(day.source),
    }


def _region_rows(day: DayOfSource) -> Iterable[dict[str, Any]]:
    for region, _ in day.regions.values():
        yield _key(day) | {
            "region_code": _text(region.code),
            "region_name": _text(region.name),
            "country_iso2": _text(region.country_iso2),
            "cloud_partition": region.cloud_partition,
            "answered": region.answered,
            "place": day.source.url,
        }


def _offering_rows(day: DayOfSource) -> Iterable[dict[str, Any]]:
    for region, offerings in day.regions.values():
        seen: dict[tuple[str, ...], Offering] = {}
        for row in offerings if region.answered else ():
            key = (row.zone, row.instance_type, row.service, row.accelerator_label)
            price = row.price if row.price is not None and row.price > 0 else None
            yield _key(day) | {
                "region_code": _text(row.region_code),
                "zone": _text(row.zone) or "",
                "instance_type": _text(row.instance_type),
                "service": _text(row.service) or "",
                "accelerator_label": _text(row.accelerator_label),
                "accelerator_count": row.accelerator_count,
                "status": row.status,
                "price": price,
                "currency": row.currency if price is not None else None,
                "payload_sha256": row.payload_sha256,
                "place": f"{day.source.url} (answer {row.payload_sha256})",
                "fault": None if seen.setdefault(key, row) == row else TWICE,
            }


def _text(text: str | None) -> str | None:
    return (text or "").strip() or None
