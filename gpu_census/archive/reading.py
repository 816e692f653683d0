"""Read an archive of past or foreign listings, file by file, exactly as it stands.

The form is documented in `gpu_census/archive/README.md`. What belongs here: finding the files, refusing what
breaks the form, and typing the cells. What does not: whether a row is good (`gpu_census.census.listing`) or what
it means (`gpu_census.census.unify`).
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import polars as pl

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
REGION_COLUMNS = {
    "region_code": True,
    "region_name": False,
    "country_iso2": False,
    "cloud_partition": False,
    "answered": True,
}
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


def empty_listings() -> ArchivedListings:
    """No listing at all, with every column and type."""
    listings = pl.DataFrame(schema=LISTING_SCHEMA | {"listed": pl.Int64})
    return ArchivedListings(
        {},
        listings.with_columns(**AS_WRITTEN),
        _typed_regions(_read_csvs([], REGION_COLUMNS)),
        _typed_offerings(_read_csvs([], OFFERING_COLUMNS)),
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


def read_provider(archive: Path, provider: str) -> ArchivedListings:
    """Every listing of one provider in one archive."""
    cards: dict[str, SourceCard] = {}
    listings: list[tuple[str, str, date, bool, str]] = []
    days: list[Path] = []
    for folder in sorted(path for path in (archive / provider).glob("*") if path.is_dir()):
        dated = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._")
        if not dated and not (folder / "source.toml").exists():
            continue
        card = cards[folder.name] = read_card(folder / "source.toml")
        for day in dated:
            listings.append((provider, folder.name, _date_of(day), card.settled, _digest(day)))
            days.append(day)
    offerings = _typed_offerings(_read_csvs([day / "offerings.csv" for day in days], OFFERING_COLUMNS))
    key = ["provider", "source", "census_date"]
    counted = pl.DataFrame(listings, schema=LISTING_SCHEMA, orient="row").join(
        offerings.group_by(key).agg(pl.len().cast(pl.Int64).alias("listed")), on=key, how="left"
    )
    return ArchivedListings(
        cards,
        counted.with_columns(pl.col("listed").fill_null(0), **AS_WRITTEN),
        _typed_regions(_read_csvs([day / "regions.csv" for day in days], REGION_COLUMNS)),
        offerings,
    )


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


def _digest(day: Path) -> str:
    digest = hashlib.sha256()
    for name in ("regions.csv", "offerings.csv"):
        try:
            digest.update((day / name).read_bytes())
        except FileNotFoundError:
            where = day / name
            raise ArchiveError(f"{where}: missing; write the header alone where nothing was listed") from None
    return digest.hexdigest()


def _read_csvs(paths: list[Path], columns: dict[str, bool]) -> pl.DataFrame:
    """All cells as trimmed text, empty as null, every column present, with the `place` of each row.

    Files with the same header are read together: an archive has thousands of small ones.
    """
    by_header: dict[str, list[Path]] = {}
    for path in paths:
        with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as file:
            by_header.setdefault(file.readline().strip(), []).append(path)
    texts = dict.fromkeys((*columns, "place", "provider", "source", "census_date"), pl.String)
    parts = [pl.DataFrame(schema=texts)]
    for header, files in by_header.items():
        _refuse_header(files[0], header, columns)
        parts.append(_read_alike(files, columns).select(*texts))
    return pl.concat(parts).with_columns(pl.col("census_date").str.to_date("%Y-%m-%d"))


def _refuse_header(path: Path, header: str, columns: dict[str, bool]) -> None:
    if "\r" in header:
        raise ArchiveError(f"{path}: lines end in a bare carriage return; save it with line feeds")
    named = next(csv.reader([header]), [])
    unknown = [name for name in named if name not in columns]
    missing = [name for name, required in columns.items() if required and name not in named]
    if unknown or missing or len(set(named)) != len(named):
        if missing:
            wrong = f"column {missing[0]!r} is missing"
        else:
            wrong = f"unknown column {unknown[0]!r}" if unknown else "a column stands twice"
        raise ArchiveError(f"{path}: {wrong}; the columns are {', '.join(columns)}")


def _read_alike(files: list[Path], columns: dict[str, bool]) -> pl.DataFrame:
    try:
        rows = pl.scan_csv(files, infer_schema=False, include_file_paths="file", glob=False).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        if len(files) > 1:  # find the one to name
            return pl.concat([_read_alike([path], columns) for path in files])
        raise ArchiveError(f"{files[0]}: not readable as CSV: {str(error).splitlines()[0]}") from None
    absent = [pl.lit(None, pl.String).alias(name) for name in columns if name not in rows.columns]
    line = pl.int_range(2, pl.len() + 2).over("file").cast(pl.String)
    folders = pl.col("file").str.split("/")
    named = [name for name in rows.columns if name != "file"]
    read = rows.select(
        *(pl.col(name).str.strip_chars().replace("", None) for name in named),
        *absent,
        pl.concat_str("file", pl.lit(":"), line).alias("place"),
        *(folders.list.get(at).alias(name) for at, name in ((-4, "provider"), (-3, "source"), (-2, "census_date"))),
    )
    return read.filter(~pl.all_horizontal(pl.col(named).is_null()))  # blank lines


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
