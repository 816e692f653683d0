"""All listings of all dates, as histories: what each source listed from when to when, and when it answered.

A pure function of the listings and the reference tables: the order of reading changes nothing, nor does reading
twice. Reads `unify` and `looks`, applies the rules of `intervals`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import pandera.polars as pa
import polars as pl

from gpu_census.census import schemas
from gpu_census.census.intervals import Looks, interval_of_positive, intervals_of
from gpu_census.census.listing import ProviderListing
from gpu_census.census.looks import OFFERING_KEY, REGION, list_looks, region_looks, runs
from gpu_census.census.region_facts import region_facts, waiting_regions
from gpu_census.census.sources import observation_table, scope_table, source_table
from gpu_census.census.suspicion import suspicious_answers, without_suspicious
from gpu_census.census.unify import Unified, unify
from gpu_census.census.vocabulary import UNKNOWN_MODEL

TERMS = ("accelerator_label", "accelerator_count", "status", "price_per_hour", "currency")


@dataclass(frozen=True)
class Histories:
    """Every table that the SQL models read, by name; each is valid against the schema of that name."""

    source: pl.DataFrame
    source_scope: pl.DataFrame
    observation: pl.DataFrame
    suspicious_answer: pl.DataFrame
    region_fact: pl.DataFrame
    region_history: pl.DataFrame
    offering_history: pl.DataFrame
    sighting_history: pl.DataFrame
    coverage_history: pl.DataFrame
    unconfirmed_sighting: pl.DataFrame
    accelerator_debut: pl.DataFrame
    quarantine: pl.DataFrame


SCHEMAS: dict[str, type[pa.DataFrameModel]] = {
    "source": schemas.Source,
    "source_scope": schemas.SourceScope,
    "observation": schemas.Observation,
    "suspicious_answer": schemas.SuspiciousAnswer,
    "region_fact": schemas.RegionFact,
    "region_history": schemas.RegionHistory,
    "offering_history": schemas.OfferingHistory,
    "sighting_history": schemas.SightingHistory,
    "coverage_history": schemas.CoverageHistory,
    "unconfirmed_sighting": schemas.UnconfirmedSighting,
    "accelerator_debut": schemas.AcceleratorDebut,
    "quarantine": schemas.Quarantine,
}


def histories(listing: ProviderListing, unified: Unified | None = None) -> Histories:
    """Build and validate every history. Raises pandera's `SchemaErrors` with all faults at once."""
    told = unified or unify(listing)
    suspicious = suspicious_answers(told, listing.sources)
    unified = without_suspicious(told, suspicious)
    sources = source_table(listing.sources)
    facts = region_facts(told)
    looks = region_looks(unified, listing.sources)
    positive = set(sources.filter("positive_only").select("provider", "source").iter_rows())
    offerings, unconfirmed = _offering_history(unified, looks, positive)
    lists = list_looks(unified, listing.sources)
    regions, unconfirmed_regions = _follow(lists.filter("seen"), lists, REGION, positive=set())
    tables = Histories(
        source=sources,
        source_scope=scope_table(listing.sources),
        observation=observation_table(told, facts, suspicious),
        suspicious_answer=suspicious,
        region_fact=facts,
        region_history=pl.concat([regions, waiting_regions(regions, facts)], how="diagonal"),
        offering_history=offerings,
        sighting_history=_sighting_history(unified, looks, sources),
        coverage_history=_coverage_history(unified, looks, regions),
        unconfirmed_sighting=pl.concat([unconfirmed, unconfirmed_regions], how="diagonal"),
        accelerator_debut=_debuts(offerings),
        quarantine=unified.quarantine,
    )
    return Histories(**{field.name: _valid(field.name, getattr(tables, field.name)) for field in fields(tables)})


