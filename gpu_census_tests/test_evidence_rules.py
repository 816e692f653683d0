"""The rules of evidence, coverage and profiles (METHOD 2-6), one small case each.

Each case is a provider of its own, mostly in a country of its own, told just above its test; all are built as one
census. Days are counted from DAY. Every listing is settled unless it says otherwise, so that one answer is enough.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import duckdb
import pytest

from gpu_census_tests.small_census import census_of, rows, write_listing_files, write_source

DAY = date(2025, 1, 1)
Regions = dict[str, list | None]
Listings = dict[int, Regions]
TOLD: list[tuple[str, Listings, dict[str, str], dict[str, Any]]] = []
NORTH, SOUTH, DESERT = ("north",) * 4, ("south",) * 4, ("desert",) * 4
UNKNOWN_LABEL = "Zorp 9"


def told(place: str, listings: Listings, *, country: str | dict = "FR", **card: Any) -> None:
    """Note what `provider/source` says: day -> region -> None (not answered) or labels, each with more cells or not."""
    codes = {code for regions in listings.values() for code in regions}
    countries = country if isinstance(country, dict) else dict.fromkeys(codes, country)
    TOLD.append((place, listings, countries, {"settled": True} | card))


class Census:
    """The census of every case, asked once for each day."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.rows_on = cache(self._rows_on)

    def _rows_on(self, model: str, days: int) -> list[dict[str, Any]]:
        return rows(self.connection, f"FROM {model}_as_of(DATE '{DAY + timedelta(days=days)}')")

    def found(self, provider: str, days: int, region: str = "one") -> list[dict[str, Any]]:
        place = (provider, region)
        return [row for row in self.rows_on("finding", days) if (row["provider"], row["region_code"]) == place]

    def findings(self, provider: str, days: int, region: str = "one") -> dict[str, str]:
        return {row["accelerator_model"]: row["finding"] for row in self.found(provider, days, region)}

    def row(self, model: str, country: str, days: int, profile: str = "extended") -> dict[str, Any]:
        place = (country, profile)
        return next(row for row in self.rows_on(model, days) if (row["country_iso2"], row["profile"]) == place)

    def tiers(self, country: str, days: int, profile: str = "extended") -> tuple[str, ...]:
        """The tier: at least, counted, at most with what the provider lists elsewhere, at most."""
        row = self.row("compute_tier", country, days, profile)
        return tuple(row[f"tier{bound}"] for bound in ("_at_least", "", "_at_most_fleet", "_at_most"))


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> Census:
    archive = tmp_path_factory.mktemp("archive")
    for place, listings, countries, card in TOLD:
        provider, source = place.split("/")
        write_source(archive, provider, source, **card)
        for days, regions in listings.items():
            places = [{"region_code": code, "country_iso2": countries.get(code)} for code in regions]
            asked = [place | {"answered": str(regions[place["region_code"]] is not None).lower()} for place in places]
            offerings = [_offering(code, one) for code, listed in regions.items() for one in listed or ()]
            day = (DAY + timedelta(days=days)).isoformat()
            write_listing_files(archive, provider, source, day, regions=asked, offerings=offerings)
    return Census(census_of([archive], DAY))


def _offering(code: str, one: str | tuple[str, dict]) -> dict[str, Any]:
    label, cells = (one, {}) if isinstance(one, str) else one
    return {"region_code": code, "instance_type": f"type of {label}", "accelerator_label": label} | cells


A100 = {"one": ["A100"]}
NOTHING: Regions = {"one": []}

told("same/first", {0: A100}, evidence="docs")
told("same/second", {7: NOTHING, 8: NOTHING}, evidence="docs")
told("better/prices", {0: A100}, evidence="price")
told("better/list", {7: NOTHING, 8: NOTHING})
told("stock/live", {0: A100}, evidence="stock")
told("stock/list", {7: NOTHING, 8: NOTHING})
told("worse/list", {0: A100})
told("worse/documents", {7: NOTHING, 8: NOTHING}, evidence="docs")


def test_an_answer_of_the_same_or_a_better_level_supersedes_after_more_than_7_days(census):
    on_day_7 = {provider: census.findings(provider, 7) for provider in ("same", "better", "stock", "worse")}
    on_day_8 = {provider: census.findings(provider, 8) for provider in on_day_7}
    listed, gone = {"A100": "confirmed"}, {"": "not_listed"}
    assert on_day_7 == {"same": listed, "better": {"A100": "contradicted"}, "stock": listed, "worse": listed}
    # stock and offering are one level; documents are a worse one
    assert on_day_8 == {"same": gone, "better": gone, "stock": gone, "worse": listed}


