"""Read an archive of past or foreign listings, file by file, exactly as it stands.

The form is documented in `gpu_census/archive/README.md`. What belongs here: finding the files, refusing what
breaks the form. What does not: the cells of a file (`cells`), whether a row is good (`gpu_census.census.listing`) or
what it means (`gpu_census.census.unify`).
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
import polars as pl

from gpu_census.archive.cells import OFFERING_COLUMNS, REGION_COLUMNS, read_csvs, typed_offerings, typed_regions
from gpu_census.census.vocabulary import EVIDENCE
from gpu_census.dates import iso_date
from gpu_census.errors import ArchiveError, CensusError

KEY_SCHEMA = {"provider": pl.String, "source": pl.String, "census_date": pl.Date}
LISTING_SCHEMA = KEY_SCHEMA | {
    "settled": pl.Boolean,
    "payload_sha256": pl.String,
}
ARCHIVE = "archive"
# what an archive never says: whether the list of regions broke off, what was not answered, and how it was read
AS_WRITTEN = {
    "is_whole": pl.lit(True),
    "fault": pl.lit(""),
    "made_from": pl.lit(ARCHIVE),
    "parser": pl.lit(""),
}


class SourceCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `source.toml` states. `title` and `evidence` are required; the defaults claim as little as possible."""

    title: str
    evidence: str
    scope: str | list[str] = "all"
    settled: bool = False
    regions_complete: bool = False
    positive_only: bool = False
    gone_regions: float | None = None
    gone_pairs: int = 3
    gone_share: float = 0.20
    url: str = ""
    licence: str = ""
    retrieved: str = ""
    notes: str = ""

    @property
    def scope_terms(self) -> list[str]:
        """The scope as a list of terms."""
        terms = self.scope.split(",") if isinstance(self.scope, str) else self.scope
        return [term.strip() for term in terms if term.strip()]


@dataclass(frozen=True)
class ArchivedListings:
    """All listings of one provider in one archive.

    `cards` by source; `listings` has one row per source and census date, with the digest of its files; `regions` and
    `offerings` have typed cells and the `place` (file and line) each row was read from.
    """

    cards: dict[str, SourceCard]
    listings: pl.DataFrame
    regions: pl.DataFrame
    offerings: pl.DataFrame


@cache
def empty_listings() -> ArchivedListings:
    """No listing at all, with every column and type."""
    listings = pl.DataFrame(schema=LISTING_SCHEMA | {"listed": pl.Int64})
    return ArchivedListings(
        {},
        listings.with_columns(**AS_WRITTEN),
        typed_regions(read_csvs([], REGION_COLUMNS)),
        typed_offerings(read_csvs([], OFFERING_COLUMNS)),
    )


def providers_in(archive: Path) -> list[str]:
    """The providers an archive has listings of, sorted."""
    if not archive.is_dir():
        raise ArchiveError(f"{archive}: no such folder; an archive is <archive>/<provider>/<source>/source.toml")
    sources = {path.parent for path in archive.glob("*/*/source.toml")}
    sources |= {path.parent.parent for path in archive.glob("*/*/*/regions.csv")}
    if not sources:
        raise ArchiveError(f"{archive}: holds no listing; an archive is <archive>/<provider>/<source>/source.toml")
    return sorted({source.parent.name for source in sources})


def has_provider(archive: Path, provider: str) -> bool:
    """Whether an archive has listings of a provider."""
    return any((archive / provider).glob("*/source.toml")) or provider in providers_in(archive)


@dataclass(frozen=True)
class ArchivedDays:
    """What an archive has of a provider, before any row is read.

    `cards` by source; `days` has KEY, `settled`, the digest of the files, the `folder` they are in and their `size`.
    """

    cards: dict[str, SourceCard]
    days: pl.DataFrame


def archived_days(archive: Path, provider: str) -> ArchivedDays:
    """Every listing of one provider in one archive, by source and census date."""
    cards: dict[str, SourceCard] = {}
    days: list[tuple[str, str, date, bool, str, str, int]] = []
    for folder in sorted(path for path in (archive / provider).glob("*") if path.is_dir()):
        dated = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._")
        if not dated and not (folder / "source.toml").exists():
            continue
        card = cards[folder.name] = read_card(folder / "source.toml")
        for day in dated:
            digest, size = _digest(day)
            days.append((provider, folder.name, _date_of(day), card.settled, digest, str(day), size))
    schema = LISTING_SCHEMA | {"folder": pl.String, "size": pl.Int64}
    return ArchivedDays(cards, pl.DataFrame(days, schema=schema, orient="row"))


def read_days(archived: ArchivedDays) -> ArchivedListings:
    """The listings of these days."""
    days = [Path(folder) for folder in archived.days["folder"]]
    offerings = typed_offerings(read_csvs([day / "offerings.csv" for day in days], OFFERING_COLUMNS))
    key = list(KEY_SCHEMA)
    counted = archived.days.select(*LISTING_SCHEMA).join(
        offerings.group_by(key).agg(pl.len().cast(pl.Int64).alias("listed")), on=key, how="left"
    )
    return ArchivedListings(
        archived.cards,
        counted.with_columns(pl.col("listed").fill_null(0), **AS_WRITTEN),
        typed_regions(read_csvs([day / "regions.csv" for day in days], REGION_COLUMNS)),
        offerings,
    )


def read_provider(archive: Path, provider: str) -> ArchivedListings:
    """Every listing of one provider in one archive."""
    return read_days(archived_days(archive, provider))


def read_card(path: Path) -> SourceCard:
    """A source's `source.toml`, or an error that says what is wrong in it."""
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
        texts = {name: value.isoformat() if isinstance(value, date) else value for name, value in stated.items()}
        card = msgspec.convert(texts, SourceCard)
    except FileNotFoundError:
        raise ArchiveError(f"{path}: missing; every source states at least its title and evidence") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ArchiveError(f"{path}: {error}") from None
    if card.evidence not in EVIDENCE:
        raise ArchiveError(f"{path}: evidence is {card.evidence!r}; it must be one of {', '.join(EVIDENCE)}")
    return card


def _date_of(day: Path) -> date:
    try:
        return iso_date(day.name)
    except CensusError as error:
        raise ArchiveError(f"{day}: the folder's name {error}") from None


def _digest(day: Path) -> tuple[str, int]:
    """The digest of a listing's files, and how many bytes they have."""
    digest = hashlib.sha256()
    size = 0
    for name in ("regions.csv", "offerings.csv"):
        try:
            content = (day / name).read_bytes()
        except FileNotFoundError:
            where = day / name
            raise ArchiveError(f"{where}: missing; write the header alone where nothing was listed") from None
        digest.update(content)
        size += len(content)
    return digest.hexdigest(), size
