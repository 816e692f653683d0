"""Each variant of `tier_sensitivity` changes the countries it is about, and no others.

One made-up listing per country; what each is for is told beside it. A country whose listing the two older profiles do
not count differs under these as well, and is named there.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gpu_census.home import BUNDLED_ARCHIVE
from gpu_census.reference.profiles import profile_table
from gpu_census.reference.tables import reference_table
from gpu_census_tests.small_census import census_of, write_listing_files, write_source

DAY = date(2026, 11, 20)
TIERS = {"north", "south", "desert"}
# (provider, region, country) to (label, other cells); regions are real ones where the reference table must know them
LISTED: dict[tuple[str, str, str], tuple[str, dict[str, Any]]] = {
    ("aws", "us-east-1", "US"): ("A100", {}),
    ("aws", "ap-northeast-1", "JP"): ("H200", {}),  # training, but not in the 2024 basket
    ("aws", "sa-east-1", "BR"): ("V100", {}),  # the 2025 basket counts nothing older than 2018
    ("aws", "ap-east-1", "HK"): ("A100", {}),  # China itself lists nothing here
    ("aws", "eu-west-3", "FR"): ("A100", {"service": "sagemaker"}),
    ("aws", "eu-central-1", "DE"): ("A100", {"status": "by_request"}),
    ("azure", "norwaywest", "NO"): ("A100", {}),  # a region of restricted access
    ("aws", "eu-west-1", "IE"): ("A100", {"accelerator_count": 0.5}),
    ("aws", "eu-west-2", "GB"): ("Trainium1", {}),  # sold for training, below the threshold; not Nvidia's
    ("aws", "me-south-1", "BH"): ("A100", {}),  # impaired since March 2026
    ("alibaba", "me-central-1", "SA"): ("A100", {}),  # run by a partner: a partition of the headline profile alone
}
EXPECTED = {
    "extended": set(),
    "paper2024": {"JP", "GB", "SA"},
    "followup2025": {"BR", "GB", "SA"},
    "price": {"FI"},
    "docs": set(),
    "offering": {"SE"},
    "china_sars": {"CN", "MO"},
    "un_m49": {"CN", "MO", "TW"},
    "managed_services": {"FR"},
    "by_request_and_restricted": {"DE", "NO"},
    "fractions": {"IE"},
    "training_light": {"GB"},
    "without_impaired": {"BH"},
    "own_operator": {"SA"},
}


def listing(archive: Path, source: str, listed: dict[tuple[str, str, str], tuple[str, dict[str, Any]]], level: str):
    """One dated listing for each provider, of what is listed."""
    for provider in {place[0] for place in listed}:
        write_source(archive, provider, source, evidence=level, settled=True)
        told = {place: one for place, one in listed.items() if place[0] == provider}
        regions = [{"region_code": code, "country_iso2": country} for _, code, country in told]
        offerings = [
            {"region_code": code, "instance_type": f"type of {label}", "accelerator_label": label} | cells
            for (_, code, _), (label, cells) in told.items()
            if label
        ]
        write_listing_files(archive, provider, source, str(DAY), regions=regions, offerings=offerings)


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    archive = tmp_path_factory.mktemp("archive")
    listing(archive, "offers", LISTED | {("aws", "cn-north-1", "CN"): ("", {})}, "offering")
    listing(archive, "documents", {("aws", "eu-north-1", "SE"): ("A100", {})}, "docs")
    # only a price says so, of a cloud that no older profile counts; and a price that a better source contradicts
    listing(archive, "prices", {("acme", "north", "FI"): ("A100", {}), ("acme", "south", "IS"): ("A100", {})}, "price")
    listing(archive, "offers", {("acme", "south", "IS"): ("", {})}, "offering")
    return census_of([archive], DAY, only=["tier_sensitivity", "compute_tier"])


def differing(census: duckdb.DuckDBPyConnection, variant: str) -> set[str]:
    query = "SELECT country_iso2 FROM tier_sensitivity WHERE variant = ? AND differs"
    return {country for (country,) in census.execute(query, [variant]).fetchall()}


def test_every_variant_has_a_row_for_every_country(census):
    found = census.execute("SELECT variant, count(*), count(DISTINCT country_iso2) FROM tier_sensitivity GROUP BY ALL")
    assert set(found.fetchall()) == {(variant, 250, 250) for variant in EXPECTED}


@pytest.mark.parametrize("variant", EXPECTED)
def test_a_variant_changes_the_countries_it_is_about_and_no_others(census, variant):
    assert differing(census, variant) == EXPECTED[variant]


@pytest.mark.parametrize(
    ("variant", "country", "base", "tier"),
    [
        ("paper2024", "JP", "north", "desert"),
        ("followup2025", "BR", "south", "desert"),
        ("followup2025", "GB", "south", "north"),
        ("price", "FI", "desert", "north"),
        ("price", "IS", "desert", "desert"),
        ("offering", "SE", "north", "desert"),
        ("china_sars", "CN", "desert", "north"),
        ("china_sars", "HK", "north", "north"),
        ("un_m49", "TW", "desert", "north"),
        ("managed_services", "FR", "desert", "north"),
        ("by_request_and_restricted", "DE", "desert", "north"),
        ("fractions", "IE", "south", "north"),
        ("training_light", "GB", "south", "north"),
        ("without_impaired", "BH", "north", "desert"),
        ("own_operator", "SA", "north", "desert"),
    ],
)
def test_a_tier_becomes_what_the_variant_says(census, variant, country, base, tier):
    query = "SELECT base_tier, tier FROM tier_sensitivity WHERE variant = ? AND country_iso2 = ?"
    assert census.execute(query, [variant, country]).fetchall() == [(base, tier)]


def test_territories_are_counted_elsewhere_only_where_a_variant_says_so(census):
    query = "SELECT variant, country_iso2 FROM tier_sensitivity WHERE counted_in_iso2 <> country_iso2 ORDER BY ALL"
    merged = {"china_sars": ["HK", "MO"], "un_m49": ["HK", "MO", "TW"]}
    assert census.execute(query).fetchall() == [(variant, code) for variant in merged for code in merged[variant]]


def same_as_the_profiles(census: duckdb.DuckDBPyConnection, as_of: str) -> list[tuple]:
    return census.execute(f"""
        SELECT sensitivity.variant, sensitivity.country_iso2, sensitivity.tier, compute_tier.tier
        FROM tier_sensitivity{as_of} AS sensitivity
        JOIN compute_tier{as_of} AS compute_tier
            ON compute_tier.profile = sensitivity.variant AND compute_tier.country_iso2 = sensitivity.country_iso2
        WHERE sensitivity.tier <> compute_tier.tier
            OR (sensitivity.variant = 'extended' AND sensitivity.base_tier <> compute_tier.tier)
    """).fetchall()


def test_the_profiles_variants_are_the_profiles_tiers_in_every_country(census):
    assert same_as_the_profiles(census, "") == []


def test_so_they_are_in_the_bundled_archive_on_any_date():
    bundled = census_of([BUNDLED_ARCHIVE], DAY)
    for as_of in ("", "_as_of(DATE '2024-02-04')", "_as_of(DATE '2024-11-17')"):
        assert same_as_the_profiles(bundled, as_of) == []
        found = bundled.execute(f"SELECT DISTINCT tier FROM tier_sensitivity{as_of} WHERE variant = 'extended'")
        assert {tier for (tier,) in found.fetchall()} == TIERS


def test_each_choice_has_a_variant_and_the_headline_profile_is_the_base():
    variants = reference_table("variant")
    assert set(variants["profile"]) == set(profile_table()["profile"])
    assert set(variants.filter(choice="profile")["variant"]) == set(profile_table()["profile"])
    classes = set(reference_table("accelerator")["extended_class"])
    assert set(variants["also_training"].drop_nulls().explode()) <= classes
    assert set(variants["counted_in_china"].drop_nulls().explode()) == {"HK", "MO", "TW"}
    base = variants.filter(variant="extended").rows(named=True)[0]
    switches = {name: value for name, value in base.items() if value is not None and not name.startswith("title")}
    assert switches == {
        "variant": "extended",
        "choice": "profile",
        "profile": "extended",
        "sold_as": ["open"],
        "fractions": False,
        "source": "this project's METHOD, section 5",
    }
