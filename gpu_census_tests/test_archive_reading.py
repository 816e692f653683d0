"""Broken archives: what stops a refresh, and that the message names the file, and the line where there is one.

The form is that of DESIGN 3.3. What is set aside row by row, and what is read all the same, is tested in
`test_archive_rows.py`. Archives are read through `gpu_census.census.listing.gather`, as a refresh reads them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gpu_census.archive.reading import providers_in, read_card
from gpu_census.census.history import histories
from gpu_census.census.listing import gather
from gpu_census.errors import ArchiveError
from gpu_census_tests.small_census import write_source

REGIONS = "region_code,answered\none,true\n"
OFFERINGS = "region_code,instance_type,accelerator_label\none,x,A100\n"
DAY = "2025-01-01"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def write_listing(
    archive: Path, regions: str | bytes = REGIONS, offerings: str | bytes = OFFERINGS, day: str = DAY
) -> Path:
    """Write one listing of `acme/list` as it stands, byte for byte, and return the archive."""
    folder = write_source(archive, "acme", "list") / day
    folder.mkdir()
    for name, told in (("regions.csv", regions), ("offerings.csv", offerings)):
        (folder / name).write_bytes(told if isinstance(told, bytes) else told.encode())
    return archive


@pytest.fixture
def write(archive: Path) -> Callable[..., Path]:
    """Write a listing into the test's own archive."""
    return partial(write_listing, archive)


def refused(archive: Path, *words: str) -> str:
    """The message with which an archive is refused; every word is in it."""
    with pytest.raises(ArchiveError) as refusal:
        gather("acme", [archive])
    missing = [word for word in words if word not in str(refusal.value)]
    assert not missing, str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("regions", "offerings", "words"),
    [
        ("region_code,answered,colour\none,true,red\n", OFFERINGS, ("regions.csv", "unknown column 'colour'")),
        (REGIONS, "region_code,instance_type\none,x\n", ("offerings.csv", "'accelerator_label' is missing")),
        ("region_code\none\n", OFFERINGS, ("regions.csv", "'answered' is missing")),
        ("region_code,answered,answered\none,true,true\n", OFFERINGS, ("regions.csv", "a column stands twice")),
        (REGIONS, "", ("offerings.csv", "'region_code' is missing")),
        ("region_code,answered\none,true\ntwo,perhaps\n", OFFERINGS, ("regions.csv:3", "'perhaps'", "true or false")),
        ("region_code,answered\none,\n", OFFERINGS, ("regions.csv:2", "true or false")),
    ],
)
def test_a_table_that_breaks_the_form_is_refused(write, regions, offerings, words):
    refused(write(regions, offerings), DAY, *words)


@pytest.mark.parametrize(
    "offerings",
    [
        b"region_code,instance_type,accelerator_label\none,x\xe9,A100\n",  # no UTF-8
        b'region_code,instance_type,accelerator_label\none,"x,A100\n',  # a quote that never ends
        b"region_code,instance_type,accelerator_label\none,x,A100,8\n",  # more cells than columns
        b"region_code,instance_type,accelerator_label\rone,x,A100\r",  # one line to a reader, and no row
    ],
    ids=["latin-1", "open quote", "too many cells", "carriage returns"],
)
def test_a_file_that_is_no_readable_csv_is_refused_and_named_among_good_ones(write, offerings):
    write(day="2024-12-30")
    write(day="2025-01-02")
    refused(write(offerings=offerings), f"{DAY}/offerings.csv")


@pytest.mark.parametrize("day", ["2025-13-01", "2025-02-30", "today", "2025-1-1", "20250101", "2025-W01-1"])
def test_a_folder_whose_name_is_no_date_of_the_form_is_refused(write, day):
    refused(write(day=day), f"list/{day}", "ISO date")


@pytest.mark.parametrize("name", ["regions.csv", "offerings.csv"])
def test_a_missing_file_is_refused(write, archive, name):
    (write() / "acme/list" / DAY / name).unlink()
    refused(archive, f"{DAY}/{name}", "missing")


@pytest.mark.parametrize("other_source", [True, False])
def test_listings_without_a_source_card_are_refused_and_not_passed_over(write, archive, other_source):
    write()
    (archive / "acme/list/source.toml").unlink()
    if other_source:
        write_source(archive, "acme", "other")
    with pytest.raises(ArchiveError, match=re.escape("list/source.toml: missing")):
        [gather(provider, [archive]) for provider in providers_in(archive)]


