"""A made-up archive of two providers, whose census was worked out by hand, at five dates.

`aws` with regions that the reference table knows, and `nimbus`, which it does not know. What the files say:

    aws/list     offering, settled    2024-01-10  eu-central-1 A100 T4    us-east-1 V100 H100    af-south-1 nothing
                                      2024-06-10  eu-central-1 T4         us-east-1 H100         af-south-1 T4
    aws/prices   price, settled       2024-06-05  eu-central-1 A100 T4    us-east-1 H100         af-south-1 T4 V100
                                      2024-06-15  the same, and us-east-1 A100
    nimbus/menu  docs, settled, regions complete
                                      2024-02-01  lagos-1 T4   berlin-1 V100   adrift-1 V100 (no country)
                                                  nairobi-1 not answered
                                      2024-08-01  the same without berlin-1
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path

import duckdb
import pytest

from gpu_census_tests.small_census import census_of, write_listing_files, write_source

LISTED = {
    ("aws", "list", "2024-01-10"): {"eu-central-1": "A100 T4", "us-east-1": "V100 H100", "af-south-1": ""},
    ("aws", "list", "2024-06-10"): {"eu-central-1": "T4", "us-east-1": "H100", "af-south-1": "T4"},
    ("aws", "prices", "2024-06-05"): {"eu-central-1": "A100 T4", "us-east-1": "H100", "af-south-1": "T4 V100"},
    ("aws", "prices", "2024-06-15"): {"eu-central-1": "A100 T4", "us-east-1": "H100 A100", "af-south-1": "T4 V100"},
    ("nimbus", "menu", "2024-02-01"): {"lagos-1": "T4", "berlin-1": "V100", "adrift-1": "V100", "nairobi-1": None},
    ("nimbus", "menu", "2024-08-01"): {"lagos-1": "T4", "adrift-1": "V100", "nairobi-1": None},
}
COUNTRY = {"lagos-1": "NG", "berlin-1": "DE", "nairobi-1": "KE"}
CENSUS_DATE = date(2024, 6, 20)
# a census says nothing of how evidence ages after it: a later day needs a later census
LATER = "2025-03-01"

# profile, country: regions, gpu_regions and its bounds, metros, providers, V100, A100, H100 regions
CENSUS = {
    # eu-central-1 lists the A100 still; the T4 is in no class of the paper. Frankfurt is one region of one provider.
    ("2024-01-10", "paper2024", "DE"): (1, 1, 1, 1, 1, 1, 0, 1, 0),
    ("2024-01-10", "paper2024", "US"): (1, 1, 1, 1, 1, 1, 1, 0, 1),
    ("2024-01-10", "paper2024", "ZA"): (1, 0, 0, 0, 0, 0, 0, 0, 0),  # answered: nothing there
    ("2024-01-10", "extended", "NG"): (0, 0, 0, 0, 0, 0, 0, 0, 0),  # nimbus is first seen in February
    # The list of June has lost the A100, which the price of 5 June still names: contradicted, at most.
    ("2024-06-20", "paper2024", "DE"): (1, 0, 0, 1, 0, 0, 0, 0, 0),
    # The A100 has a price since 15 June, after the list of 10 June: priced only, and the paper counts prices.
    ("2024-06-20", "paper2024", "US"): (1, 1, 1, 1, 1, 1, 0, 1, 1),
    ("2024-06-20", "extended", "US"): (1, 1, 1, 1, 1, 1, 0, 0, 1),
    ("2024-06-20", "paper2024", "ZA"): (1, 0, 0, 1, 0, 0, 0, 0, 0),  # V100 contradicted, T4 not counted
    ("2024-06-20", "extended", "ZA"): (1, 1, 1, 1, 1, 1, 0, 0, 0),  # T4 confirmed
    # T4 in Frankfurt by aws, V100 in berlin-1 by nimbus: two metros, two providers.
    ("2024-06-20", "extended", "DE"): (2, 2, 2, 2, 2, 2, 1, 0, 0),
    ("2024-06-20", "followup2025", "DE"): (1, 1, 1, 1, 1, 1, 0, 0, 0),  # without nimbus
    ("2024-06-20", "extended", "NG"): (1, 1, 1, 1, 1, 1, 0, 0, 0),
    ("2024-06-20", "paper2024", "NG"): (0, 0, 0, 0, 0, 0, 0, 0, 0),
    ("2024-06-20", "extended", "KE"): (1, 0, 0, 1, 0, 0, 0, 0, 0),  # never answered
    ("2024-08-01", "extended", "DE"): (1, 1, 1, 1, 1, 1, 0, 0, 0),  # the complete list leaves berlin-1 out
    # 1 March 2025: the list is 264 days old, the prices 259, the menu 212. All is stale: nothing is certain.
    ("2025-03-01", "extended", "DE"): (1, 1, 0, 1, 1, 1, 0, 0, 0),
    ("2025-03-01", "paper2024", "US"): (1, 1, 0, 1, 1, 1, 0, 1, 1),
    ("2025-03-01", "extended", "NG"): (1, 1, 0, 1, 1, 1, 0, 0, 0),
}

# tier, at least, at most, at most with what the provider lists elsewhere, deciding finding
TIERS = {
    # Known to be open (since 2014), observed by nobody, and no cloud has listed anything that could be there.
    ("2024-01-09", "paper2024", "DE"): ("desert", "desert", "desert", "desert", "not_observed"),
    ("2024-01-10", "paper2024", "DE"): ("north", "north", "north", "north", "confirmed"),
    ("2024-01-10", "paper2024", "ZA"): ("desert", "desert", "desert", "desert", "not_listed"),
    ("2024-01-10", "extended", "NG"): ("desert", "desert", "desert", "desert", "no_region"),
    ("2024-06-09", "paper2024", "DE"): ("north", "north", "north", "north", "confirmed"),  # still the list of January
    ("2024-06-20", "paper2024", "DE"): ("desert", "desert", "north", "north", "contradicted"),
    ("2024-06-20", "paper2024", "US"): ("north", "north", "north", "north", "confirmed"),
    ("2024-06-20", "paper2024", "ZA"): ("desert", "desert", "south", "south", "contradicted"),
    ("2024-06-20", "extended", "DE"): ("south", "south", "north", "north", "confirmed"),
    ("2024-06-20", "extended", "ZA"): ("south", "south", "south", "south", "confirmed"),
    ("2024-06-20", "extended", "NG"): ("south", "south", "south", "south", "confirmed"),
    # Some cloud lists an H100, nimbus itself nothing better than a V100.
    ("2024-06-20", "extended", "KE"): ("desert", "desert", "north", "south", "not_observed"),
    ("2024-06-20", "paper2024", "KE"): ("desert", "desert", "desert", "desert", "no_region"),
    ("2025-03-01", "extended", "NG"): ("south", "desert", "north", "south", "confirmed"),
    ("2025-03-01", "extended", "ZA"): ("south", "desert", "north", "north", "confirmed"),
    ("2025-03-01", "paper2024", "US"): ("north", "desert", "north", "north", "confirmed"),
}

# provider, region, model: finding, evidence, sources, evidence date, stale
FINDINGS = {
    "2024-06-09": {
        ("aws", "eu-central-1", "A100"): ("confirmed", "offering", ["list", "prices"], date(2024, 1, 10), False),
        ("aws", "us-east-1", "V100"): ("confirmed", "offering", ["list"], date(2024, 1, 10), False),
        # Five days before the list of 10 June: the price of 5 June comes after the list of January.
        ("aws", "af-south-1", "T4"): ("priced_only", "price", ["prices"], date(2024, 6, 5), False),
        ("aws", "af-south-1", "V100"): ("priced_only", "price", ["prices"], date(2024, 6, 5), False),
    },
    "2024-06-20": {
        ("aws", "eu-central-1", "A100"): ("contradicted", "price", ["prices"], date(2024, 6, 15), False),
        ("aws", "eu-central-1", "T4"): ("confirmed", "offering", ["list", "prices"], date(2024, 6, 10), False),
        ("aws", "us-east-1", "A100"): ("priced_only", "price", ["prices"], date(2024, 6, 15), False),
        ("aws", "us-east-1", "H100"): ("confirmed", "offering", ["list", "prices"], date(2024, 6, 10), False),
        ("aws", "af-south-1", "V100"): ("contradicted", "price", ["prices"], date(2024, 6, 15), False),
        ("nimbus", "lagos-1", "T4"): ("confirmed", "docs", ["menu"], date(2024, 2, 1), False),
        ("nimbus", "nairobi-1", ""): ("not_observed", None, [], None, False),
    },
    "2025-03-01": {
        ("aws", "us-east-1", "H100"): ("confirmed", "offering", ["list", "prices"], date(2024, 6, 10), True),
        ("nimbus", "adrift-1", "V100"): ("confirmed", "docs", ["menu"], date(2024, 8, 1), True),
    },
}


@pytest.fixture(scope="module")
def census(archive: Path) -> duckdb.DuckDBPyConnection:
    return census_of([archive], CENSUS_DATE)


@pytest.fixture(scope="module")
def censuses(archive: Path, census: duckdb.DuckDBPyConnection) -> dict[str, duckdb.DuckDBPyConnection]:
    """The census to ask, by day."""
    later = census_of([archive], date.fromisoformat(LATER))
    return defaultdict(lambda: census, {LATER: later})


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = tmp_path_factory.mktemp("archive")
    write_source(archive, "aws", "list", evidence="offering", settled=True)
    write_source(archive, "aws", "prices", evidence="price", settled=True)
    write_source(archive, "nimbus", "menu", evidence="docs", settled=True, regions_complete=True)
    for place, told in LISTED.items():
        _write(archive, place, told)
    return archive


def _write(archive: Path, place: tuple[str, str, str], told: dict[str, str | None]) -> None:
    regions = [
        {"region_code": code, "country_iso2": COUNTRY.get(code, ""), "answered": str(models is not None).lower()}
        for code, models in told.items()
    ]
    offerings = [
        {"region_code": code, "instance_type": f"{model}.large", "accelerator_label": model}
        for code, models in told.items()
        for model in (models or "").split()
    ]
    write_listing_files(archive, *place, regions=regions, offerings=offerings)


@pytest.mark.parametrize("day", sorted({place[0] for place in CENSUS}))
def test_the_country_census_is_as_worked_out_by_hand(censuses, day):
    columns = "regions, gpu_regions, gpu_regions_at_least, gpu_regions_at_most, gpu_metros, gpu_providers"
    columns += ", v100_regions, a100_regions, h100_regions"
    found = _by_place(
        censuses[day], day, f"SELECT profile, country_iso2, {columns} FROM country_census_as_of(DATE '{day}')"
    )
    assert {place: found[place] for place in CENSUS if place[0] == day} == _of_day(CENSUS, day)


@pytest.mark.parametrize("day", sorted({place[0] for place in TIERS}))
def test_the_tiers_and_their_bounds_are_as_worked_out_by_hand(censuses, day):
    columns = "tier, tier_at_least, tier_at_most, tier_at_most_fleet, deciding_finding"
    found = _by_place(
        censuses[day], day, f"SELECT profile, country_iso2, {columns} FROM compute_tier_as_of(DATE '{day}')"
    )
    assert {place: found[place] for place in TIERS if place[0] == day} == _of_day(TIERS, day)


def _by_place(census, day: str, query: str) -> dict[tuple[str, ...], tuple]:
    return {(day, *row[:2]): row[2:] for row in census.execute(query).fetchall()}


def _of_day(expected: dict[tuple[str, ...], tuple], day: str) -> dict[tuple[str, ...], tuple]:
    return {place: row for place, row in expected.items() if place[0] == day}


@pytest.mark.parametrize("day", FINDINGS)
def test_the_findings_are_as_worked_out_by_hand(censuses, day):
    place = "provider, region_code, accelerator_model"
    query = f"SELECT {place}, finding, evidence, sources, evidence_on, stale FROM finding_as_of(DATE '{day}')"
    found = {row[:3]: row[3:] for row in censuses[day].execute(query).fetchall()}
    assert {place: found.get(place) for place in FINDINGS[day]} == FINDINGS[day]


def test_on_the_census_date_there_are_these_findings_and_no_others(census):
    found = census.execute("SELECT region_code, accelerator_model FROM finding ORDER BY ALL").fetchall()
    assert found == [
        *[("adrift-1", "V100"), ("af-south-1", "T4"), ("af-south-1", "V100"), ("berlin-1", "V100")],
        *[("eu-central-1", "A100"), ("eu-central-1", "T4"), ("lagos-1", "T4"), ("nairobi-1", "")],
        *[("us-east-1", "A100"), ("us-east-1", "H100")],
    ]


def test_a_country_without_a_region_has_a_row_of_zeros(census):
    found = census.execute("FROM country_census WHERE country_iso2 = 'AR' AND profile = 'extended'").fetchall()
    assert found == [(CENSUS_DATE, "extended", "AR", "Argentina", *([0] * 11))]


def test_a_region_in_no_known_country_counts_for_its_provider_alone(census):
    assert census.execute("SELECT provider, region_code, first_seen_on FROM unlocated_region").fetchall() == [
        ("nimbus", "adrift-1", date(2024, 2, 1))
    ]
    found = "SELECT regions, gpu_regions, countries FROM provider_census WHERE provider = 'nimbus'"
    # lagos-1, berlin-1, adrift-1 and nairobi-1; accelerators in the first three; Nigeria, Germany, Kenya
    assert census.execute(found).fetchall() == [(4, 3, 3)]
    total = census.execute("SELECT sum(regions) FROM country_census WHERE profile = 'extended'").fetchall()
    assert total == [(6,)]  # three of aws and three of nimbus


def test_each_listing_by_itself_is_as_written(census):
    columns = "regions, countries, accelerator_regions, v100_regions, a100_regions, h100_regions"
    found = census.execute(
        f"SELECT provider, source, census_date, {columns} FROM listing_census ORDER BY ALL"
    ).fetchall()
    assert [(*row[:2], row[2].isoformat(), *row[3:]) for row in found] == [
        ("aws", "list", "2024-01-10", 3, 3, 2, 1, 1, 1),
        ("aws", "list", "2024-06-10", 3, 3, 3, 0, 0, 1),
        ("aws", "prices", "2024-06-05", 3, 3, 3, 1, 1, 1),
        ("aws", "prices", "2024-06-15", 3, 3, 3, 1, 2, 1),
        ("nimbus", "menu", "2024-02-01", 4, 3, 3, 2, 0, 0),
    ]  # the menu of August is later than the census date


def test_the_newest_listing_of_each_source_says_how_much_was_answered(census):
    found = census.execute(
        "SELECT source, asked, answered, complete, carried_from, rows FROM source_coverage ORDER BY ALL"
    )
    assert found.fetchall() == [
        ("list", 3, 3, True, date(2024, 6, 10), 3),
        ("menu", 4, 3, False, date(2024, 2, 1), 3),
        ("prices", 3, 3, True, date(2024, 6, 15), 6),
    ]


def test_the_providers_asked_are_those_that_answered_by_the_date(census):
    query = "SELECT DISTINCT profile, providers_asked FROM compute_tier_as_of(DATE '{}') ORDER BY ALL"
    assert census.execute(query.format("2024-01-10")).fetchall() == [
        ("extended", 1),
        ("followup2025", 1),
        ("paper2024", 1),
    ]
    assert census.execute(query.format("2024-06-20")).fetchall() == [
        ("extended", 2),
        ("followup2025", 1),
        ("paper2024", 1),
    ]