told("year/list", {0: A100})
told("year/prices", {180: NOTHING, 181: NOTHING}, evidence="price")


def test_any_answer_supersedes_after_more_than_180_days(census):
    assert census.findings("year", 180) == {"A100": "confirmed"}
    assert census.findings("year", 181) == {"": "not_listed"}


told("aging/list", {0: {"one": ["V100"], "two": []}}, country={"one": "ES", "two": "PT"})


def test_an_answer_is_stale_after_more_than_180_days(census):
    assert [census.tiers(country, 180) for country in ("ES", "PT")] == [SOUTH, DESERT]
    # What it lists still counts, and is not certain; what it does not list is an open question.
    assert census.tiers("ES", 181) == ("desert", "south", "south", "north")
    assert census.tiers("PT", 181) == ("desert", "desert", "south", "north")
    assert [census.found("aging", days)[0]["stale"] for days in (180, 181)] == [False, True]


told("narrow/all", {0: {"one": ["A100", "TPU v4", UNKNOWN_LABEL]}})
told("narrow/gpus", {8: NOTHING}, scope="gpu")
told("minus/all", {0: {"one": ["A100", "TPU v4", UNKNOWN_LABEL]}})
told("minus/rest", {8: NOTHING}, scope=["all", "-TPU"])
told("whole/all", {0: {"one": ["A100", "TPU v4", UNKNOWN_LABEL]}})
told("whole/new", {8: NOTHING})


def test_silence_means_absence_within_the_scope_alone(census):
    assert census.findings("whole", 8) == {"": "not_listed"}
    assert census.findings("narrow", 8) == {"TPU v4": "confirmed", "unknown": "confirmed"}
    # A label that maps to no model may be the very thing about which the newer source says nothing.
    assert census.findings("minus", 8) == {"TPU v4": "confirmed", "unknown": "confirmed"}


told("scoped/prices", {0: {"one": ["A100", "TPU v4"]}}, evidence="price")
told("scoped/gpus", {0: NOTHING}, scope="gpu")
told("later/prices", {0: A100, 5: A100}, evidence="price")
told("later/list", {2: NOTHING})
told("before/list", {0: NOTHING})
told("before/prices", {1: A100}, evidence="price")


def test_a_price_is_contradicted_by_a_better_answer_not_older_than_the_price(census):
    assert census.findings("scoped", 0) == {"A100": "contradicted", "TPU v4": "priced_only"}  # out of scope
    assert census.findings("later", 1) == {"A100": "priced_only"}
    assert census.findings("later", 5) == {"A100": "contradicted"}  # the price was first seen before the answer
    assert census.findings("before", 5) == {"A100": "priced_only"}


told("words/said", {0: {"one": ["A100"], "two": []}, 8: NOTHING}, positive_only=True, regions_complete=True)
told("spoken/list", {0: {"one": ["V100"]}})
told("spoken/said", {8: A100}, positive_only=True)
told("hinted/prices", {0: A100}, evidence="price")
told("hinted/said", {0: NOTHING, 8: NOTHING}, positive_only=True)


def test_a_positive_source_proves_and_never_closes_and_leaves_the_region_not_observed(census):
    assert census.findings("words", 8) == {"A100": "confirmed", "": "not_observed"}
    assert census.findings("words", 181) == {"A100": "confirmed", "": "not_observed"}
    assert census.findings("words", 8, "two") == {"": "not_observed"}


def test_a_positive_source_supersedes_and_contradicts_nothing(census):
    assert census.findings("spoken", 8) == {"V100": "confirmed", "A100": "confirmed"}
    assert census.findings("spoken", 200) == {"V100": "confirmed", "A100": "confirmed"}
    assert census.findings("hinted", 8) == {"A100": "priced_only"}


