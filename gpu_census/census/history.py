"""What was remembered of all listings, as histories: what each source listed from when to when, and when it answered.

A pure function of the state, and so of the listings and the reference tables: the order of reading changes nothing,
nor does reading twice. Applies the rules of `intervals`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import pandera.polars as pa
import polars as pl

from gpu_census.census import schemas
from gpu_census.census.advance import advance, without_pending
from gpu_census.census.intervals import intervals_of, intervals_of_positive
from gpu_census.census.listing import ProviderListing
from gpu_census.census.looks import Looks, changes, number_looks
from gpu_census.census.region_facts import region_facts, waiting_regions
from gpu_census.census.sources import observation_table, scope_table, source_table
from gpu_census.census.state import IN_VAIN, LEFT_OUT, OFFERING_KEY, REGION, SOURCE, State, nothing_told
from gpu_census.census.vocabulary import UNKNOWN_MODEL
from gpu_census.validating import validated

DATES = {"first_on": "valid_from", "last_on": "last_seen_on"}


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


def histories(listing: ProviderListing) -> Histories:
    """The histories of some listings and no others."""
    return histories_of(advance(nothing_told(), listing))


def histories_of(state: State) -> Histories:
    """Build and validate every history. Raises pandera's `SchemaErrors` with all faults at once."""
    state = without_pending(state)
    facts = region_facts(state.told)
    settled = state.days.group_by(SOURCE).agg(pl.col("settled").first())
    regions, lone_regions = _region_history(state, settled)
    offerings, lone = _offering_history(state, settled)
    tables = Histories(
        source=source_table(state.sources),
        source_scope=scope_table(state.sources),
        observation=observation_table(state, facts),
        suspicious_answer=state.suspicious,
        region_fact=facts,
        region_history=pl.concat([regions, waiting_regions(regions, facts)], how="diagonal"),
        offering_history=offerings,
        sighting_history=_sighting_history(state),
        coverage_history=_coverage_history(state, regions),
        unconfirmed_sighting=pl.concat([lone, lone_regions], how="diagonal"),
        accelerator_debut=_debuts(offerings),
        quarantine=pl.concat([state.quarantine, state.set_aside]),
    )
    return Histories(**{field.name: _valid(field.name, getattr(tables, field.name)) for field in fields(tables)})


def _valid(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in the schema's column order, sorted, checked."""
    schema = SCHEMAS[name].to_schema()
    columns = {label: column.dtype.type for label, column in schema.columns.items()}
    ordered = rows.select(pl.col(label).cast(dtype) for label, dtype in columns.items())
    return validated(ordered.sort(pl.all()), schema)


def _offering_history(state: State, settled: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Intervals and unconfirmed sightings of everything that was ever listed."""
    looks = number_looks(state.coverage.filter(pl.col("kind") != IN_VAIN))
    stated = state.sources.select(*SOURCE, "positive_only").join(settled, on=SOURCE)
    things = state.things.join(looks.regions, on=REGION).join(stated, on=SOURCE)
    spans = state.spans.select("thing", "first_on", "last_on", "sightings").join(
        things.select("thing", "region", "looks", "settled", "positive_only"), on="thing"
    )
    found, lone = intervals_of(
        _runs(looks.number(spans.filter(~pl.col("positive_only")), "first_on", name="first_look"))
    )
    said = intervals_of_positive(spans.filter("positive_only").sort("thing", "first_on"))
    newest = (pl.col("thing") != pl.col("thing").shift(-1)).fill_null(True)
    words = things.select("thing", *OFFERING_KEY, "resolution").join(
        state.spans.filter(newest).select("thing", "accelerator_label"), on="thing"
    )
    every = pl.concat([_dated(found, looks), said.rename(DATES)], how="diagonal_relaxed").sort("thing", "valid_from")
    return every.join(words, on="thing", maintain_order="left"), lone.select("thing", seen_on="first_on").join(
        words.drop("resolution"), on="thing"
    )


def _region_history(state: State, settled: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same of regions. A list that is not complete looked only when it named the region."""
    lists = number_looks(state.coverage)
    named = lists.runs.filter(pl.col("kind") != LEFT_OUT).join(settled, on=SOURCE).join(lists.regions, on=REGION)
    seen = named.select(
        "region", "looks", "settled", "first_on", "last_on", thing="region", first_look="base", sightings="length"
    )
    found, lone = intervals_of(_runs(seen))
    words = lists.regions.select("region", *REGION)
    return (
        _dated(found, lists).join(words, on="region"),
        lone.select("region", seen_on="first_on").join(words, on="region"),
    )


def _runs(spans: pl.DataFrame) -> pl.DataFrame:
    """The maximal runs of looks in a row that saw a thing, whatever was said of it."""
    last_look = pl.col("first_look") + pl.col("sightings") - 1
    ordered = spans.sort("thing", "first_look").with_columns(last_look=last_look)
    begins = changes(["thing"]) | (pl.col("first_look") != pl.col("last_look").shift() + 1)
    marked = ordered.with_columns(begins=begins)
    firsts = marked.filter("begins").select("thing", "region", "looks", "settled", "first_look", "first_on")
    lasts = marked.filter(pl.col("begins").shift(-1, fill_value=True)).select("last_look", "last_on")
    return pl.concat([firsts, lasts], how="horizontal")


def _dated(stays: pl.DataFrame, looks: Looks) -> pl.DataFrame:
    """Intervals with the days of the looks before the first and after the last."""
    around = stays.with_columns(before=pl.col("first_look") - 1, after=pl.col("last_look") + 1)
    dated = looks.day(looks.day(around, "before", name="not_before_on"), "after", name="valid_to")
    return dated.with_columns(pl.when("gone").then("valid_to")).rename(DATES)


def _sighting_history(state: State) -> pl.DataFrame:
    following = pl.when(pl.col("thing") == pl.col("thing").shift(-1)).then(pl.col("first_on").shift(-1))
    spans = state.spans.with_columns(valid_to=following).rename(DATES)
    return spans.join(state.things.select("thing", *OFFERING_KEY), on="thing", maintain_order="left")


def _coverage_history(state: State, regions: pl.DataFrame) -> pl.DataFrame:
    """Runs of consecutive days. A complete list that leaves a region out answers for it, too."""
    begun = regions.group_by(*REGION).agg(pl.col("valid_from").min().alias("begun_on"))
    since = (pl.col("first_on") > pl.col("begun_on")).fill_null(False)
    in_list = (
        pl.when(pl.col("kind") != LEFT_OUT)
        .then(pl.lit("named"))
        .when(since)
        .then(pl.lit("no_longer"))
        .otherwise(pl.lit("not_yet"))
    )
    told = state.coverage.join(begun, on=REGION, how="left").with_columns(
        in_list=in_list, answered=pl.col("kind") != IN_VAIN
    )
    key = (*REGION, "answered", "in_list")
    return told.with_columns(
        valid_from="first_on",
        evidence_on="last_on",
        valid_to=pl.col("first_on").shift(-1).over(*key, order_by="first_on"),
    )


def _debuts(offerings: pl.DataFrame) -> pl.DataFrame:
    known = offerings.filter(pl.col("accelerator_model") != UNKNOWN_MODEL)
    return (
        known.group_by("provider", "accelerator_model")
        .agg(pl.col("valid_from").min())
        .with_columns(pl.lit(None, pl.Date).alias("valid_to"))
    )
