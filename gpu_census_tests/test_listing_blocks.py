"""A provider's listing files, brought up to date block by block (`gpu_census.census.listing_blocks`).

What is tested: that blocks change nothing, what is read again and what is not, and what a block that fails leaves.
Whether a row is good is tested in `test_archive_rows.py`, what stops a refresh in `test_archive_reading.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from gpu_census.archive.reading import ArchivedDays, providers_in, read_days
from gpu_census.census import landed_listing, listing_blocks
from gpu_census.census.listing import gather
from gpu_census.census.listing_blocks import Brought, bring_up_to_date
from gpu_census.census.listing_files import INDEX, read_listings, write_listing
from gpu_census.collect.landing import Landing
from gpu_census.errors import ArchiveError
from gpu_census_tests.archive_maker import make_archive
from gpu_census_tests.asking import Cloud, source_of, value
from gpu_census_tests.small_census import write_listing_files, write_source

FIRST = date(2025, 1, 1)
A100 = {"region_code": "one", "instance_type": "x", "accelerator_label": "A100"}


def day_of(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def tell(archive: Path, *days: int, count: int = 8, times: int = 1) -> None:
    """The same listing on some days; `times` its one offering."""
    for number in days:
        offering = A100 | {"accelerator_count": count}
        regions = [{"region_code": "one"}]
        write_listing_files(archive, "acme", "list", day_of(number), regions=regions, offerings=[offering] * times)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Four listings of `acme/list`."""
    folder = tmp_path / "archive"
    write_source(folder, "acme", "list")
    tell(folder, 0, 1, 2, 3)
    return folder


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The days that are read from archives, in order."""
    days: list[str] = []

    def noted(archived: ArchivedDays):
        days.extend(str(day) for day in archived.days["census_date"])
        return read_days(archived)

    monkeypatch.setattr(listing_blocks, "read_days", noted)
    return days


@pytest.fixture
def bring(tmp_path: Path) -> Callable[..., Brought]:
    """Bring the files of `acme` in `listing` up to date, one day a block."""

    def bring(*archives: Path, anew: bool = False, block_bytes: int = 1) -> Brought:
        landing = Landing(tmp_path / "landing")
        return bring_up_to_date(tmp_path / "listing", "acme", archives, landing, anew=anew, block_bytes=block_bytes)

    return bring


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")}


@pytest.mark.parametrize(("seed", "block_bytes"), [(2, 1), (11, 2000)])
def test_blocks_write_what_all_at_once_would(tmp_path, seed, block_bytes):
    """Also the quarantine: rows of regions that are not answered for, now and then."""
    whole, copy = make_archive(tmp_path / "whole", seed=seed), tmp_path / "copy"
    shutil.copytree(whole, copy)
    for provider in providers_in(whole):
        write_listing(tmp_path / "at once", provider, gather(provider, [whole, copy]))
        bring_up_to_date(
            tmp_path / "in blocks", provider, [whole, copy], Landing(tmp_path / "landing"), block_bytes=block_bytes
        )
    once, blocks = (read_listings(tmp_path / name, providers_in(whole)) for name in ("at once", "in blocks"))
    assert blocks.sources.sort("provider", "source").equals(once.sources.sort("provider", "source"))
    for name in ("observations", "regions", "offerings", "quarantine"):
        assert getattr(blocks, name).sort(pl.all()).equals(getattr(once, name).sort(pl.all())), name


def test_an_archived_listing_is_read_once(archive, bring, read):
    first = bring(archive)
    assert read == [day_of(number) for number in range(4)]
    assert len(first.files) == 4 * 2 + 3
    del read[:]
    assert bring(archive).files == []
    assert read == []
    tell(archive, 4)
    assert {path.name for path in bring(archive).files} == {
        f"{day_of(4)}.parquet",
        f"{day_of(4)}.regions.parquet",
        INDEX,
    }
    assert read == [day_of(4)]


def delete_a_file(tmp_path: Path, archive: Path) -> None:
    (tmp_path / "listing" / "acme" / "list" / f"{day_of(2)}.parquet").unlink()


def change_a_row(tmp_path: Path, archive: Path) -> None:
    tell(archive, 2, count=4)


def add_a_part(tmp_path: Path, archive: Path) -> None:
    write_listing_files(archive, "acme", "list", day_of(2), regions=[{"region_code": "one"}, {"region_code": "two"}])


def come_with_other_code(tmp_path: Path, archive: Path) -> None:
    (tmp_path / "listing" / "acme" / listing_blocks.MADE_WITH).write_text("another version", encoding="utf-8")


def settle(tmp_path: Path, archive: Path) -> None:
    write_source(archive, "acme", "list", settled=True)


def lose_the_index(tmp_path: Path, archive: Path) -> None:
    (tmp_path / "listing" / "acme" / INDEX).write_bytes(b"torn")


@pytest.mark.parametrize(
    ("happen", "again"),
    [
        (delete_a_file, [2]),
        (change_a_row, [2]),
        (add_a_part, [2]),
        (come_with_other_code, [0, 1, 2, 3]),
        (settle, [0, 1, 2, 3]),
        (lose_the_index, [0, 1, 2, 3]),
    ],
)
def test_what_is_no_longer_as_it_was_is_read_again(tmp_path, archive, bring, read, happen, again):
    bring(archive)
    happen(tmp_path, archive)
    del read[:]
    bring(archive)
    assert read == [day_of(number) for number in again]
    write_listing(tmp_path / "at once", "acme", gather("acme", [archive]))
    assert contents(tmp_path / "listing") == contents(tmp_path / "at once")


def test_anew_reads_everything(archive, bring, read):
    bring(archive)
    del read[:]
    assert bring(archive, anew=True).files == []
    assert len(read) == 4


def test_a_row_that_is_set_aside_is_told_every_night(archive, bring, read):
    tell(archive, 1, times=2)
    first = bring(archive).kept.quarantine
    del read[:]
    assert bring(archive).kept.quarantine.equals(first)
    assert first["place"].to_list() == [f"{archive}/acme/list/{day_of(1)}/offerings.csv:3"]
    assert read == [day_of(1)]


def test_a_listing_that_vanished_is_forgotten(archive, bring, tmp_path):
    bring(archive)
    shutil.rmtree(archive / "acme/list" / day_of(1))
    assert bring(archive).kept.observations.height == 3
    assert not (tmp_path / "listing/acme/list" / f"{day_of(1)}.parquet").exists()


@pytest.mark.parametrize("block_bytes", [1, 10**9])
def test_two_archives_that_contradict_each_other_stop_it_and_what_is_there_stays_whole(
    archive, bring, tmp_path, block_bytes
):
    """Day 0 has changed and may have been read again; day 3, which is contradicted, stays as it was."""
    bring(archive)
    other = tmp_path / "other"
    write_source(other, "acme", "list")
    tell(other, 3, count=4)
    tell(archive, 0, count=1)
    with pytest.raises(ArchiveError, match="contradict each other: accelerator_count"):
        bring(archive, other, block_bytes=block_bytes)
    kept = read_listings(tmp_path / "listing", ["acme"])
    counts = dict(kept.offerings.select(pl.col("census_date").cast(pl.String), "accelerator_count").rows())
    assert kept.observations.height == 4
    assert counts.pop(day_of(0)) == (1 if block_bytes == 1 else 8)
    assert set(counts.values()) == {8}


def test_an_archive_beside_what_landed_adds_up_and_is_counted_once(archive, bring, tmp_path, monkeypatch):
    """The same source answered live on the third day; the archive comes to hold that day only afterwards."""
    write_source(archive, "acme", "list", gone_regions=0.1)  # as a live source states it
    source = source_of(value, "list", "acme", evidence="offering")
    monkeypatch.setattr(landed_listing, "landed_sources", lambda provider: {source.name: source})
    Cloud(tmp_path / "landing", day=date.fromisoformat(day_of(2))).ask(source)
    late = archive / "acme/list" / day_of(2)
    late.rename(tmp_path / "late")
    bring(archive)
    assert regions_on(tmp_path / "listing", 2) == ["r1"]
    (tmp_path / "late").rename(late)
    for _ in range(2):
        bring(archive)
        assert regions_on(tmp_path / "listing", 2) == ["one", "r1"]
        assert bring(archive).kept.observations["census_date"].to_list() == [
            FIRST + timedelta(days=n) for n in range(4)
        ]


def regions_on(listing: Path, number: int) -> list[str]:
    """The regions that are listed on a day."""
    kept = read_listings(listing, ["acme"])
    return sorted(kept.regions.filter(census_date=FIRST + timedelta(days=number))["region_code"])
