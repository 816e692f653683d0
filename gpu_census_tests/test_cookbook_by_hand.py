"""What the cookbook answers on a census of six clouds that is small enough to be worked out on paper."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gpu_census.home import Home
from gpu_census.reading import read_public
from gpu_census_tests.small_census import write_listing_files, write_source
from gpu_census_tests.test_cookbook import answer, published

H100 = {"instance_type": "h.huge", "accelerator_label": "H100", "accelerator_count": "8"}
A100 = {"instance_type": "a.large", "accelerator_label": "NVIDIA A100", "accelerator_count": "1"}
T4 = {"instance_type": "t.large", "accelerator_label": "T4", "accelerator_count": "1"}
TODAY = date(2025, 7, 1)


def listed(
    archive: Path, source: str, day: str, regions: dict[str, tuple[str, list[dict[str, str]]]], **card: Any
) -> None:
    """What a source (`provider/source`) lists on a day: region -> its country where none knows it, and offerings."""
    provider, name = source.split("/")
    write_source(archive, provider, name, **card)
    named = [{"region_code": code, "country_iso2": country} for code, (country, _) in regions.items()]
    offered = [{"region_code": code} | row for code, (_, rows) in regions.items() for row in rows]
    write_listing_files(archive, provider, name, day, regions=named, offerings=offered)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The census of 1 July 2025 of six small clouds."""
    folder = tmp_path_factory.mktemp("small")
    archive = folder / "archive"
    # a new cloud in Nairobi: first a T4, and an H100 between the 5th and the 9th of March
    for day, rows in {"03-01": [T4], "03-05": [T4], "03-09": [T4, H100], "03-10": [T4, H100]}.items():
        listed(archive, "nimbus/api", f"2025-{day}", {"one": ("KE", rows)})
    # AWS: an H100 with a price in both regions, and in the API in one region only
    offered = {"us-east-1": ("", [H100, T4]), "eu-central-1": ("", [A100])}
    listed(archive, "aws/api", "2025-06-20", offered, settled=True)
    listed(archive, "aws/api", "2024-10-01", {"us-east-1": ("", [T4]), "eu-central-1": ("", [A100])}, settled=True)
    dear, cheap = H100 | {"price": "96", "currency": "USD"}, H100 | {"price": "40", "currency": "USD"}
    priced = {
        "us-east-1": ("", [dear, dear | {"instance_type": "h.other", "price": "80"}]),
        "eu-central-1": ("", [cheap]),
    }
    listed(archive, "aws/prices", "2025-06-16", priced, evidence="price", settled=True)
    # Google in Johannesburg, Tencent in Frankfurt and Beijing, where it hides a label
    listed(archive, "google/zones", "2025-06-30", {"africa-south1": ("", [A100])}, evidence="docs", settled=True)
    masked = {"instance_type": "x.large", "accelerator_label": "Ampere"}
    offered = {"eu-frankfurt": ("", [A100]), "ap-beijing": ("", [masked, A100])}
    listed(archive, "tencent/docs", "2024-06-30", offered, evidence="docs", settled=True)
    # OVHcloud tells stock: eight in one machine here, four there, sold out elsewhere
    stock = {
        "eight": ("FR", [H100 | {"status": "available"}]),
        "four": ("FR", [H100 | {"status": "available", "accelerator_count": "4"}]),
        "none": ("FR", [H100 | {"status": "sold_out"}]),
    }
    listed(archive, "ovhcloud/stock", "2025-06-28", stock, evidence="stock", settled=True)
    return published(Home(folder / "home"), archive, TODAY)


