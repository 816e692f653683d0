"""The reference tables as the oracle sees them: plain rows, made in a test or read from CSV.

Nothing is checked here: the package's own loaders do that. Columns that a table lacks are empty.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

WORLD_BANK_EDITIONS = (
    (date(2023, 7, 1), "wb_income_fy24"),
    (date(2024, 7, 1), "wb_income_fy25"),
    (date(2025, 7, 1), "wb_income_fy26"),
    (date(2026, 7, 1), "wb_income_fy27"),
)


@dataclass(frozen=True, kw_only=True)
class Country:
    """One row of a country or territory."""

    country_iso2: str
    country_name: str = ""
    superpower: bool = False
    in_count_universe: bool = True
    imf_advanced_from: date | None = None
    unctad_developed_from: date | None = None
    wb_income: tuple[tuple[date, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """One accelerator model; `classes` maps a class column to the class it gives the model."""

    accelerator_model: str
    aliases: tuple[str, ...] = ()
    vendor: str = ""
    kind: str = ""
    family: str = ""
    classes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider and what kind of business it is."""

    provider: str
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Region:
    """What the reference table knows of a region; empty partition means public, access open."""

    provider: str
    region_code: str
    country_iso2: str = ""
    metro: str = ""
    cloud_partition: str = ""
    access: str = ""
    opened_on: date | None = None
    closed_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class RegionAlias:
    """Another code for a region, for the census dates from valid_from until before valid_to."""

    provider: str
    alias: str
    region_code: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What one profile counts; `"all"` lets everything through."""

    profile: str
    providers: tuple[str, ...] | str = "all"
    excluded_provider_kinds: tuple[str, ...] = ()
    partitions: tuple[str, ...] | str = "all"
    access: tuple[str, ...] | str = "all"
    vendors: tuple[str, ...] | str = "all"
    class_column: str = "extended_class"
    training: tuple[str, ...] = ("training",)
    inference: tuple[str, ...] = ("inference",)
    evidence: tuple[str, ...] = ("confirmed",)


@dataclass(frozen=True, kw_only=True)
class OracleReference:
    """Everything the oracle knows that is not in an archive."""

    countries: tuple[Country, ...] = ()
    accelerators: tuple[Accelerator, ...] = ()
    providers: tuple[Provider, ...] = ()
    regions: tuple[Region, ...] = ()
    profiles: tuple[Profile, ...] = ()
    # (provider or "", label) -> ("model" | "not_an_accelerator" | "masked", accelerator_model)
    labels: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    region_aliases: tuple[RegionAlias, ...] = ()
    not_regions: tuple[tuple[str, str], ...] = ()  # (provider or "", pattern)
    # (provider, label) -> model: a label is looked up once, however often it is listed
    resolved: dict[tuple[str, str], str | None] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def load(cls, folder: Path) -> OracleReference:
        """Read the CSV tables and the profiles of a reference folder."""
        return cls(
            countries=tuple(_country(row) for row in _rows(folder / "country.csv")),
            accelerators=tuple(_accelerator(row) for row in _rows(folder / "accelerator.csv")),
            providers=tuple(
                Provider(provider=row["provider"], kind=row.get("kind", "")) for row in _rows(folder / "provider.csv")
            ),
            regions=tuple(_region(row) for row in _rows(folder / "region.csv")),
            profiles=tuple(_profile(path) for path in sorted(folder.glob("profiles/*.toml"))),
            labels={
                (row.get("provider", ""), row["label"]): (
                    row["resolution"],
                    row.get("accelerator_model", ""),
                )
                for row in _rows(folder / "accelerator_label.csv")
            },
            region_aliases=tuple(_alias(row) for row in _rows(folder / "region_alias.csv")),
            not_regions=tuple((row.get("provider", ""), row["pattern"]) for row in _rows(folder / "not_a_region.csv")),
        )


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as opened:
        return [{name: (value or "").strip() for name, value in row.items()} for row in csv.DictReader(opened)]


def _date(text: str) -> date | None:
    """Read an ISO date; `YYYY` and `YYYY-MM` mean the first day."""
    if not text:
        return None
    parts = [int(part) for part in text.split("-")]
    return date(*[*parts, 1, 1][:3])


def _country(row: dict[str, str]) -> Country:
    return Country(
        country_iso2=row["country_iso2"],
        country_name=row.get("name_short_en", ""),
        superpower=row.get("superpower", "") == "true",
        in_count_universe=row.get("in_count_universe", "") == "true",
        imf_advanced_from=_date(row.get("imf_advanced_from", "")),
        unctad_developed_from=_date(row.get("unctad_developed_from", "")),
        wb_income=tuple((start, row.get(name, "")) for start, name in WORLD_BANK_EDITIONS),
    )


def _accelerator(row: dict[str, str]) -> Accelerator:
    return Accelerator(
        accelerator_model=row["accelerator_model"],
        aliases=tuple(word.strip() for word in row.get("aliases", "").split(";") if word.strip()),
        vendor=row.get("vendor", ""),
        kind=row.get("kind", ""),
        family=row.get("family", ""),
        classes={name: value for name, value in row.items() if name.endswith("_class")},
    )


def _region(row: dict[str, str]) -> Region:
    return Region(
        provider=row["provider"],
        region_code=row["region_code"],
        country_iso2=row.get("country_iso2", ""),
        metro=row.get("metro", ""),
        cloud_partition=row.get("cloud_partition", ""),
        access=row.get("access", ""),
        opened_on=_date(row.get("opened_on", "")),
        closed_on=_date(row.get("closed_on", "")),
    )


def _alias(row: dict[str, str]) -> RegionAlias:
    return RegionAlias(
        provider=row["provider"],
        alias=row["alias"],
        region_code=row["region_code"],
        valid_from=_date(row.get("valid_from", "")),
        valid_to=_date(row.get("valid_to", "")),
    )


def _profile(path: Path) -> Profile:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in told.items()
        if name in Profile.__dataclass_fields__
    }
    return Profile(**known)
