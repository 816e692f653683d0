"""Which of the newest answers are suspicious, judged against the last good one of the same source or region.

What belongs here: the looks that the rule of `shrinking` is asked about. A late observation of an earlier date is
judged as it would have been on time, because what came after it is then judged anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import polars as pl

from gpu_census.census.shrinking import Look, list_is_shrunk, region_is_shrunk, suspicious_looks
from gpu_census.census.state import LISTING, MODEL, REGION, SOURCE

Shrunk = Callable[[AbstractSet[Hashable], AbstractSet[Hashable]], bool]


@dataclass(frozen=True)
class Suspected:
    """Keys of suspicious looks; `waiting` are those of them that the next looks may still bear out."""

    marked: pl.DataFrame
    waiting: pl.DataFrame


def guarded_sources(sources: pl.DataFrame) -> pl.DataFrame:
    """The sources whose silence says something; only theirs can be suspicious."""
    return sources.filter(~pl.col("positive_only"))


def suspicious_lists(named: pl.DataFrame, settled: pl.DataFrame, sources: pl.DataFrame) -> Suspected:
    """Which lists have lost too many regions.

    `named` has LISTING and region_code, those of the last good list of each source included; `settled` are the sources
    that are never suspicious.
    """
    judged = guarded_sources(sources).filter(pl.col("gone_regions").is_not_null())
    share = {(row["provider"], row["source"]): row["gone_regions"] for row in judged.iter_rows(named=True)}
    named = named.join(judged, on=SOURCE, how="semi").join(settled, on=SOURCE, how="anti")
    days = named.select(LISTING).unique()
    return _suspected(days, named, SOURCE, ("region_code",), lambda key: _list_rule(share[key]))


def suspicious_regions(
    answered: pl.DataFrame, listed: pl.DataFrame, settled: pl.DataFrame, sources: pl.DataFrame
) -> Suspected:
    """Which answers have lost too many models of their region.

    `answered` has REGION and observed_on, `listed` also MODEL, those of the last good answer of each region included.
    """
    guarded = guarded_sources(sources)
    limits = {
        (row["provider"], row["source"]): (row["gone_pairs"], row["gone_share"])
        for row in guarded.iter_rows(named=True)
    }
    days = answered.join(guarded, on=SOURCE, how="semi").join(settled, on=SOURCE, how="anti")
    days = days.select(*REGION, "observed_on")
    return _suspected(days, listed.drop_nulls(MODEL), REGION, MODEL, lambda key: _region_rule(*limits[key[0], key[1]]))


def _list_rule(share: float) -> Shrunk:
    return lambda before, now: list_is_shrunk(before, now, share=share)


def _region_rule(pairs: int, share: float) -> Shrunk:
    return lambda before, now: region_is_shrunk(before, now, pairs=pairs, share=share)


def _suspected(
    days: pl.DataFrame,
    listed: pl.DataFrame,
    key: Sequence[str],
    item: Sequence[str],
    rule: Callable[[tuple[Any, ...]], Shrunk],
) -> Suspected:
    columns = {name: days.schema[name] for name in (*key, "observed_on")}
    marked: list[tuple[Any, ...]] = []
    waiting: list[tuple[Any, ...]] = []
    for of, dates, looks in _shrinking(days, listed, key, item):
        marks, last = suspicious_looks(looks, rule(of))
        marked += [(*of, day) for day, bad in zip(dates, marks, strict=True) if bad]
        waiting += [(*of, day) for day in dates[len(dates) - last :]]
    return Suspected(*(pl.DataFrame(found, schema=columns, orient="row") for found in (marked, waiting)))


def _shrinking(
    days: pl.DataFrame, listed: pl.DataFrame, key: Sequence[str], item: Sequence[str]
) -> Iterator[tuple[tuple[Any, ...], list[Any], list[Look]]]:
    """Each key that ever loses an item from one look to the next, with its days and looks in order of time."""
    looked = days.sort(*key, "observed_on").with_columns(
        next_on=pl.col("observed_on").shift(-1).over(key, order_by="observed_on")
    )
    there = listed.select(*key, "observed_on", *item).unique().join(looked, on=[*key, "observed_on"])
    after = there.filter(pl.col("next_on").is_not_null())
    lost = after.join(there.select(*key, *item, next_on="observed_on"), on=[*key, *item, "next_on"], how="anti")
    losing = lost.select(key).unique()
    if losing.is_empty():
        return
    named: dict[tuple[Any, ...], set[Hashable]] = {}
    for row in there.join(losing, on=key, how="semi").select(*key, "observed_on", *item).iter_rows():
        of, one = row[: len(key) + 1], row[len(key) + 1 :]
        named.setdefault(of, set()).add(one)
    looked = looked.join(losing, on=key, how="semi").group_by(key, maintain_order=True).agg("observed_on")
    for *parts, dates in looked.sort(key).iter_rows():
        of_key = tuple(parts)
        yield of_key, dates, [Look(named.get((*of_key, day), set())) for day in dates]
