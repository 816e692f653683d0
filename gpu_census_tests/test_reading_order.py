"""The order of reading changes no history, nor does reading twice, nor when an observation comes in (METHOD 4).

Split off `test_history.py`. Random archives are read whole, shuffled, doubled and in parts, and must say the same.
Left out of the comparison: `place`, the file a quarantined row was read from, and, where bytes differ, their digest.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest

from gpu_census.census.history import Histories
from gpu_census_tests.archive_maker import make_archive
from gpu_census_tests.oracle.by_hand import Archive
from gpu_census_tests.small_census import write_listing_files, write_source
from gpu_census_tests.test_history import histories_of

PLACE = ("place",)
SEEDS = (1, 2, 5, 8)
Said = dict[str, list[tuple]]


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., Said]:
    """All rows of all histories of some archives, without the columns named."""
    readings = iter(range(99))

    def read(*archives: Path, without: Sequence[str] = PLACE) -> Said:
        return rows_of(histories_of(archives, tmp_path / f"listing {next(readings)}"), without)

    return read


def rows_of(histories: Histories, without: Sequence[str] = PLACE) -> Said:
    return {field.name: _rows(getattr(histories, field.name), without) for field in fields(Histories)}


def _rows(table: pl.DataFrame, without: Sequence[str]) -> list[tuple]:
    return sorted(table.drop(without, strict=False).rows(), key=repr)


@pytest.fixture(scope="module", params=SEEDS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("whole") / "whole", seed=request.param)


@pytest.fixture(scope="module")
def told(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Histories:
    """What the archive says when it is read once, as it is."""
    return histories_of([whole], tmp_path_factory.mktemp("told"))


def part_of(whole: Path, folder: Path, days: Sequence[Path]) -> Path:
    """A copy of an archive with some of its listings only; sources without any are left out."""
    for day in days:
        to = folder / day.relative_to(whole)
        shutil.copytree(day, to)
        shutil.copy(day.parent / "source.toml", to.parent)
    return folder


def listings_of(archive: Path) -> list[Path]:
    return sorted(path for path in archive.glob("*/*/*") if path.is_dir())


def test_the_order_of_rows_in_a_file_changes_nothing(whole, told, said, tmp_path):
    shuffled = shutil.copytree(whole, tmp_path / "shuffled")
    rng = random.Random(0)
    for path in shuffled.glob("*/*/*/*.csv"):
        header, *lines = path.read_text(encoding="utf-8").splitlines()
        rng.shuffle(lines)
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    bytes_differ = ("place", "payload_sha256", "row_text")  # the text of a quarantined row holds the digest
    assert said(shuffled, without=bytes_differ) == rows_of(told, bytes_differ)


def test_the_same_archive_given_twice_changes_nothing(whole, told, said):
    once = rows_of(told, ())
    assert said(whole, whole, without=()) == once
    assert once["region_history"]
    assert once["offering_history"]


def test_a_copy_of_an_archive_beside_it_changes_nothing(whole, told, said, tmp_path):
    copy = shutil.copytree(whole, tmp_path / "copy")
    one, both = rows_of(told), said(whole, copy)
    assert set(one.pop("quarantine")) == set(both.pop("quarantine"))
    assert both == one


def test_an_archive_in_two_parts_says_the_same_in_either_order(whole, told, said, tmp_path):
    days = listings_of(whole)
    random.Random(1).shuffle(days)
    first, second = (part_of(whole, tmp_path / name, days[number::2]) for number, name in enumerate("ab"))
    expected = rows_of(told)
    assert said(first, second) == expected
    assert said(second, first) == expected


@pytest.mark.parametrize(
    ("seen", "beside"),
    [("-AA-A", ["V100"]), ("-AA-A", []), ("A---A", [])],
    ids=["nothing suspicious", "a suspicious night", "three that agree"],
)
def test_a_late_observation_of_an_earlier_date_gives_what_it_would_have_given_on_time(said, tmp_path, seen, beside):
    """Five nights, each in turn read after all others: only the dates they bear matter."""
    nights = [{"one": ["A100", *beside] if mark == "A" else [*beside]} for mark in seen]
    on_time = Archive(tmp_path / "on time").source("acme/list", dict(enumerate(nights)))
    days = listings_of(on_time.folder)
    expected = said(on_time.folder)
    for late in days:
        before = part_of(on_time.folder, tmp_path / f"before {late.name}", [day for day in days if day != late])
        after = part_of(on_time.folder, tmp_path / f"after {late.name}", [late])
        assert said(before) != expected, late.name
        assert said(before, after) == said(after, before) == expected, late.name


def test_a_listing_in_two_parts_says_the_same_in_either_order(said, tmp_path):
    """One archive holds a region, the other another one, of the same source and date: digests included."""
    parts = []
    for code in ("one", "two"):
        archive = tmp_path / code
        write_source(archive, "acme", "list")
        offered = {"region_code": code, "instance_type": "x", "accelerator_label": "A100"}
        regions = [{"region_code": code, "region_name": f"Region {code}"}]
        write_listing_files(archive, "acme", "list", "2025-01-01", regions=regions, offerings=[offered])
        parts.append(archive)
    there, back = said(*parts), said(*reversed(parts))
    assert len(there["offering_history"]) == 2
    assert there == back


def test_a_doubled_row_is_set_aside_the_same_way_in_either_order(said, tmp_path):
    """One archive lists a row twice, another once: one row too many, whichever is read first."""
    row = {"region_code": "one", "instance_type": "x", "accelerator_label": "A100"}
    for name, times in (("once", 1), ("twice", 2)):
        write_source(tmp_path / name, "acme", "list")
        regions = [{"region_code": "one"}]
        write_listing_files(tmp_path / name, "acme", "list", "2025-01-01", regions=regions, offerings=[row] * times)
    bytes_differ = ("place", "payload_sha256", "row_text")
    there = said(tmp_path / "once", tmp_path / "twice", without=bytes_differ)
    back = said(tmp_path / "twice", tmp_path / "once", without=bytes_differ)
    assert len(back["quarantine"]) == 1
    assert there == back
