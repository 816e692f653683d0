"""Histories of small archives (METHOD 4), through `gpu_census.census.history.histories`, worked out by hand.

What is tested: which intervals, runs and coverage a few nights of listings make. That the order of reading does not
matter is tested in `test_reading_order.py`, the rules of time alone in `test_intervals.py`.
Days are counted from `DAY`; intervals are written (not before, from, to, confirmed). A V100 stays where an A100 goes:
a region that loses all at once is suspicious, which is tested in `test_suspicion.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from gpu_census.archive.reading import providers_in
from gpu_census.census.history import Histories, histories
from gpu_census.census.listing import gather
from gpu_census.census.listing_files import read_listings, write_listing
from gpu_census_tests.oracle.by_hand import DAY, Archive, after
from gpu_census_tests.small_census import census_of, rows, write_listing_files, write_source

A100 = {"one": ["A100", "V100"]}
NO_A100 = {"one": ["V100"]}


def histories_of(archives: Sequence[Path], listing_folder: Path) -> Histories:
    """The histories of some archives, as a refresh makes them."""
    providers = sorted({provider for archive in archives for provider in providers_in(archive)})
    for provider in providers:
        write_listing(listing_folder, provider, gather(provider, archives))
    return histories(read_listings(listing_folder, providers))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


@pytest.fixture
def tables(archive: Archive, tmp_path: Path):
    """The histories of what the test has written so far."""
    return lambda: histories_of([archive.folder], tmp_path / "listing")


def days(value: Any) -> Any:
    """A date as days after `DAY`; anything else as it is."""
    return (value - DAY).days if isinstance(value, date) else value


def told(table: pl.DataFrame, *columns: str, **of: Any) -> list[tuple]:
    """Some columns of the rows in which other columns have given values, dates as days, sorted."""
    found = table.filter(True, **of).select(columns).rows()
    return sorted((tuple(map(days, row)) for row in found), key=repr)


def stays(table: pl.DataFrame, region: str = "one", **of: Any) -> list[tuple]:
    """The intervals in date order."""
    found = told(table, "not_before_on", "valid_from", "valid_to", "confirmed", region_code=region, **of)
    return sorted(found, key=lambda stay: stay[1])


def test_an_offering_arrives_is_confirmed_and_leaves_after_three_misses(archive, tables):
    archive.source("acme/list", dict(enumerate([NO_A100, A100, A100, NO_A100, NO_A100, NO_A100])))
    assert stays(tables().offering_history, accelerator_model="A100") == [(0, 1, 3, True)]
    assert told(tables().offering_history, "accelerator_model", "sightings") == [("A100", 2), ("V100", 6)]


def test_an_unanswered_region_is_no_look_at_its_offerings_but_names_the_region(archive, tables):
    """Day 1 sees nothing, days 2 to 4 are no answers: one miss in all, so the A100 stays."""
    unanswered: dict[str, list | None] = {"one": None}
    archive.source("acme/list", dict(enumerate([A100, NO_A100, unanswered, unanswered, unanswered])))
    found = tables()
    assert stays(found.offering_history, accelerator_model="A100") == [(None, 0, None, True)]
    assert stays(found.region_history) == [(None, 0, None, True)]
    assert told(found.region_history, "last_seen_on", "sightings") == [(4, 5)]
    runs = told(found.coverage_history, "answered", "in_list", "valid_from", "evidence_on", "valid_to")
    assert runs == [(False, "named", 2, 4, None), (True, "named", 0, 1, None)]


def test_an_unconfirmed_sighting_is_kept_and_is_no_interval(archive, tables):
    archive.source("acme/list", dict(enumerate([NO_A100, A100, NO_A100])))
    assert told(tables().offering_history, "accelerator_model") == [("V100",)]
    lone = told(tables().unconfirmed_sighting, "region_code", "instance_type", "accelerator_model", "seen_on")
    assert lone == [("one", "type of A100", "A100", 1)]


def test_a_complete_list_that_leaves_a_region_out_ends_it_and_what_is_in_it(archive, tables):
    both = {"one": ["A100"], "two": []}
    rest = {"two": []}
    archive.source(
        "acme/list", dict(enumerate([both, both, rest, rest, rest])), regions_complete=True, gone_regions=0.5
    )
    found = tables()
    assert stays(found.region_history) == stays(found.offering_history) == [(None, 0, 2, True)]
    assert stays(found.region_history, "two") == [(None, 0, None, True)]
    runs = told(found.coverage_history, "in_list", "valid_from", "evidence_on", region_code="one", answered=True)
    assert runs == [("named", 0, 1), ("no_longer", 2, 4)]


def test_a_list_that_is_not_complete_says_nothing_of_a_region_it_leaves_out(archive, tables):
    rest = {"two": []}
    archive.source("acme/list", dict(enumerate([{"one": ["A100"], "two": []}, rest, rest, rest])), settled=True)
    found = tables()
    assert stays(found.region_history) == stays(found.offering_history) == [(None, 0, None, True)]
    assert told(found.coverage_history, "valid_from", "evidence_on", region_code="one") == [(0, 0)]


def test_a_region_that_a_complete_list_names_again_has_two_stays(archive, tables):
    """Settled, so the first list without it ends it. It comes back with its A100 between the lists of days 9 and 12."""
    both, rest = {"one": ["A100"], "two": []}, {"two": []}
    archive.source("acme/list", {0: both, 5: rest, 9: rest, 12: both}, regions_complete=True, settled=True)
    expected = [(None, 0, 5, True), (9, 12, None, True)]
    assert stays(tables().region_history) == stays(tables().offering_history) == expected
    runs = told(tables().coverage_history, "in_list", "valid_from", "valid_to", region_code="one")
    assert runs == [("named", 0, 12), ("named", 12, None), ("no_longer", 5, 9), ("no_longer", 9, None)]


def test_a_region_new_in_a_complete_list_was_not_there_before(archive, tables):
    archive.source("acme/list", {0: {"two": []}, 4: {"one": ["A100"], "two": []}}, regions_complete=True)
    found = tables()
    assert stays(found.region_history) == stays(found.offering_history) == [(0, 4, None, False)]
    runs = told(found.coverage_history, "in_list", "valid_from", region_code="one")
    assert runs == [("named", 4), ("not_yet", 0)]


@pytest.mark.parametrize("complete", [False, True])
def test_a_positive_only_source_proves_what_it_lists_from_the_first_time_on(archive, tables, complete):
    said: list[dict] = [{"one": []}, {"one": ["A100"]}, {"one": []}, {"two": []}, {"two": []}, {"two": []}]
    archive.source("acme/said", dict(enumerate(said)), positive_only=True, regions_complete=complete, settled=True)
    found = tables()
    assert stays(found.offering_history) == [(None, 1, None, True)]
    assert stays(found.region_history) == [(None, 0, None, True)]
    assert found.source_scope.height == found.unconfirmed_sighting.height == 0
    assert set(found.coverage_history["in_list"]) == {"named"}


def write_nights(folder: Path, *nights: Sequence[dict[str, Any]], region: str = "one") -> None:
    """One listing a night of one region of `acme`; rows say only what the test is about."""
    write_source(folder, "acme", "list")
    for number, listed in enumerate(nights):
        offerings = [{"region_code": region, "instance_type": "x.large"} | row for row in listed]
        day = after(number).isoformat()
        write_listing_files(folder, "acme", "list", day, regions=[{"region_code": region}], offerings=offerings)


def test_a_new_word_for_the_same_model_is_no_arrival(archive, tables):
    words = ("NVIDIA Tesla V100", "V100", "nvidia-tesla-v100")
    write_nights(archive.folder, *([{"accelerator_label": word}] for word in words))
    found = tables()
    assert stays(found.offering_history) == [(None, 0, None, True)]
    assert told(found.offering_history, "accelerator_model", "accelerator_label") == [("V100", "nvidia-tesla-v100")]
    runs = told(found.sighting_history, "accelerator_label", "valid_from", "last_seen_on", "valid_to")
    assert runs == [("NVIDIA Tesla V100", 0, 0, 1), ("V100", 1, 1, 2), ("nvidia-tesla-v100", 2, 2, None)]


def test_a_new_word_of_a_suspicious_night_is_not_taken(archive, tables):
    nights = (["Warp One", "Warp Two", "Warp Three", "V100"], ["NVIDIA Tesla V100"])
    write_nights(archive.folder, *([{"accelerator_label": word} for word in night] for night in nights))
    found = tables()
    assert told(found.suspicious_answer, "observed_on", "region_code") == [(1, "one")]
    assert told(found.offering_history, "accelerator_label", accelerator_model="V100") == [("V100",)]


def test_two_labels_that_map_to_no_model_are_two_things(archive, tables):
    v100, one, two = ({"accelerator_label": label} for label in ("V100", "Warp One", "Warp Two"))
    write_nights(archive.folder, [v100, one], [v100, two])
    assert told(tables().offering_history, "accelerator_label", "valid_from", accelerator_model="unknown") == [
        ("Warp One", 0),
        ("Warp Two", 1),
    ]


def test_sightings_run_as_long_as_answers_in_a_row_say_the_same(archive, tables):
    """Price 3 twice, then 2; a night without; 2 again is a run of its own though it says the same."""
    v100 = {"accelerator_label": "V100"}
    three, two = ({"accelerator_label": "A100", "price": price, "currency": "EUR"} for price in ("3", "2.0"))
    write_nights(archive.folder, [three, v100], [three, v100], [two, v100], [v100], [two, v100])
    terms = ("price_per_hour", "currency", "valid_from", "last_seen_on", "valid_to")
    runs = told(tables().sighting_history, *terms, accelerator_model="A100")
    assert runs == [(2.0, "EUR", 2, 2, 4), (2.0, "EUR", 4, 4, None), (3.0, "EUR", 0, 1, 2)]
    assert stays(tables().offering_history, accelerator_model="A100") == [(None, 0, None, True)]


def test_what_a_positive_only_source_says_runs_over_consecutive_days_only(archive, tables):
    archive.source("acme/said", {day: {"one": ["A100"]} for day in (0, 1, 3)}, positive_only=True)
    runs = told(tables().sighting_history, "valid_from", "last_seen_on", "valid_to")
    assert runs == [(0, 1, 3), (3, 3, None)]


def test_coverage_runs_over_consecutive_days_only(archive, tables):
    archive.source("acme/list", dict.fromkeys((0, 1, 2, 5, 6, 30), NO_A100))
    runs = told(tables().coverage_history, "answered", "valid_from", "evidence_on", "valid_to")
    assert runs == [(True, 0, 2, 5), (True, 30, 30, None), (True, 5, 6, 30)]


def test_zones_are_taken_together_best_status_most_accelerators_lowest_price(archive, tables):
    def zone(name: str, count: str, status: str, price: str, currency: str) -> dict[str, str]:
        row = {"zone": name, "accelerator_count": count, "status": status, "price": price, "currency": currency}
        return row | {"accelerator_label": "A100"}

    night = [zone("a", "8", "sold_out", "30", "USD"), zone("b", "", "limited", "", ""), zone("c", "4", "", "20", "EUR")]
    write_nights(archive.folder, night)
    terms = ("accelerator_count", "status", "price_per_hour", "currency")
    assert told(tables().sighting_history, *terms) == [(8.0, "limited", 20.0, "EUR")]
    assert told(tables().offering_history, "sightings") == [(1,)]


def test_a_region_with_a_known_opening_waits_from_then_until_something_lists_it(archive, tables):
    """AWS Zurich, eu-central-2, opened on 9 November 2022; here it is first listed on 1 January 2025."""
    archive.source("aws/list", {0: {"eu-central-2": [], "made-up-1": []}})
    history = tables().region_history
    waiting = history.filter(source="reference").rows(named=True)
    assert [(row["region_code"], row["valid_from"], row["valid_to"], row["sightings"]) for row in waiting] == [
        ("eu-central-2", date(2022, 11, 9), DAY, 0)
    ]
    assert stays(history, "eu-central-2", source="list") == [(None, 0, None, True)]


def test_a_region_and_its_offerings_end_on_the_day_the_reference_table_says_it_closed(archive):
    """Alibaba's Mumbai, ap-south-1, closed on 16 July 2024, and a list that is not complete never says so."""
    write_source(archive.folder, "alibaba", "list")
    here = {"region_code": "ap-south-1"}
    offered = here | {"instance_type": "ecs.gn5", "accelerator_label": "NVIDIA P100"}
    write_listing_files(archive.folder, "alibaba", "list", "2024-07-01", regions=[here], offerings=[offered])
    census = census_of([archive.folder], date(2024, 7, 16), only=["region", "offering"])
    for day, there in (("2024-07-01", 1), ("2024-07-15", 1), ("2024-07-16", 0)):
        for model in ("region", "offering"):
            query = f"SELECT region_code FROM {model}_as_of(DATE '{day}')"
            assert rows(census, query) == [here] * there, (model, day)
