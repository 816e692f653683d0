"""Which observations are suspicious, over all listings of all dates, and what is left to be used without them.

A pure function of the listings, as everything about time is: a late observation of an earlier date is judged as it
would have been on time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

import polars as pl

from gpu_census.census.shrinking import Look, list_is_shrunk, region_is_shrunk, suspicious_looks
from gpu_census.census.unify import Unified

SOURCE = ("provider", "source")
LISTING = (*SOURCE, "observed_on")
REGION = (*SOURCE, "region_code")
MODEL = ("accelerator_model", "unknown_label")
Shrunk = Callable[[AbstractSet[Hashable], AbstractSet[Hashable]], bool]


def suspicious_answers(unified: Unified, sources: pl.DataFrame) -> pl.DataFrame:
    """LISTING, region_code, whole: the answers that are not to be used; `whole` where it is the listing's region list.

    Only sources whose silence says something can be suspicious, and only where they answered.
    """
    guarded = sources.filter(~pl.col("positive_only"))
    lists = _suspicious_lists(unified, guarded.filter(pl.col("gone_regions").is_not_null()))
    of_lists = unified.regions.join(lists, on=LISTING, how="semi").select(*LISTING, "region_code", whole=pl.lit(True))
    answered = unified.regions.filter("answered").join(lists, on=LISTING, how="anti")
    of_regions = _suspicious_regions(unified, answered, guarded)
    return pl.concat([of_lists, of_regions.select(*LISTING, "region_code", whole=pl.lit(False))])


def without_suspicious(unified: Unified, suspicious: pl.DataFrame) -> Unified:
    """What may be used: a suspicious answer is none, and a suspicious list leaves nothing out."""
    key = [*LISTING, "region_code"]
    lists = suspicious.filter("whole").select(LISTING).unique()
    trusted = unified.regions.join(suspicious, on=key, how="anti")
    doubted = unified.regions.join(suspicious, on=key, how="semi").with_columns(answered=pl.lit(False))
    whole = unified.observations.join(
        lists.with_columns(suspicious_list=pl.lit(True)), on=LISTING, how="left"
    ).with_columns(whole_list=pl.col("whole_list") & pl.col("suspicious_list").is_null())
    return replace(
        unified,
        observations=whole.drop("suspicious_list"),
        regions=pl.concat([trusted, doubted]),
        offerings=unified.offerings.join(suspicious, on=key, how="anti"),
    )


def _suspicious_lists(unified: Unified, sources: pl.DataFrame) -> pl.DataFrame:
    named = unified.regions.join(sources.select(SOURCE), on=SOURCE, how="semi")
    share = {(row["provider"], row["source"]): row["gone_regions"] for row in sources.iter_rows(named=True)}
    days = _looks(named.select(LISTING).unique(), unified, SOURCE)
    items = named.select(*LISTING, item="region_code").join(days, on=LISTING)
    found: list[tuple[Any, ...]] = []
    for key, dates, looks in _shrinking(days, items, SOURCE):
        rule = _list_rule(share[key])
        found += [(*key, day) for day, bad in zip(dates, suspicious_looks(looks, rule), strict=True) if bad]
    return pl.DataFrame(found, schema=_schema(unified, LISTING), orient="row")


def _suspicious_regions(unified: Unified, answered: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    asked = answered.join(sources.select(SOURCE), on=SOURCE, how="semi")
    days = _looks(asked.select(*REGION, "observed_on"), unified, REGION)
    listed = unified.offerings.select(*REGION, "observed_on", item=pl.struct(MODEL)).unique()
    items = listed.join(days, on=[*REGION, "observed_on"])
    limits = {
        (row["provider"], row["source"]): (row["gone_pairs"], row["gone_share"])
        for row in sources.iter_rows(named=True)
    }
    found: list[tuple[Any, ...]] = []
    for key, dates, looks in _shrinking(days, items, REGION):
        rule = _region_rule(*limits[key[0], key[1]])
        found += [(*key, day) for day, bad in zip(dates, suspicious_looks(looks, rule), strict=True) if bad]
    return pl.DataFrame(found, schema=_schema(unified, (*REGION, "observed_on")), orient="row")


def _list_rule(share: float) -> Shrunk:
    return lambda before, now: list_is_shrunk(before, now, share=share)


def _region_rule(pairs: int, share: float) -> Shrunk:
    return lambda before, now: region_is_shrunk(before, now, pairs=pairs, share=share)


def _looks(days: pl.DataFrame, unified: Unified, key: Sequence[str]) -> pl.DataFrame:
    """`days` with `settled`, and `look`: 0, 1, 2 … in order of time within each key."""
    settled = unified.observations.select(*LISTING, "settled")
    return (
        days.join(settled, on=LISTING, how="left")
        .sort(*key, "observed_on")
        .with_columns(pl.int_range(pl.len()).over(*key).alias("look"))
    )


def _shrinking(
    days: pl.DataFrame, items: pl.DataFrame, key: Sequence[str]
) -> Iterator[tuple[tuple[Any, ...], list[Any], list[Look]]]:
    """Each key that ever loses an item from one look to the next, with its days and looks in order of time."""
    there = items.select(*key, "item", "look")
    after = there.with_columns(pl.col("look") + 1).join(days.select(*key, "look"), on=[*key, "look"])
    losing = after.join(there, on=[*key, "item", "look"], how="anti").select(key).unique()
    looked = (
        days.join(losing, on=key, how="semi").sort(*key, "look").group_by(key).agg("observed_on", "settled", "look")
    )
    named: dict[tuple[Any, ...], set[Hashable]] = {}
    for *of, item, look in there.join(losing, on=key, how="semi").iter_rows():
        named.setdefault((*of, look), set()).add(tuple(item.values()) if isinstance(item, dict) else item)
    for *of, dates, settled, numbers in looked.sort(key).iter_rows():
        looks = [Look(named.get((*of, look), set()), exempt) for look, exempt in zip(numbers, settled, strict=True)]
        yield tuple(of), dates, looks


def _schema(unified: Unified, columns: Sequence[str]) -> dict[str, Any]:
    return {name: unified.regions.schema[name] for name in columns}
