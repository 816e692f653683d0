"""Read archives: folders of dated listings (DESIGN 3.3), row for row, nothing interpreted.

The form is checked as far as a wrong form would give a wrong answer: unknown columns, rows that
contradict each other and two tellings of one listing are errors.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

REGION_COLUMNS = {"region_code", "region_name", "country_iso2", "cloud_partition", "answered"}
OFFERING_COLUMNS = {
    "region_code",
    "zone",
    "instance_type",
    "service",
    "accelerator_label",
    "accelerator_count",
    "status",
    "price",
    "currency",
}


@dataclass(frozen=True, kw_only=True)
class RegionRow:
    """What one listing says of a region."""

    region_code: str
    country_iso2: str
    cloud_partition: str
    answered: bool


@dataclass(frozen=True, kw_only=True)
class OfferingRow:
    """What one listing says of an instance type in a region (and zone)."""

    region_code: str
    zone: str
    instance_type: str
    service: str
    accelerator_label: str
    accelerator_count: float | None
    status: str


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One source's telling of one census date."""

    census_date: date
    settled: bool
    regions: tuple[RegionRow, ...]
    offerings: tuple[OfferingRow, ...]


@dataclass(kw_only=True)
class Source:
    """One source of one provider with its listings in date order."""

    provider: str
    name: str
    evidence: str
    scope: tuple[str, ...]
    regions_complete: bool
    positive_only: bool
    # when too much is gone at once; None is the method's own number
    gone_regions: float | None = None
    gone_pairs: int | None = None
    gone_share: float | None = None
    listings: list[Listing] = field(default_factory=list)

    @property
    def stated(self) -> tuple:
        """What every archive has to say alike of the source."""
        guard = (self.gone_regions, self.gone_pairs, self.gone_share)
        return (self.evidence, self.scope, self.regions_complete, self.positive_only, *guard)


def read_archives(archives: list[Path], *, known_until: date | None = None) -> list[Source]:
    """Read every listing of every archive; listings after `known_until` are left out."""
    sources: dict[tuple[str, str], Source] = {}
    for path in sorted(toml for archive in archives for toml in archive.glob("*/*/source.toml")):
        source, settled = _read_source(path)
        kept = sources.setdefault((source.provider, source.name), source)
        if source.stated != kept.stated:
            raise ValueError(f"{path}: says otherwise of the source than another archive")
        for folder in sorted(child for child in path.parent.iterdir() if child.is_dir()):
            census_date = date.fromisoformat(folder.name)
            if known_until is None or census_date <= known_until:
                kept.listings.append(_read_listing(folder, census_date, settled))
    for source in sources.values():
        source.listings.sort(key=lambda listing: listing.census_date)
        dates = [listing.census_date for listing in source.listings]
        if len(dates) != len(set(dates)):
            raise ValueError(f"{source.provider}/{source.name}: one date is told twice")
    return list(sources.values())


def _read_source(path: Path) -> tuple[Source, bool]:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    scope = told.get("scope", "all")
    words = [scope] if isinstance(scope, str) else scope
    source = Source(
        provider=path.parent.parent.name,
        name=path.parent.name,
        evidence=told["evidence"],
        scope=tuple(term.strip().casefold() for word in words for term in word.split(",") if term.strip()),
        regions_complete=told.get("regions_complete", False),
        positive_only=told.get("positive_only", False),
        gone_regions=told.get("gone_regions"),
        gone_pairs=told.get("gone_pairs"),
        gone_share=told.get("gone_share"),
    )
    return source, told.get("settled", False)


def _read_listing(folder: Path, census_date: date, settled: bool) -> Listing:
    regions = {
        RegionRow(
            region_code=row["region_code"],
            country_iso2=row.get("country_iso2", ""),
            cloud_partition=row.get("cloud_partition", ""),
            answered={"true": True, "false": False}[row["answered"]],
        )
        for row in _rows(folder / "regions.csv", REGION_COLUMNS)
    }
    told = {
        (_offering(row), row.get("price", ""), row.get("currency", ""))
        for row in _rows(folder / "offerings.csv", OFFERING_COLUMNS)
    }
    offerings = [row for row, _, _ in told]
    _refuse_doubles(folder, [row.region_code for row in regions])
    _refuse_doubles(
        folder,
        [(r.region_code, r.zone, r.instance_type, r.service, r.accelerator_label) for r in offerings],
    )
    return Listing(
        census_date=census_date,
        settled=settled,
        regions=tuple(sorted(regions, key=lambda row: row.region_code)),
        offerings=tuple(sorted(offerings, key=repr)),
    )


def _offering(row: dict[str, str]) -> OfferingRow:
    count = row.get("accelerator_count", "")
    return OfferingRow(
        region_code=row["region_code"],
        zone=row.get("zone", ""),
        instance_type=row["instance_type"],
        service=row.get("service", ""),
        accelerator_label=row["accelerator_label"],
        accelerator_count=float(count) if count else None,
        status=row.get("status", "") or "offered",
    )


def _rows(path: Path, columns: set[str]) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as opened:
        reader = csv.DictReader(opened)
        unknown = set(reader.fieldnames or ()) - columns
        if unknown:
            raise ValueError(f"{path}: unknown columns {sorted(unknown)}")
        return [{name: (value or "").strip() for name, value in row.items()} for row in reader]


def _refuse_doubles(folder: Path, keys: list) -> None:
    if len(keys) != len(set(keys)):
        raise ValueError(f"{folder}: rows contradict each other")
