"""Published statements beside the census: the counts are the census's own, bounds and verdicts worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from gpu_census.errors import ReferenceTableError
from gpu_census.home import BUNDLED_ARCHIVE
from gpu_census.reference.tables import reference_table
from gpu_census.replication.class_sets import CUT_OFFS, class_sets, counts_under_all
from gpu_census.replication.counts import Bounds, CountryCount, count_regions, count_regions_under
from gpu_census.replication.evidence import Evidence, ObservedRegion, Said, read_evidence
from gpu_census.replication.groups import members
from gpu_census.replication.properties import Truth, of_country
from gpu_census.replication.statements import FILE, Statement, read_statements
from gpu_census.replication.table import Replication, replication_rows
from gpu_census.replication.tallies import Tally, tally
from gpu_census_tests.small_census import census_of

DAY = date(2026, 10, 31)  # the last of a month, so that the diffusion by month says something of it
DAYS = (date(2023, 11, 20), date(2024, 11, 17), DAY)
PROFILES = ("paper2024", "followup2025", "extended")
ENOUGH = date(2024, 11, 17)


@pytest.fixture(scope="module")
def census() -> Iterator[duckdb.DuckDBPyConnection]:
    with census_of([BUNDLED_ARCHIVE], DAY) as connection:
        yield connection


def said(model: str, *, counted: bool = True, certain: bool = True, whole: bool = True) -> Said:
    return Said(model, counted, certain, whole, whole and certain, whole)


def region(
    country: str, *listed: Said, provider: str = "aws", answered: bool = True, open_question: bool = False
) -> ObservedRegion:
    operator = {"aws": "US", "tencent": "CN", "hetzner": "DE"}[provider]
    return ObservedRegion(provider, country, operator, answered, open_question, listed)


def evidence(*regions: ObservedRegion) -> Evidence:
    """Made-up evidence, classed as the paper does; the A100 and the V100 had been listed by then."""
    reach = {"V100": 1, "A100": 2, "H100": 2, "A800": 2}
    return Evidence(ENOUGH, "paper2024", regions, reach, frozenset({"A100", "V100"}), ("aws", "tencent", "hetzner"))


def stated(kind: str, where: str, published: int | list[str], **limits: tuple[str, ...]) -> Statement:
    return Statement(id="x", study="paper2024", text="x", kind=kind, where=where, published=published, **limits)


def answer(statement: Statement, found: Evidence) -> tuple[object, ...]:
    told = tally(statement, found, count_regions(found))
    return (*told, told.verdict(statement.answer))


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_counted_is_what_the_models_count(census, day, profile):
    """Region by region and country by country, with the bounds; the models are another road to the same numbers."""
    counted = count_regions(read_evidence(census, day, profile))
    at = f"DATE '{day}'"
    levels = census.execute(
        "SELECT provider, coalesce(country_iso2, ''), reach, reach_at_least, reach_at_most "
        f"FROM region_level_as_of({at}) WHERE profile = ?",
        [profile],
    ).fetchall()
    found = [(one.region.provider, one.region.country_iso2 or "", *one.reach) for one in counted.regions]
    assert sorted(found) == sorted(levels)
    countries = census.execute(
        f"SELECT country_iso2, regions, gpu_regions, gpu_regions_at_least, gpu_regions_at_most, a100_regions "
        f"FROM country_census_as_of({at}) WHERE profile = ? AND regions > 0 ORDER BY ALL",
        [profile],
    ).fetchall()
    assert countries == [
        (iso2, count.regions, *count.gpu_regions, count.models.get("A100", Bounds()).ours)
        for iso2, count in sorted(counted.countries.items())
    ]


@pytest.mark.parametrize("model", ["V100", "A100", "H100", "A800"])
def test_the_bounds_of_a_model_are_those_of_its_diffusion(census, model):
    counted = count_regions(read_evidence(census, DAY, "paper2024"))
    listed = [one.models.get(model, Bounds()) for one in counted.regions]
    told = census.execute(
        "SELECT regions, regions_at_least, regions_at_most FROM accelerator_diffusion "
        "WHERE profile = 'paper2024' AND accelerator_model = ? AND month = ?",
        [model, DAY.replace(day=1)],
    ).fetchall()
    assert [tuple(sum(bounds[at] for bounds in listed) for at in range(3))] == (told or [(0, 0, 0)])


def test_every_statement_stands_on_its_study_s_date_and_on_the_census_date(census):
    rows = Replication.validate(replication_rows(census, DAY), lazy=True)
    studies, statements = read_statements()
    wanted = {(one.id, day) for one in statements for day in (studies[one.study].census_date, DAY)}
    assert set(rows.select("statement_id", "census_date").iter_rows()) == wanted
    assert (rows["verdict"] == "not_observable").equals(rows["ours"].is_null())
    numbers = rows.filter((rows["kind"] != "which") & (rows["verdict"] != "not_observable"))
    for ours, least, most in numbers.select("ours", "ours_at_least", "ours_at_most").iter_rows():
        assert int(least) <= int(ours) <= int(most)


def test_the_totals_of_the_follow_up_have_a_range_over_classes_and_others_have_none(census):
    rows = replication_rows(census, DAY)
    totals = {"accelerator_regions", "hosts", "hosts_in_press", "training_capable", "hedging", "aligned"}
    totals |= {f"operated_{whose}" for whose in ("us", "cn", "eu")}
    named = rows["statement_id"].is_in([f"followup2025.{name}" for name in totals])
    assert rows["admissible_sets"].is_not_null().equals(named & (rows["verdict"] != "not_observable"))
    varied = rows.filter(rows["admissible_sets"].is_not_null())
    assert varied["statement_id"].n_unique() >= 8
    assert set(varied["admissible_sets"]) == {len(class_sets("followup2025"))}
    for row in varied.iter_rows(named=True):
        assert row["admissible_at_least"] <= int(row["ours"]) <= row["admissible_at_most"]
        assert row["admissible_equal_share"] <= row["admissible_share"]
        if not row["admissible_at_least"] <= int(row["published"]) <= row["admissible_at_most"]:
            assert row["admissible_equal_share"] == 0


def test_the_admissible_sets_hold_the_profile_s_own_and_differ_as_described(census):
    found = read_evidence(census, DAY, "followup2025")
    sets = class_sets("followup2025")
    assert len(set(sets)) <= len(sets) == len(CUT_OFFS) * 2 * 2**4
    assert frozenset((model, reach) for model, reach in found.reach.items() if reach) in sets
    training = {row["accelerator_model"] for row in reference_table("accelerator").to_dicts()
                if row["followup2025_class"] == "training"}  # fmt: skip
    counted_vendors = {model for one in sets for model, _ in one}
    for one in sets:
        reach = dict(one)
        assert all(reach[model] == 2 for model in training & counted_vendors)
        raised = {model for model, level in one if level == 2} - training
        assert raised <= {"Ascend 910", "Trainium", "TPU v4", "H20"}
        # launched in 2016, 2017, 2018, 2021: whoever counts the older counts the newer
        counts = [model in reach for model in ("P100", "V100", "T4", "A10")]
        assert counts == sorted(counts)
    assert sum(times for _, times in counts_under_all(found)) == len(sets)


def test_more_classes_never_count_fewer_regions():
    found = evidence(region("DE", said("A100"), said("V100")), region("FR", said("V100")), region("IT", said("T4")))
    counts = [
        sum(one.reach.ours > 0 for one in count_regions_under(found, classes).regions)
        for classes in ({"A100": 2}, {"A100": 2, "V100": 1}, {"A100": 2, "V100": 1, "T4": 1})
    ]
    assert counts == [1, 2, 3]


def test_regions_are_added_up_with_what_is_open():
    found = evidence(
        region("DE", said("A100")),
        region("DE", said("V100", certain=False)),
        region("DE", said("A100", counted=False, certain=False)),
        region("DE", open_question=True, answered=False),
        region("CN", said("unknown", counted=False), provider="tencent"),
    )
    assert answer(stated("regions", "accelerator", 4), found) == (2, 1, 5, "within_bounds")
    assert answer(stated("regions", "accelerator", 2, within=("DE",)), found) == (2, 1, 4, "equal")
    assert answer(stated("regions", "accelerator", 0, operators=("CN",)), found) == (0, 0, 1, "equal")
    assert answer(stated("regions", "lists A100", 0, without=("CN",)), found) == (1, 1, 3, "differs")
    # no cloud had listed an H100 by that day, so an open question cannot hide one
    assert answer(stated("regions", "lists H100, A800", 0), found) == (0, 0, 0, "equal")
    assert answer(stated("regions", "region", 5), found) == (5, 5, 5, "equal")


def test_countries_are_counted_and_named_in_the_universe():
    found = evidence(
        region("DE", said("A100")),
        region("FR", said("V100")),
        region("IT", said("A100", counted=False, certain=False)),
        region("JE", said("A100")),  # no row in which countries are counted
    )
    assert answer(stated("countries", "north", 2), found) == (1, 1, 2, "within_bounds")
    # a country that may be anything from Desert to North may be South
    assert answer(stated("countries", "south", 3), found) == (1, 1, 2, "differs")
    assert answer(stated("which", "not desert", ["DE", "FR", "IT"]), found) == (
        frozenset({"DE", "FR"}),
        frozenset({"DE", "FR"}),
        frozenset({"DE", "FR", "IT"}),
        "within_bounds",
    )
    assert answer(stated("which", "north", ["FR"]), found)[3] == "differs"


def test_what_nobody_answered_for_is_not_observable():
    nothing = (None, None, None, "not_observable")
    found = evidence(region("DE", said("V100")), region("AR", answered=False, open_question=True))
    assert answer(stated("which", "accelerator", [], within=("AR",)), found) == nothing
    assert answer(stated("regions", "accelerator", 6, operators=("europe",)), found) == nothing
    assert answer(stated("regions", "accelerator", 0), evidence()) == nothing
    assert answer(stated("providers", "", 6), evidence()) == nothing
    # no region at all in a country is an answer of the lists of regions
    assert answer(stated("regions", "accelerator", 0, within=("IR",)), found) == (0, 0, 0, "equal")
    assert answer(stated("regions", "region", 1, within=("AR",)), found) == (1, 1, 1, "equal")
    assert answer(stated("providers", "", 6), found) == (1, 1, 1, "differs")


@pytest.mark.parametrize(
    ("name", "a100", "v100", "truth"),
    [
        ("more A100 than V100", (3, 3, 3), (2, 2, 2), (True, True, True)),
        ("more A100 than V100", (3, 2, 3), (2, 2, 2), (True, False, True)),
        ("more A100 than V100", (2, 1, 3), (2, 1, 2), (False, False, True)),
        ("more A100 than V100", (1, 1, 2), (2, 2, 3), (False, False, False)),
        ("as many A100 as V100", (2, 2, 2), (2, 2, 2), (True, True, True)),
        ("as many A100 as V100", (2, 1, 3), (2, 2, 2), (True, False, True)),
        ("as many A100 as V100", (0, 0, 0), (0, 0, 0), (False, False, False)),
        ("as many A100 as V100", (0, 0, 1), (0, 0, 1), (False, False, True)),
        ("as many A100 as V100", (1, 1, 1), (3, 2, 4), (False, False, False)),
        ("lists A100 without V100", (1, 1, 2), (0, 0, 0), (True, True, True)),
        ("lists A100 without V100", (1, 0, 2), (0, 0, 1), (True, False, True)),
        ("lists A100 without V100", (1, 1, 2), (1, 1, 1), (False, False, False)),
        ("lists A100, V100", (0, 0, 1), (0, 0, 0), (False, False, True)),
        ("lists A100, V100", (0, 0, 0), (2, 1, 2), (True, True, True)),
    ],
)
def test_models_are_compared_within_what_is_open(name, a100, v100, truth):
    country = CountryCount(models={"A100": Bounds(*a100), "V100": Bounds(*v100)})
    assert of_country(name, country) == Truth(*truth)


@pytest.mark.parametrize(
    ("us", "cn", "hedges", "aligned"),
    [
        ((1, 1, 1), (0, 0, 0), (False, False, False), (True, True, True)),
        ((2, 1, 2), (1, 1, 1), (True, True, True), (False, False, False)),
        ((1, 1, 1), (0, 0, 2), (False, False, True), (True, False, True)),
        ((1, 0, 1), (1, 0, 1), (True, False, True), (False, False, True)),
        ((0, 0, 0), (0, 0, 0), (False, False, False), (False, False, False)),
    ],
)
def test_a_country_hedges_or_is_aligned_within_what_is_open(us, cn, hedges, aligned):
    country = CountryCount(operated={"US": Bounds(*us), "CN": Bounds(*cn)})
    assert (of_country("hedges", country), of_country("aligned", country)) == (Truth(*hedges), Truth(*aligned))


@pytest.mark.parametrize(
    ("found", "published", "verdict"),
    [
        (Tally(3, 2, 5), 3, "equal"),
        (Tally(3, 2, 5), 5, "within_bounds"),
        (Tally(3, 2, 5), 6, "differs"),
        (Tally(frozenset("ab"), frozenset("a"), frozenset("abc")), frozenset("ac"), "within_bounds"),
        (Tally(frozenset("ab"), frozenset("a"), frozenset("abc")), frozenset("bc"), "differs"),
        (Tally(frozenset("ab"), frozenset("a"), frozenset("abc")), frozenset("ad"), "differs"),
        (Tally(), 3, "not_observable"),
    ],
)
def test_a_verdict_says_how_ours_and_theirs_compare(found, published, verdict):
    assert found.verdict(published) == verdict


def test_groups_are_as_of_a_day():
    assert members(("superpower",), ENOUGH) == {"US", "CN"}
    assert members(("latin_america", "FR"), ENOUGH) >= {"BR", "CL", "MX", "AR", "PE", "FR"}
    assert "US" not in members(("latin_america",), ENOUGH)
    before, after = date(2026, 6, 30), date(2026, 7, 1)
    assert "PH" in members(("wb_low_or_lower_middle",), before) - members(("wb_low_or_lower_middle",), after)
    assert "IN" in members(("wb_low_or_lower_middle",), after)
    assert "RU" in members(("wb_high",), date(2024, 7, 1)) - members(("wb_high",), date(2024, 6, 30))
    assert "KR" in members(("unctad_developed",), ENOUGH) - members(("unctad_developed",), date(2020, 1, 1))
    assert {"HK", "SG"} <= members(("imf_advanced",), ENOUGH) - members(("unctad_developed",), ENOUGH)


def test_what_contradicts_in_print_says_so_on_both_sides_or_by_classification():
    _, statements = read_statements()
    by_id = {statement.id: statement for statement in statements}
    pairs = {(one.id, one.contradicts) for one in statements if one.contradicts}
    assert ("paper2024.more_a100_than_v100", "paper2024.table_a100_without_v100") in pairs
    assert ("paper2024.latin_america_gpu_regions", "paper2024.table_latin_america_gpu_regions") in pairs
    assert ("followup2025.hosts", "followup2025.hosts_in_press") in pairs
    assert [pair for pair in pairs if pair[::-1] not in pairs and not by_id[pair[0]].classification] == []
    for sentence in ("poor_are_desert", "north_is_global_north", "south_is_global_south"):
        under = [one for one in statements if f".{sentence}." in one.id]
        assert len({one.classification for one in under}) == len(under) >= 2
        assert len({one.answer for one in under}) == 1


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ('id = "paper2024.south"', 'id = "paper2024.other_north"', "stands twice"),
        (
            'within = ["latin_america"]',
            'within = ["latin_amerika"]',
            "'latin_amerika' is neither a group nor a country",
        ),
        ('published = ["NL"]', 'published = ["NLD"]', "'NLD' is neither"),
        ('where = "north"', 'where = "nort"', "'nort' is no property"),
        ('where = "lists H100, A800, H800"', 'where = "north"', "cannot be asked of a region"),
        ('kind = "countries"', 'kind = "country"', "kind 'country' is not known"),
        ("published = 39", 'published = ["NL"]', "everything else by a number"),
        ('profile = "paper2024"', 'profile = "paper2023"', "'paper2023', which is none"),
        ('study = "followup2025"', 'study = "followup"', "study 'followup' is not known"),
        ('contradicts = "followup2025.hosts"', 'contradicts = "hosts"', "'hosts', which is no statement"),
        ('operators = ["US"]', 'operator = ["US"]', "unknown field `operator`"),
    ],
)
def test_a_statement_that_cannot_be_right_is_refused(tmp_path, old, new, wrong):
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "published_statement.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ReferenceTableError) as refused:
        read_statements(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert wrong in str(refused.value)