def test_a_missing_folder_is_refused(archive):
    with pytest.raises(ArchiveError, match=re.escape(f"{archive}: no such folder")):
        providers_in(archive)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('title = "T"\nevidence = "offering"\ncolour = "red"\n', "colour"),
        ('evidence = "offering"\n', "title"),
        ('title = "T"\n', "evidence"),
        ('title = "T"\nevidence = "hearsay"\n', "'hearsay'; it must be one of stock, offering, docs, price"),
        ('title = "T"\nevidence = "docs"\nsettled = "yes"\n', "settled"),
        ('title = "T"\nevidence = "docs"\nscope = 3\n', "scope"),
        ('title = "T\n', "line 1"),
        ("title = 'T\xff'\n".encode("latin-1"), "utf-8"),
    ],
)
def test_a_source_card_that_is_wrong_is_refused(write, archive, text, word):
    write()
    card = archive / "acme/list/source.toml"
    card.write_bytes(text if isinstance(text, bytes) else text.encode())
    refused(archive, str(card), word)


@pytest.mark.parametrize("scope", ["warp drives", ["all", "-warp drives"], "gpu, warp drives"])
def test_a_scope_that_names_nothing_is_refused(write, archive, scope):
    write()
    write_source(archive, "acme", "list", scope=scope)
    with pytest.raises(ArchiveError, match=r"acme/list/source\.toml: scope term 'warp drives'"):
        histories(gather("acme", [archive]))


def test_what_a_source_card_leaves_out_claims_as_little_as_possible(archive):
    card = read_card(write_source(archive, "acme", "list", evidence="docs") / "source.toml")
    assert (card.scope_terms, card.settled, card.regions_complete, card.positive_only) == (["all"], False, False, False)


def test_a_date_in_a_source_card_needs_no_quotes(archive):
    path = write_source(archive, "acme", "list") / "source.toml"
    path.write_text(path.read_text() + "retrieved = 2025-02-03\n")
    assert read_card(path).retrieved == "2025-02-03"


@pytest.mark.parametrize(
    ("regions", "offerings", "words"),
    [
        ("region_code,answered\none,true\none,false\n", OFFERINGS, ("regions.csv:2", "regions.csv:3", "answered")),
        (
            "region_code,answered,country_iso2\none,true,DE\ntwo,true,\none,true,FR\n",
            OFFERINGS,
            ("regions.csv:2", "regions.csv:4", "country_iso2 'DE' and 'FR'"),
        ),
        (
            REGIONS,
            "region_code,instance_type,accelerator_label,accelerator_count\none,x,A100,8\none,y,A100,8\none,x,A100,4\n",
            ("offerings.csv:2", "offerings.csv:4", "accelerator_count 8.0 and 4.0"),
        ),
    ],
)
def test_rows_that_contradict_each_other_are_refused_and_both_are_named(write, regions, offerings, words):
    refused(write(regions, offerings), *words)


def test_archives_that_contradict_each_other_are_refused_and_both_are_named(write, archive, tmp_path):
    write("region_code,answered,cloud_partition\none,true,china\n")
    archive.rename(tmp_path / "first")
    write("region_code,answered,cloud_partition\none,true,sovereign\n")
    with pytest.raises(ArchiveError, match=r"cloud_partition '(china|sovereign)' and '") as refusal:
        gather("acme", [tmp_path / "first", archive])
    assert f"{tmp_path}/first/acme/list/{DAY}/regions.csv:2" in str(refusal.value)
    assert f"{archive}/acme/list/{DAY}/regions.csv:2" in str(refusal.value)


LIMITS = [{"gone_regions": 0.5}, {"gone_pairs": 5}, {"gone_share": 0.5}]


@pytest.mark.parametrize(
    "stated", [{"evidence": "docs"}, {"settled": True}, {"scope": "gpu"}, {"positive_only": True}, *LIMITS]
)
def test_archives_that_state_a_source_differently_are_refused(write, tmp_path, stated):
    write_source(tmp_path / "other", "acme", "list", **stated)
    with pytest.raises(ArchiveError, match=r"acme/list: two archives state \w+ differently"):
        gather("acme", [write(), tmp_path / "other"])
