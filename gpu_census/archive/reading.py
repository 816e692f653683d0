"""Read an archive of past or foreign listings, file by file, exactly as it stands.

The form is documented in `gpu_census/archive/README.md`. What belongs here: finding the files, refusing what
breaks the form, and typing the cells. What does not: whether a row is good (`gpu_census.census.listing`) or what
it means (`gpu_census.census.unify`).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import polars as pl

from gpu_census.census.vocabulary import EVIDENCE
from gpu_census.errors import ArchiveError

REGION_COLUMNS = {"region_code": True, "region_name": False, "country_iso2": False, "cloud_partition": False, "answered": True}
OFFERING_COLUMNS = {
    "region_code": True,
    "zone": False,
    "instance_type": True,
    "service": False,
    "accelerator_label": True,
    "accelerator_count": False,
    "status": False,
    "price": False,
    "currency": False,
}


class SourceCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `source.toml` states. `title` and `evidence` are required; the defaults claim as little as possible."""

    title: str
    evidence: str
    scope: str | list[str] = "all"
    settled: bool = False
    regions_complete: bool = False
    positive_only: bool = False
    url: str = ""
    licence: str = ""
    retrieved: str = ""
    notes: str = ""

    @property
    def scope_terms(self) -> list[str]:
        """The scope as a list of terms."""
        terms = self.scope.split(",") if isinstance(self.scope, str) else self.scope
        return [term.strip() for term in terms if term.strip()]


class ArchivedListing(msgspec.Struct, frozen=True):
    """One source's listing of one census date, cells typed, each row with the place it was read from."""

    provider: str
    source: str
    census_date: date
    card: SourceCard
    regions: pl.DataFrame
    offerings: pl.DataFrame
    payload_sha256: str


def providers_in(archive: Path) -> list[str]:
    """The providers an archive has listings of, sorted."""
    if not archive.is_dir():
        raise ArchiveError(f"{archive}: no such folder; an archive is <archive>/<provider>/<source>/source.toml")
    return sorted({card.parent.parent.name for card in archive.glob("*/*/source.toml")})


def read_provider(archive: Path, provider: str) -> Iterator[ArchivedListing]:
    """Every listing of one provider in one archive, by source and date."""
    for folder in sorted(path for path in (archive / provider).glob("*") if path.is_dir()):
        dated = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._")
        if not dated and not (folder / "source.toml").exists():
            continue
        card = read_card(folder / "source.toml")
        for day in dated:
            yield _read_listing(provider, folder.name, card, day)


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


def _read_listing(provider: str, source: str, card: SourceCard, day: Path) -> ArchivedListing:
    try:
        census_date = date.fromisoformat(day.name)
    except ValueError:
        raise ArchiveError(f"{day}: the folder's name is no ISO date such as 2024-11-17") from None
    regions = _read_csv(day / "regions.csv", REGION_COLUMNS)
    offerings = _read_csv(day / "offerings.csv", OFFERING_COLUMNS)
    key = {"provider": pl.lit(provider), "source": pl.lit(source), "census_date": pl.lit(census_date)}
    digest = hashlib.sha256()
    for name in ("regions.csv", "offerings.csv"):
        digest.update((day / name).read_bytes())
    return ArchivedListing(
        provider,
        source,
        census_date,
        card,
        _typed_regions(regions).with_columns(**key),
        _typed_offerings(offerings).with_columns(**key),
        digest.hexdigest(),
    )


def _read_csv(path: Path, columns: dict[str, bool]) -> pl.DataFrame:
    """All cells as text, empty as null, every known column present, and `place` naming file and line."""
    try:
        rows = pl.read_csv(path, infer_schema=False)
    except FileNotFoundError:
        raise ArchiveError(f"{path}: missing; write the header alone where nothing was listed") from None
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise ArchiveError(f"{path}: not readable as CSV: {str(error).splitlines()[0]}") from None
    unknown = [name for name in rows.columns if name not in columns]
    missing = [name for name, required in columns.items() if required and name not in rows.columns]
    if unknown or missing:
        wrong = f"unknown column {unknown[0]!r}" if unknown else f"column {missing[0]!r} is missing"
        raise ArchiveError(f"{path}: {wrong}; the columns are {', '.join(columns)}")
    absent = [pl.lit(None, pl.String).alias(name) for name in columns if name not in rows.columns]
    line = pl.int_range(2, pl.len() + 2).cast(pl.String)
    place = pl.concat_str(pl.lit(f"{path}:"), line).alias("place")
    trimmed = [pl.col(name).str.strip_chars().replace("", None) for name in rows.columns]
    return rows.select(trimmed).with_columns(absent).select(*columns, place)


def _typed_regions(rows: pl.DataFrame) -> pl.DataFrame:
    answered = pl.col("answered").str.to_lowercase()
    wrong = rows.filter(~answered.is_in(["true", "false"]).fill_null(False))
    if wrong.height:
        row = wrong.row(0, named=True)
        raise ArchiveError(f"{row['place']}: answered is {row['answered']!r}; it must be true or false")
    return rows.with_columns(answered == "true", pl.col("cloud_partition").fill_null("public"))


def _typed_offerings(rows: pl.DataFrame) -> pl.DataFrame:
    """Counts and prices as numbers. Presence never depends on a price, so one that is none becomes null."""
    count = pl.col("accelerator_count").cast(pl.Float64, strict=False)
    price = pl.col("price").cast(pl.Float64, strict=False)
    unread = pl.col("accelerator_count").is_not_null() & ~count.is_finite().fill_null(False)
    fault = pl.format("accelerator_count {} is not a number", "accelerator_count")
    return rows.with_columns(
        pl.when(unread).then(fault).otherwise(None).alias("fault"),
        count.alias("accelerator_count"),
        pl.when(price.is_finite() & (price > 0)).then(price).otherwise(None).alias("price"),
        pl.col("zone").fill_null(""),
        pl.col("service").fill_null(""),
        pl.col("status").fill_null("offered"),
    )