def _valid(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in the schema's column order, sorted, checked."""
    model = SCHEMAS[name]
    columns = {label: column.dtype.type for label, column in model.to_schema().columns.items()}
    ordered = rows.select(pl.col(label).cast(dtype) for label, dtype in columns.items())
    return model.validate(ordered.sort(pl.all()), lazy=True)


def _offering_history(
    unified: Unified, looks: pl.DataFrame, positive: set[tuple[str, str]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    newest = pl.col("accelerator_label", "resolution").sort_by("observed_on").last()
    words = unified.offerings.group_by(OFFERING_KEY).agg(newest)
    seen = unified.offerings.join(looks, on=[*REGION, "observed_on"])
    intervals, unconfirmed = _follow(seen, looks, OFFERING_KEY, positive)
    return (
        intervals.join(words, on=OFFERING_KEY, how="left"),
        unconfirmed.join(words, on=OFFERING_KEY, how="left").drop("resolution", "unknown_label"),
    )


def _follow(
    seen: pl.DataFrame, looks: pl.DataFrame, key: tuple[str, ...], positive: set[tuple[str, str]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Intervals and unconfirmed sightings of every thing that `key` tells apart."""
    by_region = {
        (row["provider"], row["source"], row["region_code"]): Looks(row["observed_on"], row["settled"])
        for row in looks.group_by(*REGION).agg(pl.col("observed_on", "settled").sort_by("look")).iter_rows(named=True)
    }
    found: list[dict[str, Any]] = []
    lost: list[dict[str, Any]] = []
    for thing, spans in _things(runs(seen, key), key):
        of = by_region[thing["provider"], thing["source"], thing["region_code"]]
        if (thing["provider"], thing["source"]) in positive:
            days = [of.days[look] for first, last in spans for look in range(first, last + 1)]
            found.append(thing | vars(interval_of_positive(days)))
            continue
        intervals, unconfirmed = intervals_of(of, spans)
        found.extend(thing | vars(interval) for interval in intervals)
        lost.extend(thing | {"seen_on": day} for day in unconfirmed)
    texts: dict[str, Any] = dict.fromkeys(key, pl.String)
    interval = {
        "not_before_on": pl.Date,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
        "last_seen_on": pl.Date,
        "confirmed": pl.Boolean,
        "sightings": pl.Int64,
    }
    return pl.DataFrame(found, schema=texts | interval), pl.DataFrame(lost, schema=texts | {"seen_on": pl.Date})


def _things(spans: pl.DataFrame, key: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], list[tuple[int, int]]]]:
    """Each thing with its runs of looks, in order."""
    grouped = spans.group_by(*key, maintain_order=True).agg("first_look", "last_look")
    for row in grouped.iter_rows(named=True):
        firsts, lasts = row.pop("first_look"), row.pop("last_look")
        yield row, list(zip(firsts, lasts, strict=True))


def _sighting_history(unified: Unified, looks: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """Runs of answers in a row; of days in a row for a source whose answers say nothing by silence."""
    proves = sources.select("provider", "source", "positive_only")
    seen = unified.offerings.join(looks.select(*REGION, "observed_on", "look"), on=[*REGION, "observed_on"])
    day = pl.col("observed_on").dt.epoch("d").cast(pl.Int64)
    seen = seen.join(proves, on=["provider", "source"]).with_columns(
        pl.when("positive_only").then(day).otherwise(pl.col("look").cast(pl.Int64)).alias("look")
    )
    spans = runs(seen, OFFERING_KEY, same=TERMS)
    return spans.with_columns(
        valid_from=pl.col("first_on"),
        valid_to=pl.col("first_on").shift(-1).over(*OFFERING_KEY, order_by="first_on"),
    )


def _coverage_history(unified: Unified, looks: pl.DataFrame, regions: pl.DataFrame) -> pl.DataFrame:
    """Runs of consecutive days. A complete list that leaves a region out answers for it, too."""
    begun = regions.group_by(*REGION).agg(pl.col("valid_from").min().alias("begun_on"))
    since = (pl.col("observed_on") > pl.col("begun_on")).fill_null(False)
    in_list = (
        pl.when(~pl.col("left_out"))
        .then(pl.lit("named"))
        .when(since)
        .then(pl.lit("no_longer"))
        .otherwise(pl.lit("not_yet"))
    )
    answers = looks.join(begun, on=REGION, how="left").select(*REGION, "observed_on", in_list.alias("in_list"))
    in_vain = unified.regions.filter(~pl.col("answered"))
    asked = pl.concat(
        [
            answers.with_columns(answered=pl.lit(True)),
            in_vain.select(*REGION, "observed_on", in_list=pl.lit("named"), answered=pl.lit(False)),
        ]
    )
    key = (*REGION, "answered", "in_list")
    spans = runs(asked.with_columns(pl.col("observed_on").dt.epoch("d").alias("look")), key)
    return spans.rename({"last_seen_on": "evidence_on"}).with_columns(
        valid_from=pl.col("first_on"),
        valid_to=pl.col("first_on").shift(-1).over(*key, order_by="first_on"),
    )


def _debuts(offerings: pl.DataFrame) -> pl.DataFrame:
    known = offerings.filter(pl.col("accelerator_model") != UNKNOWN_MODEL)
    return (
        known.group_by("provider", "accelerator_model")
        .agg(pl.col("valid_from").min())
        .with_columns(pl.lit(None, pl.Date).alias("valid_to"))
    )
