"""Rows of an archive: which are set aside and why, which cells mean what, and which odd bytes are read all the same.

A well-formed row that is wrong by itself goes to quarantine and the rest of the listing stands (DESIGN 3.3). What
stops a refresh is tested in `test_archive_reading.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from gpu_census.census.history import histories
from gpu_census.census.listing import KEY, OFFERING_KEY, ProviderListing, gather
from gpu_census.census.schemas import ListedRegion, Listing
from gpu_census_tests.small_census import write_source
from gpu_census_tests.test_archive_reading import OFFERINGS, REGIONS, write_listing

DUPLICATE = "exact duplicate of an earlier row of the file"
NOT_ANSWERED = "its region is not answered for in regions.csv, so the row is no complete observation"
Read = Callable[..., ProviderListing]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write one listing as it stands and gather it."""
    return lambda *told: gather("acme", [write_listing(tmp_path / "archive", *told)])


def offerings(column: str, cells: dict[str, str]) -> str:
    """An offerings.csv of region `one`: one instance type for each cell of a column, and an A100 in it."""
    header = f"region_code,instance_type,accelerator_label,{column}"
    return "\n".join([header, *(f"one,{name},A100,{cell}" for name, cell in cells.items())]) + "\n"


def set_aside(listing: ProviderListing) -> list[tuple[str, str]]:
    """Where each quarantined row was, without the folders, and why; by file and line."""
    rows = listing.quarantine.select("place", "reason").rows()
    return sorted((place.rpartition("/")[2], reason) for place, reason in rows)


def types(listing: ProviderListing) -> list[str]:
    return sorted(listing.offerings["instance_type"])


def test_an_exact_duplicate_is_set_aside_and_stands_once(read):
    lines = "region_code,instance_type,accelerator_label,accelerator_count\n" + "one,x,A100,8\n" * 3
    listing = read("region_code,answered\none,true\none,true\n", lines)
    places = ("offerings.csv:3", "offerings.csv:4", "regions.csv:3")
    assert set_aside(listing) == [(place, DUPLICATE) for place in places]
    assert (types(listing), listing.regions.height) == (["x"], 1)


def test_rows_that_differ_in_spaces_or_defaults_only_are_duplicates(read):
    listing = read(REGIONS, offerings("status", {"x": "", " x ": "offered", "y": "available"}))
    assert set_aside(listing) == [("offerings.csv:3", DUPLICATE)]
    assert types(listing) == ["x", "y"]


def test_the_same_archive_read_twice_is_read_once(tmp_path):
    archive = write_listing(tmp_path / "archive", offerings=offerings("accelerator_count", {"x": "8", "y": "many"}))
    once, twice = gather("acme", [archive]), gather("acme", [archive, archive])
    for name in ("sources", "observations", "regions", "offerings", "quarantine"):
        assert getattr(twice, name).equals(getattr(once, name)), name


def test_a_count_that_is_no_positive_number_is_set_aside(read):
    counts = {"a": "eight", "b": "0", "c": "-1", "d": "nan", "e": "0.125", "f": "16", "g": ""}
    listing = read(REGIONS, offerings("accelerator_count", counts))
    found = dict(listing.offerings.select("instance_type", "accelerator_count").rows())
    assert found == {"e": 0.125, "f": 16.0, "g": None}
    assert [place for place, _ in set_aside(listing)] == [f"offerings.csv:{line}" for line in (2, 3, 4, 5)]
    assert set_aside(listing)[0][1] == "accelerator_count eight is not a number"


def test_presence_never_depends_on_a_price(read):
    prices = {"a": "0", "b": "on request", "c": "-1", "d": "inf", "e": "2.5", "f": ""}
    listing = read(REGIONS, offerings("price", prices))
    found = dict(listing.offerings.select("instance_type", "price").rows())
    assert found == {"a": None, "b": None, "c": None, "d": None, "e": 2.5, "f": None}
    assert set_aside(listing) == []


