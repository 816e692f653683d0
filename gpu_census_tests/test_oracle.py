"""The oracle against cases worked out by hand, one rule of METHOD each.

Here belongs what shows that the oracle can be trusted; comparing the pipeline with it does not.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gpu_census_tests.archive_maker import make_archive, telling_dates
from gpu_census_tests.oracle import census_of, read_world
from gpu_census_tests.oracle.by_hand import DAY, REFERENCE, Archive, Told, after


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def nights(*seen: str, beside: tuple[str, ...] = ()) -> dict[int, Told]:
    """One night after the other: `A` lists an A100, `-` does not; what is `beside` it is there every night."""
    return {day: {"one": ["A100", *beside] if mark == "A" else [*beside]} for day, mark in enumerate(seen)}


@pytest.mark.parametrize(
    ("seen", "expected", "unconfirmed"),
    [
        ("A", [(None, 0, None, True)], 0),  # baseline
        ("-A", [(0, 1, None, False)], 0),  # provisional
        ("-AA", [(0, 1, None, True)], 0),  # confirmed by the next
        ("-A-", [], 1),  # seen once only
        ("-A-AA", [(2, 3, None, True)], 1),
        ("A--", [(None, 0, None, True)], 0),  # two misses leave it whole
        ("A--A--", [(None, 0, None, True)], 0),
        ("A---", [(None, 0, 1, True)], 0),  # three end it at the first
        ("A---A", [(None, 0, 1, True), (3, 4, None, False)], 0),
        ("-AA---AA", [(0, 1, 3, True), (5, 6, None, True)], 0),
    ],
)
def test_intervals(archive, seen, expected, unconfirmed):
    archive.source("acme/list", nights(*seen, beside=("M60",)))
    assert archive.history("A100") == expected
    assert archive.history("M60") == [(None, 0, None, True)]
    assert len(archive.on(999).unconfirmed_sightings) == unconfirmed


def test_settled_confirms_at_once(archive):
    archive.source("acme/list", nights(*"-A-A"), settled=True)
    assert archive.history() == [(0, 1, 2, True), (2, 3, None, True)]


def test_positive_only_never_ends_and_knows_no_day_before(archive):
    archive.source("acme/list", nights(*"-A---"), positive_only=True)
    assert archive.history() == [(None, 1, None, True)]
    assert archive.findings(4) == {"A100": "confirmed", "": "not_observed"}
    assert archive.tiers(181) == ("north", "north", "north", "north")
    assert archive.tiers(182) == ("desert", "north", "north", "north")


def test_positive_only_ends_nothing_and_supersedes_nothing(archive):
    archive.source("acme/list", {0: {"one": ["A100"]}})
    told: dict[int, Told] = {1: {"one": ["V100"]}, 2: {"two": []}, 400: {"one": [], "two": []}}
    archive.source("acme/said", told, positive_only=True, regions_complete=True, settled=True)
    assert archive.history() == [(None, 0, None, True), (None, 1, None, True)]
    assert archive.findings(400) == {"A100": "confirmed", "V100": "confirmed"}


def test_provisional_counts_but_not_at_least(archive):
    archive.source("acme/list", nights(*"-A"))
    assert archive.tiers(0) == ("desert", "desert", "desert", "desert")
    assert archive.tiers(1) == ("desert", "north", "north", "north")


def test_unanswered_is_a_sighting_of_the_region_only(archive):
    archive.source("acme/list", {0: {"one": None, "two": ["A100"]}})
    result = archive.on(0)
    assert result.country_census["wide", "DE"]["regions"] == 1
    assert archive.findings(0) == {"": "not_observed"}
    assert archive.tiers(0) == ("desert", "desert", "north", "north")
    assert archive.tiers(0, "US") == ("desert",) * 4  # no region there


def test_unanswered_night_is_no_miss(archive):
    told = {0: {"one": ["A100", "M60"]}, 1: {"one": ["M60"]}, 2: {"one": None}, 3: {}, 4: {"one": ["M60"]}}
    archive.source("acme/list", told)
    assert archive.history("A100") == [(None, 0, None, True)]


def test_rows_of_an_unanswered_region_do_not_count(archive):
    archive.source("acme/list", {0: {"one": None}})
    path = archive.folder / f"acme/list/{DAY}/offerings.csv"
    path.write_text("region_code,instance_type,accelerator_label\none,x,A100\ntwo,x,A100\n")
    assert archive.history() == []
    assert archive.on(0).regions == {("acme", "one")}


@pytest.mark.parametrize(("gap", "finding"), [(7, "confirmed"), (8, "")])
def test_same_level_supersedes_after_more_than_7_days(archive, gap, finding):
    archive.source("acme/stock", {0: {"one": ["A100"]}}, evidence="stock")
    archive.source("acme/list", {gap: {"one": []}})
    assert archive.findings(gap).get("A100", "") == finding
    assert archive.findings(gap - 1)["A100"] == "confirmed"


@pytest.mark.parametrize(("gap", "finding"), [(180, "confirmed"), (181, "")])
def test_any_level_supersedes_after_more_than_180_days(archive, gap, finding):
    archive.source("acme/list", {0: {"one": ["A100"]}})
    archive.source("acme/price", {gap: {"one": []}}, evidence="price")
    assert archive.findings(gap).get("A100", "") == finding


def test_answers_without_the_model_keep_an_answer_young(archive):
    archive.source("acme/list", {0: {"one": ["A100", "M60"]}, 10: {"one": ["M60"]}})
    archive.source("acme/docs", {5: {"one": []}, 17: {"one": []}}, evidence="docs")
    assert archive.findings(17)["A100"] == "confirmed"  # one miss, answered on day 10
    assert archive.on(17).findings["acme", "one", "A100"]["evidence_on"] == after(10)


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ("gpu", {"TPU v4", "unknown"}),
        ("nvidia, TPU v4", {"unknown"}),
        (["all", "-google"], {"TPU v4", "unknown"}),
        ("asic", {"A100", "unknown"}),
    ],
)
def test_scope_of_silence(archive, scope, left):
    archive.source("acme/old", {0: {"one": ["A100", "TPU v4", "GPU H"]}})
    archive.source("acme/new", {30: {"one": []}}, scope=scope)
    assert set(archive.findings(30)) == left


def test_price_alone_and_contradicted(archive):
    told: dict[int, Told] = {10: {"one": ["A100"], "two": ["V100"]}, 191: {"one": ["A100"]}}
    archive.source("acme/price", told, evidence="price")
    archive.source("acme/list", {9: {"two": []}, 10: {"one": []}})
    assert archive.findings(10) == {"A100": "contradicted"}
    assert archive.findings(10, "two") == {"V100": "priced_only"}  # the list is older
    assert archive.findings(191) == {"A100": "priced_only"}  # the list is superseded
    assert archive.tiers(10) == ("desert", "desert", "north", "north")
    assert archive.tiers(10, "FR") == ("desert", "south", "south", "south")
    assert archive.tiers(10, "FR", "strict") == ("desert", "desert", "south", "south")


def test_stale_counts_and_silence_grows_old(archive):
    archive.source("acme/list", {0: {"one": ["V100"], "two": []}})
    archive.source("other/list", {0: {"far": ["A100"]}})
    assert archive.tiers(180) == ("south", "south", "south", "south")
    assert archive.tiers(181) == ("desert", "south", "south", "north")
    assert archive.tiers(180, "FR") == ("desert", "desert", "desert", "desert")
    assert archive.tiers(181, "FR") == ("desert", "desert", "south", "north")
    assert archive.on(181).findings["acme", "two", ""]["stale"]


def test_fleet_looks_at_the_same_day_and_any_cloud_at_all_days(archive):
    archive.source("acme/list", nights(*"A---"))
    archive.source("acme/regions", {0: {"two": None}})
    assert archive.tiers(0, "FR") == ("desert", "desert", "north", "north")
    assert archive.tiers(1, "FR") == ("desert", "desert", "desert", "north")


def test_by_request_counts_at_most_and_as_last_seen(archive):
    asked = ("A100", {"status": "by_request"})
    archive.source("acme/list", {0: {"one": [asked, "M60"]}, 1: {"one": ["A100", "M60"]}, 2: {"one": ["M60"]}})
    assert archive.tiers(0) == ("desert", "desert", "north", "north")
    assert archive.tiers(2) == ("north", "north", "north", "north")
    assert archive.findings(0) == {"A100": "confirmed", "M60": "confirmed"}
    assert archive.on(0).country_census["wide", "DE"]["a100_regions"] == 0


def test_managed_service_never_counts_but_is_listed(archive):
    archive.source("acme/list", {0: {"one": [("A100", {"service": "notebooks"})]}})
    assert archive.findings(0) == {"A100": "confirmed"}
    assert archive.tiers(0) == ("desert",) * 4


def test_fraction_is_no_training(archive):
    half = ("A100", {"accelerator_count": "0.5"})
    archive.source("acme/list", {0: {"one": [half], "two": ["A100"]}})
    assert archive.tiers(0) == ("south",) * 4
    assert archive.tiers(0, "FR") == ("north",) * 4
    assert archive.on(0).country_census["wide", "DE"]["a100_regions"] == 1


def test_unknown_is_training_at_most_and_other_things_nothing(archive):
    archive.source("acme/list", {0: {"one": ["GPU H", "U30"], "two": ["U30", "M60"]}})
    assert archive.tiers(0) == ("desert", "desert", "north", "north")
    assert archive.tiers(0, "FR") == ("desert",) * 4
    assert archive.findings(0, "two") == {"M60": "confirmed"}


def test_vendor_and_provider_filters(archive):
    archive.source("acme/list", {0: {"one": ["TPU v4"]}})
    archive.source("shop/list", {0: {"one": ["A100"]}})
    assert archive.tiers(0) + archive.tiers(0, profile="strict") == ("desert",) * 4 + ("north",) * 4
    assert archive.on(0).country_census["strict", "DE"]["gpu_providers"] == 1


def test_regions_from_opening_to_closing(archive):
    archive.source("acme/list", {0: {"new": [], "old": ["A100"]}})
    assert archive.on(-51).regions == set()
    assert archive.on(-50).regions == {("acme", "new")}
    assert archive.findings(-50, "new") == {"": "not_observed"}
    assert archive.on(4).regions == {("acme", "new"), ("acme", "old")}
    assert archive.on(5).regions == {("acme", "new")}


def test_a_complete_region_list_ends_a_region_and_what_is_in_it(archive):
    both: Told = {"one": ["A100"], "two": []}
    told = {0: both, 1: both, 2: {"two": []}, 3: {"two": []}, 4: {"two": []}}
    archive.source("acme/list", told, regions_complete=True, gone_regions=0.5)
    assert archive.history() == [(None, 0, 2, True)]
    assert ("acme", "one") in archive.on(1).regions
    assert archive.on(2).regions == {("acme", "two")}


def test_an_arrival_in_a_new_region_of_a_complete_list(archive):
    archive.source("acme/list", {0: {"two": []}, 5: {"one": ["A100"], "two": []}}, regions_complete=True)
    assert archive.history() == [(0, 5, None, False)]


@pytest.mark.parametrize(("last_seen", "exists"), [(13, True), (12, False)])
def test_a_region_list_overrules_an_older_one(archive, last_seen, exists):
    told: dict[int, Told] = {0: {"one": [], "two": []}, 20: {"two": []}}
    archive.source("acme/list", told, regions_complete=True, settled=True)
    archive.source("acme/docs", {last_seen: {"one": ["A100"]}}, evidence="docs")
    assert (("acme", "one") in archive.on(20).regions) is exists


def test_random_archives_are_the_same_each_time_and_bounds_are_in_order(tmp_path):
    order = ("desert", "south", "north")
    for seed in range(12):
        first, again = (make_archive(tmp_path / f"{seed}{n}", seed=seed) for n in "ab")
        assert _bytes(first) == _bytes(again)
        world = read_world([first], reference=REFERENCE)
        for on in telling_dates(first)[::5]:
            result = census_of(world, census_date=on)
            for row in result.compute_tier.values():
                bounds = ("_at_least", "", "_at_most_fleet", "_at_most")
                ranks = [order.index(row[f"tier{bound}"]) for bound in bounds]
                assert ranks == sorted(ranks), (seed, on, row)


def _bytes(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
