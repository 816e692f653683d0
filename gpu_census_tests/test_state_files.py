"""The state that is kept between nights (`gpu_census.census.state_files`): what is read anew, and that nothing else is.

Whatever happens to the listings, what is then said is compared with what all of them say together. That the fold itself
does not depend on how days are cut is tested in `test_incremental.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from gpu_census.archive.reading import providers_in
from gpu_census.census import state_files
from gpu_census.census.advance import advance
from gpu_census.census.history import Histories, histories, histories_of
from gpu_census.census.listing import ProviderListing, gather
from gpu_census.census.listing_files import read_listings, write_listing
from gpu_census.census.state import State
from gpu_census.census.state_files import blocks_of, follow_listings, read_state, write_state
from gpu_census_tests.archive_maker import make_archive
from gpu_census_tests.five_years import FIRST, MadeYears
from gpu_census_tests.five_years_on_disk import keep_until_tonight, take_in_tonight
from gpu_census_tests.oracle.by_hand import DAY, Archive, Told
from gpu_census_tests.test_incremental import differing


@pytest.fixture
def advances(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """(provider, source, days after `DAY`) of every listing that is taken in."""
    taken: list[tuple[str, str, int]] = []

    def noted(state: State, listing: ProviderListing) -> State:
        days = listing.observations.select("provider", "source", "census_date").rows()
        taken.extend((provider, source, (day - DAY).days) for provider, source, day in days)
        return advance(state, listing)

    monkeypatch.setattr(state_files, "advance", noted)
    return taken


@dataclass
class Kept:
    """Listing files and a state beside them, as a home has them."""

    root: Path

    def night(self, *archives: Path) -> Histories:
        """Bring both up to date with archives, and say the histories."""
        providers = sorted({provider for archive in archives for provider in providers_in(archive)})
        for provider in providers:
            write_listing(self.root / "listing", provider, gather(provider, archives))
        state = follow_listings(self.root / "listing", providers, read_state(self.root / "state"))
        write_state(self.root / "state", state)
        found = histories_of(state)
        assert differing(found, histories(read_listings(self.root / "listing", providers))) == []
        return found


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "kept")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Three nights of one source, one of another."""
    two: Told = {"one": ["A100", "V100"], "two": ["V100"]}
    return (
        Archive(tmp_path / "archive").source("acme/list", dict.fromkeys((0, 1, 3), two)).source("acme/other", {1: two})
    )


def with_night(archive: Archive, day: int, *, of: int, name: str = "acme/list") -> Path:
    """One more listing, with the words of an earlier one."""
    folder = archive.folder / name
    days = [folder / (DAY + timedelta(days=number)).isoformat() for number in (of, day)]
    return shutil.copytree(*days)


def test_one_more_night_reads_that_night_alone(archive, kept, advances):
    kept.night(archive.folder)
    with_night(archive, 4, of=3)
    del advances[:]
    kept.night(archive.folder)
    assert advances == [("acme", "list", 4)]


def test_reading_twice_reads_nothing(archive, kept, advances):
    first = kept.night(archive.folder)
    del advances[:]
    assert differing(kept.night(archive.folder), first) == []
    assert advances == []


def vanish(archive: Archive) -> None:
    shutil.rmtree(archive.folder / "acme/list" / DAY.isoformat())


def change(archive: Archive) -> None:
    path = archive.folder / "acme/list" / DAY.isoformat() / "offerings.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("A100", "H100"), encoding="utf-8")


def come_late(archive: Archive) -> None:
    with_night(archive, 2, of=1)


def state_otherwise(archive: Archive) -> None:
    with (archive.folder / "acme/list/source.toml").open("a", encoding="utf-8") as card:
        card.write("\nregions_complete = true\n")


@pytest.mark.parametrize(
    ("happen", "days"),
    [(vanish, [1, 3]), (change, [0, 1, 3]), (come_late, [0, 1, 2, 3]), (state_otherwise, [0, 1, 3])],
    ids=["vanished", "changed", "late", "stated otherwise"],
)
def test_a_source_whose_past_is_another_is_read_anew_and_the_others_are_not(
    archive, kept, advances, happen: Callable[[Archive], None], days
):
    kept.night(archive.folder)
    happen(archive)
    del advances[:]
    kept.night(archive.folder)  # says the same as all listings together
    assert advances == [("acme", "list", day) for day in days]


def test_a_source_that_is_gone_is_forgotten(archive, kept):
    kept.night(archive.folder)
    shutil.rmtree(archive.folder / "acme/other")
    assert set(kept.night(archive.folder).offering_history["source"]) == {"list"}


@pytest.mark.parametrize("damage", ["missing", "torn", "other code", "other columns"])
def test_a_state_that_cannot_be_gone_on_with_is_made_again(archive, kept, advances, damage):
    kept.night(archive.folder)
    spans = kept.root / "state" / "spans.parquet"
    match damage:
        case "missing":
            spans.unlink()
        case "torn":
            spans.write_bytes(spans.read_bytes()[:100])
        case "other code":
            (kept.root / "state" / state_files.FINGERPRINT).write_text("of another version", encoding="utf-8")
        case _:
            pl.read_parquet(spans).drop("currency").write_parquet(spans)
    del advances[:]
    kept.night(archive.folder)
    assert len(advances) == 4


def test_nothing_but_the_state_is_left_beside_it(archive, kept):
    kept.night(archive.folder)
    (kept.root / ".state.999999999.old").mkdir()
    kept.night(archive.folder)
    assert sorted(path.name for path in kept.root.iterdir()) == ["listing", "state"]


@pytest.mark.parametrize("seed", [1, 5])
def test_random_archives_come_in_day_after_day(seed, kept, tmp_path):
    """Sources that are silent for months, settled ones, suspicious nights: each step is compared (`Kept.night`)."""
    whole = make_archive(tmp_path / "whole", seed=seed)
    days = sorted(path for path in whole.glob("*/*/*") if path.is_dir())
    days.sort(key=lambda path: path.name)
    step = len(days) // 3
    for count in (step, 2 * step, len(days)):
        for day in days[:count]:
            to = tmp_path / "so far" / day.relative_to(whole)
            if not to.exists():
                shutil.copytree(day, to)
                shutil.copy(day.parent / "source.toml", to.parent)
        kept.night(tmp_path / "so far")


def test_blocks_are_in_order_hold_every_listing_once_and_are_bounded():
    index = MadeYears(nights=132, providers=2, regions=3, types=8).state().days
    blocks = list(blocks_of(index, rows=5000))
    assert pl.concat(blocks).equals(index)
    assert len(blocks) > 2
    for block in blocks:
        assert block["listed"].sum() + block.height * state_files.ROWS_OF_A_LISTING <= 5000 + 300


def test_one_more_night_on_made_years_needs_no_file_of_the_past(tmp_path):
    """What is measured on five years (`five_years_on_disk`), on a few nights: those before are only in the index."""
    made = MadeYears(nights=132, providers=2, regions=3, types=8)
    keep_until_tonight(tmp_path, made, changed=2)
    found = take_in_tonight(tmp_path, made)
    tonight = FIRST + timedelta(days=made.nights)
    assert found.observation["observed_on"].max() == tonight
    there = found.offering_history.filter(pl.col("valid_to").is_null())
    seen = found.sighting_history.filter(pl.col("last_seen_on") == tonight).height
    assert (there.height, seen) == (48, 46)
    assert read_state(tmp_path / "state of tonight").days.height == 2 * (made.nights + 1)