def test_what_is_listed_in_an_unanswered_or_unnamed_region_is_set_aside(read):
    told = "region_code,instance_type,accelerator_label\none,x,A100\ntwo,x,A100\nthree,x,A100\n"
    listing = read("region_code,answered\none,true\ntwo,false\n", told)
    assert listing.offerings["region_code"].to_list() == ["one"]
    assert set_aside(listing) == [("offerings.csv:3", NOT_ANSWERED), ("offerings.csv:4", NOT_ANSWERED)]
    assert dict(listing.regions.select("region_code", "answered").rows()) == {"one": True, "two": False}


@pytest.mark.parametrize(
    ("told", "faults"),
    [
        ("one,,A100,offered\n", "instance_type empty"),
        ("one,y,,offered\n", "accelerator_label empty"),
        (",y,A100,offered\n", "region_code empty"),
        ("one,y,A100,perhaps\n", "status perhaps"),
        ("one,y\n", "accelerator_label empty"),  # a line that breaks off
    ],
)
def test_a_row_without_its_required_cells_or_with_an_unknown_word_is_set_aside(read, told, faults):
    header = "region_code,instance_type,accelerator_label,status\n"
    listing = read(REGIONS, header + "one,x,A100,offered\n" + told)
    assert types(listing) == ["x"]
    [(place, reason)] = set_aside(listing)
    assert place == "offerings.csv:3"
    assert faults in reason


def test_a_row_with_two_faults_is_set_aside_once_with_both_reasons(read):
    listing = read(
        REGIONS, "region_code,instance_type,accelerator_label,accelerator_count,status\none,x,A100,many,no\n"
    )
    [(place, reason)] = set_aside(listing)
    assert place == "offerings.csv:2"
    assert "accelerator_count many is not a number" in reason
    assert "status no fails" in reason


def test_a_quarantined_row_is_kept_as_it_was(read):
    listing = read(REGIONS, offerings("status", {'"x ""<b>"", y"': "perhaps"}))
    kept = json.loads(listing.quarantine["row_text"][0])
    assert (kept["instance_type"], kept["status"]) == ('x "<b>", y', "perhaps")
    row = listing.quarantine.select("provider", "source", "census_date", "region_code").row(0)
    assert row == ("acme", "list", date(2025, 1, 1), "one")


def test_a_region_whose_row_is_set_aside_is_not_taken_for_left_out(tmp_path):
    """Two complete, settled lists; in the later one the partition of `one` is misspelt. Nobody said that it is gone."""
    archive = tmp_path / "archive"
    write_listing(archive, "region_code,cloud_partition,answered\none,,true\ntwo,,true\n")
    write_listing(archive, "region_code,cloud_partition,answered\none,pubic,true\ntwo,,true\n", day="2025-02-01")
    write_source(archive, "acme", "list", regions_complete=True, settled=True)
    found = histories(gather("acme", [archive]))
    assert found.quarantine["region_code"].to_list() == ["one", "one"]  # the region, and what is listed in it
    assert found.region_history["valid_to"].to_list() == [None, None]
    assert found.offering_history["valid_to"].to_list() == [None]


@pytest.mark.parametrize(
    ("regions", "offerings"),
    [
        (REGIONS, OFFERINGS),
        (
            "answered,region_code,region_name,country_iso2,cloud_partition\nTRUE,one,,,\n",
            "currency,region_code,zone,instance_type,service,accelerator_label,accelerator_count,status,price\n"
            ",one,,x,,A100,,,\n",
        ),
        ("region_code,answered\n one , True\n", 'region_code,instance_type,accelerator_label\n one ," x ",A100 \n'),
    ],
)
def test_absent_and_empty_cells_mean_the_defaults_and_spaces_around_cells_nothing(read, regions, offerings):
    listing = read(regions, offerings)
    assert listing.regions.rows() == [("acme", "list", date(2025, 1, 1), "one", None, None, "public", True)]
    found = listing.offerings.drop("payload_sha256").rows()
    assert found == [("acme", "list", date(2025, 1, 1), "one", "", "x", "", "A100", None, "offered", None, None)]
    assert set_aside(listing) == []


