"""Histories are a fold (METHOD 4): however the days are cut into blocks, and whenever they come in, they say the same.

Random nights are made as rows, without files, and taken in whole, in blocks and night by night. What is kept between
nights, and what is read anew, is tested in `test_state_files.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gpu_census.census.advance import advance
from gpu_census.census.history import Histories, histories, histories_of
from gpu_census.census.listing import SOURCE_SCHEMA, ProviderListing, empty
from gpu_census.census.schemas import ListedRegion, Listing
from gpu_census.census.state import State, nothing_told
from gpu_census_tests.five_years import MadeYears
from gpu_census_tests.oracle.by_hand import DAY

FEW_CASES = settings(max_examples=9, deadline=None, derandomize=True)
FEWER_CASES = settings(FEW_CASES, max_examples=5)
ALL = ("A100", "V100", "T4", "L4", "Warp One")
HERE: tuple[str, ...] = ("A100", "V100")
# region -> the labels that its answer lists, None where it is not answered; no night at all where None
Night = dict[str, tuple[str, ...] | None] | None


@dataclass(frozen=True)
class Made:
    """A source and what it says night after night."""

    card: tuple[tuple[str, Any], ...]
    nights: tuple[Night, ...]


def listing_of(sources: Sequence[Made]) -> ProviderListing:
    """All nights of some sources, as a refresh would read them from its files."""
    cards, days, regions, offerings = [], [], [], []
    for number, made in enumerate(sources):
        key: dict[str, Any] = {"provider": "acme", "source": f"list {number}"}
        card = {"title": "made", "evidence": "offering", "scope_terms": ["all"], "regions_complete": False}
        card |= {"positive_only": False, "gone_regions": None, "gone_pairs": 3, "gone_share": 0.2, "settled": False}
        card |= dict.fromkeys(("url", "licence", "retrieved", "notes"), "") | dict(made.card)
        settled = card.pop("settled")
        cards.append(key | card)
        for after, night in enumerate(made.nights):
            if night is None:
                continue
            on = key | {"census_date": DAY + timedelta(days=after)}
            listed = [(code, label) for code, labels in night.items() for label in labels or ()]
            about = {"settled": settled, "listed": len(listed), "payload_sha256": f"{hash(str(night)):064x}"[-64:]}
            days.append(on | about | {"fault": "", "made_from": "archive", "parser": "", "whole_list": bool(night)})
            for code, labels in night.items():
                place = {"region_name": code, "country_iso2": "DE", "cloud_partition": "public"}
                regions.append(on | {"region_code": code, "answered": labels is not None} | place)
            for code, label in listed:
                row = {"region_code": code, "zone": "", "instance_type": label, "service": ""}
                row |= {"accelerator_label": label, "accelerator_count": None, "payload_sha256": "0" * 64}
                price = float(1 + after // 3)
                offerings.append(on | row | {"status": "offered", "price": price, "currency": "EUR"})
    index = {"provider": pl.String, "source": pl.String, "census_date": pl.Date, "settled": pl.Boolean}
    index |= {"listed": pl.Int64, "payload_sha256": pl.String, "fault": pl.String, "made_from": pl.String}
    return ProviderListing(
        pl.DataFrame(cards, schema=SOURCE_SCHEMA),
        pl.DataFrame(days, schema=index | {"parser": pl.String, "whole_list": pl.Boolean}),
        pl.DataFrame(regions, schema=empty(ListedRegion).schema),
        pl.DataFrame(offerings, schema=empty(Listing).schema),
        nothing_told().quarantine,
    )


def part_of(listing: ProviderListing, days: Sequence[date]) -> ProviderListing:
    """The listings of some days."""
    of_days = pl.col("census_date").is_in(days)
    parts = {name: getattr(listing, name).filter(of_days) for name in ("observations", "regions", "offerings")}
    return replace(listing, **parts)


def folded(listing: ProviderListing, blocks: Sequence[Sequence[date]]) -> State:
    state = nothing_told()
    for days in blocks:
        state = advance(state, part_of(listing, days))
    return state


def differing(one: Histories, other: Histories) -> list[str]:
    """The names of the tables that are not the same, cell by cell."""
    names = [field.name for field in fields(Histories)]
    return [name for name in names if not getattr(one, name).equals(getattr(other, name))]


def answers() -> st.SearchStrategy[tuple[str, ...] | None]:
    """Few different answers, so that the same is told again and again; hardly ever none."""
    usual = [HERE, HERE, ALL, ALL, ("V100",), (), ()]
    return st.sampled_from([*usual, None])


def nights() -> st.SearchStrategy[tuple[Night, ...]]:
    named = st.sampled_from(["abcd", "abcd", "abcd", "ab", "ab", "abce", "a", ""])
    told = named.flatmap(lambda codes: st.fixed_dictionaries({code: answers() for code in codes}))
    steady = st.sampled_from([dict.fromkeys("abcd", ALL), dict.fromkeys("ab", ALL), dict.fromkeys("abcd", ())])
    return st.lists(told | steady | st.none(), min_size=1, max_size=9).map(tuple)


CARDS = st.sampled_from(
    [
        (),
        (("regions_complete", True), ("gone_regions", 0.1)),
        (("regions_complete", True), ("gone_regions", 0.1)),
        (("regions_complete", True), ("gone_regions", 0.5), ("gone_pairs", 1), ("gone_share", 0.1)),
        (("gone_regions", 0.1),),
        (("regions_complete", True), ("gone_regions", 0.1), ("settled", True)),
        (("regions_complete", True), ("gone_regions", 0.1), ("positive_only", True)),
    ]
)
SOURCES = st.lists(st.builds(Made, CARDS, nights()), min_size=1, max_size=2)
LOST: Night = dict.fromkeys("ab", HERE)
FULL: Night = dict.fromkeys("abcd", HERE)
COMPLETE = (("regions_complete", True), ("gone_regions", 0.1))


@FEW_CASES
@given(SOURCES, st.sets(st.integers(1, 8)))
@example([Made(COMPLETE, (FULL, LOST, LOST, LOST))], {1, 2, 3})
@example([Made(COMPLETE, (FULL, FULL | {"a": ()}, LOST, FULL | {"a": ()}, FULL | {"a": ()}))], {1, 2, 3, 4})
@example(
    [Made(COMPLETE, (FULL, FULL | {"a": ()}, dict.fromkeys("bcd", HERE), FULL | {"a": ()}, FULL | {"a": ()}))], {2, 3}
)
@example([Made(COMPLETE, (FULL, LOST | {"new": HERE}, FULL, FULL))], {2, 3})
@example([Made(COMPLETE, (FULL, {"a": HERE}, LOST, LOST))], {3})
def test_any_cut_into_blocks_says_the_same(sources, cuts):
    listing = listing_of(sources)
    days = [DAY + timedelta(days=number) for number in range(9)]
    edges = [0, *sorted(cuts), 9]
    blocks = [days[first:last] for first, last in pairwise(edges)]
    assert differing(histories_of(folded(listing, blocks)), histories(listing)) == []


@FEWER_CASES
@given(SOURCES)
def test_night_by_night_says_what_is_said_of_all_nights_so_far(sources):
    """Also before the end, while suspicious answers wait for others that bear them out."""
    listing = listing_of(sources)
    state = nothing_told()
    for number in range(9):
        days = [DAY + timedelta(days=night) for night in range(number + 1)]
        state = advance(state, part_of(listing, days[-1:]))
    assert differing(histories_of(state), histories(part_of(listing, days))) == []
    half = folded(listing, [[day] for day in days[:5]])
    assert differing(histories_of(half), histories(part_of(listing, days[:5]))) == []


def test_saying_the_histories_changes_no_state():
    listing = listing_of([Made(COMPLETE, (FULL, LOST))])
    state = advance(nothing_told(), listing)
    before = {field.name: getattr(state, field.name).clone() for field in fields(State)}
    first = histories_of(state)
    assert state.pending.height == len(LOST or ())
    assert differing(histories_of(state), first) == []
    assert all(getattr(state, name).equals(rows) for name, rows in before.items())


def test_five_made_years_are_the_state_that_their_nights_make():
    """What is measured with a made state is measured with the real one (`five_years`)."""
    made = MadeYears(nights=132, providers=2, regions=3, types=8)
    listings = [made.night(number) for number in range(made.nights)]
    parts = {
        name: pl.concat([getattr(one, name) for one in listings]) for name in ("observations", "regions", "offerings")
    }
    assert differing(histories_of(made.state()), histories(replace(listings[0], **parts))) == []