told("asked/list", {0: {"one": [("A100", {"status": "by_request"})]}}, country="IT")
ZONES = [("A100", {"zone": "a", "status": "by_request"}), ("A100", {"zone": "b", "status": "sold_out"})]
told("zones/list", {0: {"one": ZONES}}, country="GR")
told("run/list", {0: {"one": [("H100", {"service": "training jobs"})]}}, country="NL")
told("slice/list", {0: {"one": [("A100", {"accelerator_count": 0.5})]}}, country="SE")
WHOLE_TOO = [("A100", {"accelerator_count": 0.5}), ("A100", {"instance_type": "whole", "accelerator_count": 1})]
told("slices/list", {0: {"one": WHOLE_TOO}}, country="FI")
told("strange/list", {0: {"one": [UNKNOWN_LABEL, "Hopper", "U30"]}}, country="NO")
told("video/list", {0: {"one": ["U30"]}}, country="AT")
told("dark/list", {0: {"one": None, "two": ["T4"]}}, country={"one": "CH", "two": "BE"})
told("fresh/list", {0: NOTHING, 1: A100}, country="IE", settled=False)


OPEN = ("desert", "desert", "north", "north")
SOLD = {
    "asked": ("IT", OPEN, {"A100": "confirmed"}),  # by request alone
    "zones": ("GR", NORTH, {"A100": "confirmed"}),  # sold out, but sold, in one zone
    "run": ("NL", DESERT, {"H100": "confirmed"}),  # only as a managed service
    "slice": ("SE", SOUTH, {"A100": "confirmed"}),  # half of one
    "slices": ("FI", NORTH, {"A100": "confirmed"}),
    "strange": ("NO", OPEN, {"unknown": "confirmed"}),
    "video": ("AT", DESERT, {"": "not_listed"}),
    "dark": ("CH", ("desert", "desert", "south", "north"), {"": "not_observed"}),  # it lists a T4 elsewhere
}


@pytest.mark.parametrize("provider", SOLD)
def test_how_it_is_sold_decides_what_it_counts_for(census, provider):
    country, tiers, findings = SOLD[provider]
    assert (census.tiers(country, 0), census.findings(provider, 0)) == (tiers, findings)


def test_a_model_column_counts_fractions_and_leaves_out_what_is_sold_by_request_or_as_a_service(census):
    models = [(country, f"{model}_regions") for country, model in (("SE", "a100"), ("IT", "a100"), ("NL", "h100"))]
    assert [census.row("country_census", country, 0)[column] for country, column in models] == [1, 0, 0]


def test_labels_that_map_to_no_model_are_reported_with_the_reason(census):
    found = [row for row in census.rows_on("unknown_accelerator", 0) if row["provider"] == "strange"]
    reasons = {row["accelerator_label"]: row["reason"] for row in found}
    assert reasons == {"Hopper": "masked", UNKNOWN_LABEL: "new"}  # U30 is a video card: no accelerator


def test_an_arrival_seen_once_counts_and_is_not_certain(census):
    assert census.tiers("IE", 0) == DESERT
    assert census.tiers("IE", 1) == ("desert", "north", "north", "north")


told("aws/list", {0: {"us-gov-west-1": ["H100"], "cn-north-1": ["V100"], "af-south-1": ["T4"]}})
told("tencent/list", {0: {"ap-shanghai-fsi": ["A100"]}})
told("azure/list", {0: {"germanynorth": ["A100"], "seoul": ["V100"]}}, country={"seoul": "KR"})
told("azure/prices", {1: {"seoul": ["A100"]}}, evidence="price")


def test_partition_and_access_decide_which_profiles_a_region_is_in(census):
    profiles = ("paper2024", "followup2025", "extended")
    regions = {
        country: tuple(census.row("country_census", country, 0, profile)["regions"] for profile in profiles)
        for country in ("US", "CN", "ZA", "DE", "IE")
    }
    # GovCloud only where all partitions count; Beijing in all, Shanghai's finance region where industry counts;
    # Cape Town, to opt in to, in all; Germany North, restricted, in none; a provider nobody knows in extended.
    assert regions == {"US": (0, 0, 1), "CN": (1, 1, 2), "ZA": (1, 1, 1), "DE": (0, 0, 0), "IE": (0, 0, 1)}


def test_a_price_alone_counts_in_the_paper_and_not_in_extended(census):
    assert census.tiers("KR", 1, "paper2024") == ("south", "north", "north", "north")
    assert census.tiers("KR", 1, "extended") == ("south", "south", "north", "north")
    # the A100 makes the North of the paper, the V100 the South of extended
    assert census.row("compute_tier", "KR", 1, "paper2024")["deciding_finding"] == "priced_only"
    assert census.row("compute_tier", "KR", 1, "extended")["deciding_finding"] == "confirmed"