def test_byte_order_marks_and_both_line_ends_are_read_in_one_archive(tmp_path):
    """Three listings with one header: plain, as a spreadsheet saves it, and without an end of the last line."""
    archive = tmp_path / "archive"
    write_listing(archive)
    marked = [b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for text in (REGIONS, OFFERINGS)]
    write_listing(archive, *marked, day="2025-01-02")
    write_listing(archive, REGIONS.rstrip(), OFFERINGS.rstrip(), day="2025-01-03")
    listing = gather("acme", [archive])
    days = [date(2025, 1, number) for number in (1, 2, 3)]
    assert listing.regions.select("census_date", "region_code").rows() == [(day, "one") for day in days]
    assert listing.offerings.select("census_date", "accelerator_label").rows() == [(day, "A100") for day in days]


def test_quoted_commas_and_quotes_are_part_of_a_cell(read):
    listing = read('"region_code","answered",region_name\none,true,"Berlin, ""Mitte"""\n')
    assert listing.regions["region_name"].to_list() == ['Berlin, "Mitte"']


def test_blank_lines_are_no_rows(read):
    listing = read(REGIONS + "\n", OFFERINGS + "\n\none,y,A100\n\n")
    assert types(listing) == ["x", "y"]
    assert set_aside(listing) == []


def test_a_header_alone_says_that_nothing_was_listed(read):
    listing = read(REGIONS, OFFERINGS.splitlines()[0])
    assert listing.offerings.height == 0
    assert listing.observations.select("census_date", "listed").rows() == [(date(2025, 1, 1), 0)]


def test_the_archive_may_stand_in_a_folder_of_any_name(tmp_path):
    archive = write_listing(tmp_path / "a #1? [b]*%20 é 云")
    listing = gather("acme", [archive])
    assert listing.offerings.select("provider", "source", "region_code").rows() == [("acme", "list", "one")]


def test_an_accelerator_nobody_knows_is_kept_as_unknown_and_new(read):
    listing = read(REGIONS, "region_code,instance_type,accelerator_label\none,x,Warp Drive 9\none,y,A100\n")
    found = histories(listing).offering_history.select("accelerator_label", "accelerator_model", "resolution").rows()
    assert sorted(found) == [("A100", "A100", "model"), ("Warp Drive 9", "unknown", "new")]
    assert set_aside(listing) == []


@pytest.mark.parametrize("answered", [("true", "false"), ("false", "true")])
def test_a_region_named_by_its_code_and_by_another_name_is_answered_if_either_is(tmp_path, answered):
    """`West Europe` is Azure's display name of westeurope."""
    archive = tmp_path / "archive"
    regions = "region_code,answered\n" + "".join(
        f"{name},{answer}\n" for name, answer in zip(("West Europe", "westeurope"), answered, strict=True)
    )
    name = "West Europe" if answered[0] == "true" else "westeurope"
    write_listing(archive, regions, OFFERINGS.replace("one", name))
    (archive / "acme").rename(archive / "azure")
    found = histories(gather("azure", [archive]))
    assert found.offering_history["region_code"].to_list() == ["westeurope"]
    assert found.observation.select("asked", "answered", "regions").rows() == [(1, 1, 1)]


def test_what_a_row_must_look_like_is_the_same_after_rows_were_set_aside(read):
    keys = [list(model.to_schema().unique) for model in (ListedRegion, Listing)]
    read("region_code,answered\none,true\none,true\n", offerings("status", {"x": "wild", "y": ""}))
    assert [model.to_schema().unique for model in (ListedRegion, Listing)] == keys == [[*KEY], [*OFFERING_KEY]]