def test_kenya_is_north_by_one_h100_and_the_t4_counts_less(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    day = date(2025, 3, 10)
    assert answer(small, 1, monkeypatch) == [
        (
            "north",
            "north",
            "north",
            "confirmed",
            "nimbus",
            "one",
            "H100",
            "confirmed",
            "offering",
            day,
            False,
            "training",
        ),
        (
            "north",
            "north",
            "north",
            "confirmed",
            "nimbus",
            "one",
            "T4",
            "confirmed",
            "offering",
            day,
            False,
            "inference",
        ),
    ]


def test_a_country_without_a_region_is_one_row_that_says_so(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(small, 1, monkeypatch, KE="NA") == [("desert",) * 3 + ("no_region",) + (None,) * 8]


def test_kenya_changed_twice_and_only_the_second_time_in_the_world(small: Home, monkeypatch) -> None:
    rows = answer(small, 2, monkeypatch, **{"2026-01-01": "2025-01-01"})
    kenya = [row[1:7] for row in rows if row[0] == "Kenya"]
    assert kenya == [
        ("desert", "north", date(2025, 3, 1), "coverage", "confirmed", None),
        ("desert", "north", date(2025, 3, 9), "real", "confirmed", date(2025, 3, 5)),
    ]


def test_the_h100_came_to_each_country_within_a_window(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {row[0]: row[1:] for row in answer(small, 3, monkeypatch)}
    assert rows["Kenya"] == (
        date(2025, 3, 5), date(2025, 3, 9), "nimbus", "one", "offering", True, date(2025, 3, 9)
    )  # fmt: skip
    # the price list names it first, in America as in Germany; in Germany nothing better ever did
    assert rows["United States"][:2] == (None, date(2025, 6, 16))
    assert rows["United States"][-1] == date(2025, 6, 20)
    assert rows["Germany"][1:4] == (date(2025, 6, 16), "aws", "eu-central-1")
    assert rows["Germany"][-1] is None


def test_deserts_are_weighed_by_people(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "SELECT country_iso2, population FROM reference.country WHERE in_count_universe"
    people = {country: number or 0 for country, number in read_public(small, query).rows}
    world = next(row for row in answer(small, 4, monkeypatch) if row[0] == "world")
    # Tencent's evidence is a year old: it counts for Germany and China, but not for certain
    counted = {"KE", "US", "DE", "ZA", "CN", "FR"}
    assert world[1:4] == (199, 199 - len(counted), sum(people.values()))
    expected = 100 * (1 - sum(people[country] for country in counted) / sum(people.values()))
    assert world[4] == pytest.approx(expected, abs=0.05)
    certain = 100 * (1 - sum(people[country] for country in counted - {"CN"}) / sum(people.values()))
    assert world[6] == pytest.approx(certain, abs=0.05)


def test_kenya_hangs_on_one_region_and_germany_on_no_one_company(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {row[0]: row[1:] for row in answer(small, 7, monkeypatch)}
    assert rows["Kenya"] == (1, ["nimbus"], True, True, True)
    assert rows["France"] == (3, ["ovhcloud"], True, False, True)
    assert "Germany" not in rows
    assert rows["China"] == (1, ["tencent"], True, True, False)


def test_beijing_lists_a_chip_that_the_rule_of_october_2023_covered(small: Home, monkeypatch) -> None:
    rows = answer(small, 11, monkeypatch)
    assert {(*row[:6], *row[6]) for row in rows} == {
        ("CN", "tencent", "ap-beijing", "A100", date(2024, 6, 30), False, "docs")
    }
    assert ("BIS rule of 17 October 2023", "presumption_of_denial") in {row[7:9] for row in rows}
    assert not [row for row in rows if "2026" in row[7]]


def test_tencent_has_training_chips_outside_the_mainland_in_frankfurt(small: Home, monkeypatch) -> None:
    assert answer(small, 12, monkeypatch) == [("Germany", "tencent", "eu-frankfurt", ["A100"], ["NVIDIA"], False)]


def test_one_masked_label_is_on_sale_in_the_mainland(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    day = date(2024, 6, 30)
    assert answer(small, 13, monkeypatch) == [("tencent", "Ampere", 1, day, day)]


def test_an_h100_is_cheapest_by_the_chip_and_a_contradicted_price_is_no_offer(small: Home, monkeypatch) -> None:
    """80 dollars for eight is 10 an hour; the 40 in Germany are for what the API there does not list."""
    assert [row[:6] for row in answer(small, 14, monkeypatch)] == [
        ("United States", 10.0, "aws", "us-east-1", "h.other", 8.0)
    ]


def test_only_a_machine_of_eight_that_is_in_stock_is_found(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    day = date(2025, 6, 28)
    assert answer(small, 15, monkeypatch) == [("France", "ovhcloud", "FR", "eight", "h.huge", 8.0, day, 3)]


def test_johannesburg_is_the_nearest_known_place_to_nairobi(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nimbus is in Nairobi itself, but where its region is nobody has looked up. Spherical law of cosines."""
    found = answer(small, 16, monkeypatch)
    assert found[0][1:5] == ("google", "africa-south1", "Johannesburg", ["A100"])
    query = "SELECT latitude, longitude FROM region WHERE region_code = 'africa-south1'"
    (place,) = read_public(small, query).rows
    north, south = math.radians(-1.286), math.radians(place[0])
    angle = math.acos(
        math.sin(north) * math.sin(south)
        + math.cos(north) * math.cos(south) * math.cos(math.radians(place[1] - 36.817))
    )
    assert found[0][0] == pytest.approx(6371 * angle, abs=1)
    assert "nimbus" not in {row[1] for row in found}


def test_aws_prices_in_frankfurt_what_it_does_not_offer_there(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row for row in answer(small, 18, monkeypatch) if row[6]]
    assert [(row[:4], row[5]) for row in rows] == [(("aws", "H100", "DE", "eu-central-1"), 0.4)]
    assert rows[0][4] == date(2025, 6, 20)


def test_the_words_behind_a_cell_are_the_providers_own(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = answer(small, 20, monkeypatch, BR="ZA")
    assert [row[:9] for row in rows] == [
        (
            "google",
            "africa-south1",
            "a.large",
            "NVIDIA A100",
            "offered",
            "confirmed",
            "docs",
            ["zones"],
            date(2025, 6, 30),
        )
    ]


def test_germany_rests_on_stale_evidence_by_tencent_but_not_altogether(small: Home, monkeypatch) -> None:
    rows = {row[0]: row[1:] for row in answer(small, 21, monkeypatch)}
    assert rows["all together"] == (6, 1, pytest.approx(16.7))
    assert rows["tencent"] == (2, 2, 100.0)
    assert rows["aws"] == (2, 0, 0.0)
    assert rows["nimbus"] == (1, 0, 0.0)


def test_each_source_has_the_age_of_what_is_used_of_it(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ages = {row[:2]: row[7] for row in answer(small, 23, monkeypatch)}
    assert ages == {
        ("tencent", "docs"): 366,
        ("nimbus", "api"): 113,
        ("aws", "prices"): 15,
        ("aws", "api"): 11,
        ("ovhcloud", "stock"): 3,
        ("google", "zones"): 1,
    }


def test_my_own_countries_get_their_tiers_and_an_unknown_code_gets_none(small: Home, monkeypatch) -> None:
    rows = sorted(answer(small, 24, monkeypatch))
    assert [row[:3] for row in rows] == [
        ("KEN", "Kenya", "north"),
        ("NAM", "Namibia", "desert"),
        ("ZZZ", "Nowhere", None),
    ]


def test_the_night_says_what_was_published(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    extended = [row for row in answer(small, 25, monkeypatch) if row[1] == "extended"]
    assert extended == [(TODAY, "extended", 6, 5, 6)]
