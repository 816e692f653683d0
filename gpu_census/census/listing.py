"""A provider's listings: gathered from every archive, checked row by row, kept as Parquet.

A row that fails its check is set aside in the quarantine with the reason; two rows that contradict each other
stop the refresh, because nobody here can say which of them is true.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandera.errors
import pandera.polars as pa
import polars as pl

from gpu_census.archive.reading import ArchivedListings, SourceCard, empty_listings, has_provider, read_provider
from gpu_census.census.schemas import ListedRegion, Listing
from gpu_census.errors import ArchiveError
from gpu_census.reference.region_codes import current_codes
from gpu_census.validating import is_good, validated

LISTING_KEY = ("provider", "source", "census_date")
KEY = (*LISTING_KEY, "region_code")
OFFERING_KEY = (*KEY, "zone", "instance_type", "service", "accelerator_label")
UNANSWERED = "its region is not answered for in regions.csv, so the row is no complete observation"
DOUBLED = "exact duplicate of an earlier row of the file"
SHA256_DIGITS = 64
# what two archives may not state differently of one source
LIMITS = ("gone_regions", "gone_pairs", "gone_share")
STATED_ALIKE = ("evidence", "scope_terms", "settled", "regions_complete", "positive_only", *LIMITS)
# a list that leaves no region out is doubted when it loses more than this share of them at once
GONE_REGIONS = 0.10
SOURCE_SCHEMA: dict[str, Any] = {
    "provider": pl.String,
    "source": pl.String,
    "title": pl.String,
    "evidence": pl.String,
    "scope_terms": pl.List(pl.String),
    "regions_complete": pl.Boolean,
    "positive_only": pl.Boolean,
    "gone_regions": pl.Float64,
    "gone_pairs": pl.Int64,
    "gone_share": pl.Float64,
    "url": pl.String,
    "licence": pl.String,
    "retrieved": pl.String,
    "notes": pl.String,
}


def empty(model: type[pa.DataFrameModel]) -> pl.DataFrame:
    """A frame of no rows with a model's columns and types."""
    columns = model.to_schema().columns
    return pl.DataFrame(schema={name: column.dtype.type for name, column in columns.items()})


@dataclass(frozen=True)
class ProviderListing:
    """Everything one provider's sources say, over all their dates.

    `regions` are rows of `ListedRegion`, `offerings` of `Listing`, `quarantine` of `Quarantine`; `sources` and
    `observations` have one row per source and per (source, census date).
    """

    sources: pl.DataFrame
    observations: pl.DataFrame
    regions: pl.DataFrame
    offerings: pl.DataFrame
    quarantine: pl.DataFrame


def gather(provider: str, archives: Iterable[Path], landed: ArchivedListings | None = None) -> ProviderListing:
    """One provider's listings from every archive that has it and from what landed; a file read twice counts once."""
    archived = [read_provider(archive, provider) for archive in archives if has_provider(archive, provider)]
    return put_together(provider, [*archived, *([landed] if landed else [])])


def put_together(provider: str, parts: Sequence[ArchivedListings]) -> ProviderListing:
    """Listings of one provider from several places; those of one date have to be put together at once."""
    found = [empty_listings(), *parts]
    observations = added_up([one.listings for one in found])
    offered = _with_digest(pl.concat([one.offerings for one in found], how="diagonal"), observations)
    regions, set_aside = _checked(pl.concat([one.regions for one in found]), ListedRegion, KEY)
    offerings, more = _checked(offered, Listing, OFFERING_KEY)
    offerings, unanswered = _only_answered(offerings, regions)
    return ProviderListing(
        _sources(provider, [one.cards for one in found]),
        _with_whole_lists(observations, regions, set_aside),
        regions.drop("place").sort(KEY),
        offerings.drop("place").sort(OFFERING_KEY),
        pl.concat([set_aside, more, unanswered]).sort(pl.all()),
    )


def _with_digest(offerings: pl.DataFrame, observations: pl.DataFrame) -> pl.DataFrame:
    """Offerings with the digest of what each was read from: its answer, or else all that the listing was read from."""
    own = [name for name in offerings.columns if name == "payload_sha256"]
    digests = observations.select(*LISTING_KEY, of_all="payload_sha256")
    told = offerings.join(digests, on=LISTING_KEY, how="left")
    return told.with_columns(payload_sha256=pl.coalesce(*own, "of_all")).drop("of_all")


