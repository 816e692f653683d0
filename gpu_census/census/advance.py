"""The fold: a state and the listings of some more days make the next state.

However the days are cut into blocks, the state says the same in the end, because nothing is put into it before it is
final. What may still change its meaning, suspicious answers that the next ones may bear out, waits as it is and is
judged again with them.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from gpu_census.census.listing import ProviderListing
from gpu_census.census.looks import changes, joined_days, number_looks
from gpu_census.census.state import (
    ANSWER,
    ANSWERED,
    COUNTED,
    IN_VAIN,
    LEFT_OUT,
    LISTING,
    MODEL,
    OFFERING_KEY,
    PAPER_MODELS,
    REGION,
    SCHEMAS,
    SOURCE,
    TERMS,
    State,
)
from gpu_census.census.suspicion import suspicious_lists, suspicious_regions
from gpu_census.census.unify import Unified, unify

GOOD, SUSPICIOUS, WAITING = "good", "suspicious", "waiting"


def advance(state: State, listing: ProviderListing) -> State:
    """Take in the listings of some days, each later than all that the state has of its source.

    `sources` and `quarantine` of `listing` are those of all listings, old and new.
    """
    told = unify(listing)
    state = replace(
        state,
        sources=listing.sources,
        quarantine=listing.quarantine,
        set_aside=pl.concat([state.set_aside, told.set_aside]),
        days=pl.concat([state.days, _counted(told)]).sort(LISTING),
        told=_said(state.told, told.regions),
    )
    answers = pl.concat([state.pending, told.regions.select(*ANSWER, "answered", judged=pl.lit(False))])
    offered = pl.concat([state.pending_offerings, told.offerings.select(state.pending_offerings.columns)])
    judged = _judged(state, answers, offered)
    held = judged.filter(pl.col("verdict") == WAITING)
    return replace(
        _with_answers(state, judged, offered),
        pending=held.select(*ANSWER, "answered", judged=~pl.col("whole")),
        pending_offerings=offered.join(held, on=ANSWER, how="semi"),
    )


def without_pending(state: State) -> State:
    """The state in which what is pending is suspicious for good: as things stand, nothing bears it out."""
    if state.pending.is_empty():
        return state
    judged = state.pending.with_columns(verdict=pl.lit(SUSPICIOUS), whole=~pl.col("judged"))
    settled = _with_answers(state, judged, state.pending_offerings)
    return replace(settled, pending=state.pending.clear(), pending_offerings=state.pending_offerings.clear())


def _counted(told: Unified) -> pl.DataFrame:
    """Each listing with what it says by itself, suspicious or not."""
    asked = told.regions.group_by(LISTING).agg(pl.len().alias("asked"), pl.col("answered").sum().alias("told"))
    code = pl.col("region_code")
    listed = told.offerings.group_by(LISTING).agg(
        code.n_unique().alias("accelerator_regions"),
        *(
            code.filter(pl.col("accelerator_model") == model).n_unique().alias(f"{model.lower()}_regions")
            for model in PAPER_MODELS
        ),
    )
    joined = told.observations.join(asked, on=LISTING, how="left").join(listed, on=LISTING, how="left")
    types = SCHEMAS["days"]
    return joined.with_columns(pl.col(COUNTED).fill_null(0)).select(pl.col(name).cast(types[name]) for name in types)


def _said(told: pl.DataFrame, regions: pl.DataFrame) -> pl.DataFrame:
    """What was ever said of regions, and when last."""
    said = [*REGION, "region_name", "country_iso2", "cloud_partition"]
    new = regions.select(*said, last_on="observed_on")
    return pl.concat([told, new]).group_by(said, maintain_order=True).agg(pl.col("last_on").max())


def _judged(state: State, answers: pl.DataFrame, offered: pl.DataFrame) -> pl.DataFrame:
    """Answers with their `verdict`, and `whole` where it is that of the whole list."""
    settled = state.days.filter("settled").select(SOURCE).unique()
    fresh = answers.filter(~pl.col("judged"))
    lists = suspicious_lists(pl.concat([_last_good_lists(state, fresh), fresh.select(ANSWER)]), settled, state.sources)
    marks = [lists.marked.with_columns(list_verdict=pl.lit(SUSPICIOUS)).join(lists.waiting, on=LISTING, how="anti")]
    marks.append(lists.waiting.with_columns(list_verdict=pl.lit(WAITING)))
    of_list = fresh.select(LISTING).unique().join(pl.concat(marks), on=LISTING).with_columns(judged=pl.lit(False))
    told = answers.join(of_list, on=[*LISTING, "judged"], how="left", maintain_order="left")
    trusted = told.filter(pl.col("answered") & pl.col("list_verdict").is_null())
    before = _last_good_answers(state, trusted)
    regions = suspicious_regions(
        pl.concat([before.select(ANSWER).unique(), trusted.select(ANSWER)]),
        pl.concat([before, offered.select(*ANSWER, *MODEL)]),
        settled,
        state.sources,
    )
    marked = regions.marked.join(regions.waiting, on=ANSWER, how="anti").with_columns(verdict=pl.lit(SUSPICIOUS))
    marked = pl.concat([marked, regions.waiting.with_columns(verdict=pl.lit(WAITING)).select(marked.columns)])
    whole = pl.col("list_verdict").is_not_null()
    return told.join(marked, on=ANSWER, how="left", maintain_order="left").select(
        *ANSWER,
        "answered",
        "judged",
        pl.coalesce("list_verdict", "verdict", pl.lit(GOOD)).alias("verdict"),
        whole.alias("whole"),
    )


def _last_good_lists(state: State, fresh: pl.DataFrame) -> pl.DataFrame:
    """The regions that the last good list of each source named: ANSWER."""
    doubted = pl.concat([state.suspicious.filter("whole").select(LISTING), _pending_lists(state)])
    good = state.days.filter(pl.col("asked") > 0).join(fresh, on=SOURCE, how="semi")
    good = good.join(pl.concat([doubted, fresh.select(LISTING)]), on=LISTING, how="anti")
    last = good.group_by(SOURCE).agg(pl.col("observed_on").max())
    named = state.coverage.filter(pl.col("kind") != LEFT_OUT).join(last, on=SOURCE)
    held = state.pending.filter("judged").join(last, on=LISTING, how="semi")
    on = pl.col("observed_on")
    there = named.filter((pl.col("first_on") <= on) & (pl.col("last_on") >= on))
    return pl.concat([there.select(ANSWER), held.select(ANSWER)])


def _pending_lists(state: State) -> pl.DataFrame:
    return state.pending.filter(~pl.col("judged")).select(LISTING).unique()


def _last_good_answers(state: State, answers: pl.DataFrame) -> pl.DataFrame:
    """What the last good answer of each region listed: ANSWER and MODEL, these null where it listed nothing."""
    last = (
        state.coverage.filter(pl.col("kind") == ANSWERED)
        .join(answers, on=REGION, how="semi")
        .group_by(REGION)
        .agg(pl.col("last_on").max())
    )
    there = state.things.select("thing", *REGION, *MODEL).join(last, on=REGION)
    seen = there.join(state.spans.select("thing", "last_on"), on=["thing", "last_on"], how="semi")
    listed = last.join(seen.select(*REGION, *MODEL), on=REGION, how="left")
    return listed.select(*LISTING[:2], pl.col("last_on").alias("observed_on"), "region_code", *MODEL)


def _with_answers(state: State, judged: pl.DataFrame, offered: pl.DataFrame) -> State:
    """The state with every answer that does not wait."""
    final = judged.filter(pl.col("verdict") != WAITING)
    good = pl.col("answered") & (pl.col("verdict") == GOOD)
    said = final.with_columns(kind=pl.when(good).then(pl.lit(ANSWERED)).otherwise(pl.lit(IN_VAIN)))
    doubted = final.filter(pl.col("verdict") == SUSPICIOUS).select(*ANSWER, "whole")
    state = replace(state, suspicious=pl.concat([state.suspicious, doubted.select(state.suspicious.columns)]))
    on = pl.col("observed_on")
    runs = pl.concat([said, _left_out(state, judged)], how="diagonal").select(
        *REGION, "kind", on.alias("first_on"), on.alias("last_on")
    )
    state = replace(state, coverage=joined_days(pl.concat([state.coverage, runs]), (*REGION, "kind")))
    seen = offered.join(said.filter(pl.col("kind") == ANSWERED), on=ANSWER, how="semi")
    return _with_sightings(state, seen) if seen.height else state


def _left_out(state: State, judged: pl.DataFrame) -> pl.DataFrame:
    """The days on which a complete list did not name a region that it names on some other day: ANSWER, kind.

    A source that proves only what it lists proves nothing by leaving a region out, whatever else it states.
    """
    complete = state.sources.filter(pl.col("regions_complete") & ~pl.col("positive_only")).select(SOURCE)
    waiting = judged.filter((pl.col("verdict") == WAITING) & pl.col("whole")).select(LISTING)
    doubted = pl.concat([state.suspicious.filter("whole").select(LISTING), waiting])
    lists = state.days.filter("whole_list").join(complete, on=SOURCE, how="semi")
    lists = lists.join(doubted, on=LISTING, how="anti").select(LISTING)
    fresh = lists.join(judged.filter(~pl.col("judged")), on=LISTING, how="semi")
    known = state.coverage.join(complete, on=SOURCE, how="semi").select(REGION).unique()
    named = judged.filter(pl.col("verdict") != WAITING).join(complete, on=SOURCE, how="semi").select(REGION).unique()
    new = named.join(known, on=REGION, how="anti")
    every = pl.concat([known.join(fresh, on=SOURCE), new.join(lists, on=SOURCE)])
    return every.join(judged, on=ANSWER, how="anti").with_columns(kind=pl.lit(LEFT_OUT))


def _with_sightings(state: State, seen: pl.DataFrame) -> State:
    """Make runs longer, or begin new ones."""
    things = _with_new_things(state.things, seen)
    sighted = seen.join(things.select("thing", *OFFERING_KEY), on=OFFERING_KEY)
    on = pl.col("observed_on")
    one = sighted.select(
        "thing", *TERMS, on.alias("first_on"), on.alias("last_on"), pl.lit(1, pl.UInt32).alias("sightings")
    )
    newest = (pl.col("thing") != pl.col("thing").shift(-1)).fill_null(True)
    open_spans = pl.col("thing").is_in(one["thing"].unique().implode()) & newest
    rows = pl.concat([state.spans.filter(open_spans), one])
    spans = pl.concat([state.spans.filter(~open_spans), _longer(state, things, rows)])  # each in order of time
    return replace(state, things=things, spans=spans.sort("thing", maintain_order=True))


def _with_new_things(things: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    new = (
        seen.select(*OFFERING_KEY, "resolution")
        .unique(OFFERING_KEY)
        .join(things, on=OFFERING_KEY, how="anti")
        .sort(OFFERING_KEY)
    )
    first = int(things["thing"].max() or 0) + 1  # type: ignore[arg-type]
    numbered = new.with_row_index("thing", offset=first).select(
        pl.col(name).cast(dtype) for name, dtype in things.schema.items()
    )
    return pl.concat([things, numbered])


def _longer(state: State, things: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Runs of looks in a row on the same terms; of days in a row where a source says nothing by silence."""
    looks = number_looks(state.coverage.filter(pl.col("kind") != IN_VAIN))
    positive = state.sources.select(*SOURCE, "positive_only")
    of = things.join(positive, on=SOURCE).join(looks.regions, on=REGION).select("thing", "region", "positive_only")
    placed = looks.number(rows.join(of, on="thing"), "first_on", name="look")
    day = pl.col("first_on").dt.epoch("d").cast(pl.Int64)
    ordered = placed.with_columns(look=pl.when("positive_only").then(day).otherwise("look")).sort("thing", "first_on")
    follows = pl.col("look") == (pl.col("look") + pl.col("sightings")).shift()
    run = (changes(("thing", *TERMS)) | ~follows).cum_sum()
    return (
        ordered.group_by(run.alias("run"), maintain_order=True)
        .agg(pl.col("thing", *TERMS, "first_on").first(), pl.col("last_on").last(), pl.col("sightings").sum())
        .select(state.spans.columns)
    )