def added_up(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One row per listing: settled or not, rows listed, digest. Parts of one listing in several archives add up."""
    found = pl.concat(parts).unique([*LISTING_KEY, "payload_sha256"])
    digest = pl.col("payload_sha256").sort().str.join("")
    told = found.group_by(LISTING_KEY).agg(
        pl.col("settled").first(),
        pl.col("listed").sum(),
        digest,
        pl.col("is_whole").all(),
        *(pl.col(name).unique().sort().str.join("; ") for name in ("fault", "made_from", "parser")),
    )
    joined = [
        text if len(text) == SHA256_DIGITS else hashlib.sha256(text.encode()).hexdigest()
        for text in told["payload_sha256"]
    ]
    return told.with_columns(payload_sha256=pl.Series(joined, dtype=pl.String)).sort(LISTING_KEY)


def _with_whole_lists(observations: pl.DataFrame, regions: pl.DataFrame, set_aside: pl.DataFrame) -> pl.DataFrame:
    """Add `whole_list`: false where the list of regions is empty, broke off, or has a row set aside as faulty.

    Such a list is no complete one, so what it leaves out is not missing (METHOD 4).
    """
    faulty = set_aside.filter(pl.col("reason") != DOUBLED).select(LISTING_KEY).unique()
    named = regions.select(LISTING_KEY).unique()
    whole = named.join(faulty, on=LISTING_KEY, how="anti").with_columns(whole_list=pl.lit(True))
    joined = observations.join(whole, on=LISTING_KEY, how="left")
    return joined.with_columns(pl.col("whole_list").fill_null(False) & pl.col("is_whole")).drop("is_whole")


def _sources(provider: str, found: Sequence[dict[str, SourceCard]]) -> pl.DataFrame:
    cards: dict[str, SourceCard] = {}
    for source, card in (pair for of_archive in found for pair in of_archive.items()):
        known = cards.setdefault(source, card)
        for name in STATED_ALIKE:
            if getattr(known, name) != getattr(card, name):
                raise ArchiveError(
                    f"{provider}/{source}: two archives state {name} differently "
                    f"({getattr(known, name)!r} and {getattr(card, name)!r}); rename one of the sources"
                )
    rows: list[dict[str, Any]] = [
        {name: getattr(card, name, None) for name in SOURCE_SCHEMA}
        | {"provider": provider, "source": source, "gone_regions": _gone_regions(card)}
        for source, card in sorted(cards.items())
    ]
    return pl.DataFrame(rows, schema=SOURCE_SCHEMA)


def _gone_regions(card: SourceCard) -> float | None:
    """A list that may leave regions out says nothing by leaving some out, unless its source states otherwise."""
    if card.gone_regions is None and card.regions_complete:
        return GONE_REGIONS
    return card.gone_regions


def _checked(
    rows: pl.DataFrame, model: type[pa.DataFrameModel], key: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that pass, each once, and the quarantine rows of those that do not."""
    schema = model.to_schema()
    columns = list(schema.columns)
    read_well = "fault" not in rows.columns or rows["fault"].null_count() == rows.height
    if read_well and is_good(rows.select(columns), schema):  # so no key stands twice either
        return rows.select(*columns, "place"), _quarantined(rows.clear().with_columns(reason=pl.lit("")), columns)
    rows = rows.unique([*columns, "place", *({"fault"} & set(rows.columns))], maintain_order=True)
    faults = _faults(rows, schema)
    rows = rows.with_row_index("row").join(faults, on="row", how="left").drop("row")
    bad = rows.filter(pl.col("reason").is_not_null())
    good = rows.filter(pl.col("reason").is_null()).drop("reason").select(*columns, "place")
    file = pl.col("place").str.replace(r":\d+$", "").alias("file")
    facts = [name for name in columns if name != "payload_sha256"]
    doubled = good.filter(pl.int_range(pl.len()).over(file, *facts) > 0).with_columns(reason=pl.lit(DOUBLED))
    good = good.filter(pl.int_range(pl.len()).over(*facts) == 0)
    _refuse_contradictions(good, key)
    return good, pl.concat([_quarantined(bad, columns), _quarantined(doubled, columns)])


def _faults(rows: pl.DataFrame, schema: pa.DataFrameSchema) -> pl.DataFrame:
    """(row, reason) for every row that the schema or the reader finds fault with."""
    found = []
    if "fault" in rows.columns:
        read = rows.with_row_index("row").filter(pl.col("fault").is_not_null())
        found.append(read.select("row", reason=pl.col("fault")))
    keyless = copy(schema)
    keyless.unique = None  # keys are looked at afterwards, among the rows that are good by themselves
    try:
        validated(rows.select(list(schema.columns)), keyless)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        if cases["index"].null_count():
            raise ArchiveError(f"{schema.name}: {cases.row(0, named=True)}") from None
        found.append(
            cases.select(
                row=pl.col("index").cast(pl.UInt32),
                reason=pl.format("{} {} fails {}", "column", pl.col("failure_case").fill_null("empty"), "check"),
            )
        )
    if not found:
        return pl.DataFrame(schema={"row": pl.UInt32, "reason": pl.String})
    return pl.concat(found).group_by("row").agg(pl.col("reason").sort().str.join("; "))


def _refuse_contradictions(rows: pl.DataFrame, key: Sequence[str]) -> None:
    clash = rows.filter(pl.struct(key).is_duplicated()).sort(*key, "place")
    if clash.height:
        one, other = clash.head(2).to_dicts()
        differing = {name: (one[name], other[name]) for name in one if name not in ("place", "payload_sha256")}
        told = ", ".join(f"{name} {a!r} and {b!r}" for name, (a, b) in differing.items() if a != b)
        raise ArchiveError(f"{one['place']} and {other['place']} contradict each other: {told}; correct one of them")


def _only_answered(offerings: pl.DataFrame, regions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What an incomplete answer lists is no observation (METHOD 4): it is set aside."""
    answered = regions.filter("answered")
    loose = offerings.join(answered, on=KEY, how="anti")
    if loose.height:  # but not what a list of regions calls by another code
        named = current_codes(answered, on="census_date").select(*LISTING_KEY, current="region_code")
        codes = current_codes(loose, on="census_date")["region_code"]
        loose = loose.with_columns(current=codes).join(named, on=[*LISTING_KEY, "current"], how="anti")
    kept = offerings.join(loose, on=OFFERING_KEY, how="anti")
    return kept, _quarantined(loose.with_columns(reason=pl.lit(UNANSWERED)), list(Listing.to_schema().columns))


def _quarantined(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    texts = [json.dumps(row, ensure_ascii=False, default=str) for row in rows.select(columns).iter_rows(named=True)]
    return rows.select(
        "provider",
        "source",
        "census_date",
        "region_code",
        "reason",
        "place",
        row_text=pl.Series(texts, dtype=pl.String),
    )
