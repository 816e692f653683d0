"""Tables and their macros: each table is its macro at the census date, a macro knows no later day, all is described.

The bundled archive serves for most; what came and went within days is shown with a small archive.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import duckdb
import pytest

from gpu_census.assets.plan import Plan
from gpu_census.home import BUNDLED_ARCHIVE
from gpu_census_tests.small_census import census_of, write_listing_files, write_source

CENSUS_DATE = date(2026, 10, 25)
PLAN = Plan((BUNDLED_ARCHIVE,))
BACKED = sorted(model.name for model in PLAN.models if model.name in PLAN.backed and not model.all_dates)
HISTORIES = sorted(
    [name for name, relation in PLAN.relations.items() if relation.as_of]
    + [model.name for model in PLAN.models if model.is_history]
)
BEFORE_ANY_CLOUD = "1999-12-31"

# place: model on 2023-11-20, 2024-11-17 and 2026-10-25, as its finding, the sources, the day of the evidence, stale
FOUND = {
    # The list of 2023-11-10 has no H100 in the Netherlands, that of 2024-02-16 and all later ones have.
    ("google", "europe-west4", "H100"): (
        None,
        ("confirmed", ["accelerator_types"], date(2024, 11, 10), False),
        ("confirmed", ["accelerator_types"], date(2026, 8, 10), False),
    ),
    # Frankfurt lists its last V100 on 2024-11-17.
    ("aws", "eu-central-1", "V100"): (
        ("confirmed", ["instance_type_offerings"], date(2023, 11, 19), False),
        ("confirmed", ["instance_type_offerings"], date(2024, 11, 17), False),
        None,
    ),
    # Prices alone (of 2023-10-27, the next of 2024-12-13) until the SKU list of 2026-05-02.
    ("azure", "uksouth", "A100"): (
        ("priced_only", ["retail_prices"], date(2023, 10, 27), False),
        ("priced_only", ["retail_prices"], date(2023, 10, 27), True),
        ("confirmed", ["resource_skus", "retail_prices"], date(2026, 5, 2), False),
    ),
    # Known from region lists at most, until the listing of 2024-12-30, which nothing has followed.
    ("alibaba", "cn-beijing", ""): (
        ("not_observed", [], None, False),
        ("not_observed", [], None, False),
        None,
    ),
    ("alibaba", "cn-beijing", "V100"): (
        None,
        None,
        ("confirmed", ["available_resource"], date(2024, 12, 30), True),
    ),
}


@pytest.fixture(scope="module")
def census() -> duckdb.DuckDBPyConnection:
    return census_of([BUNDLED_ARCHIVE], CENSUS_DATE)


@pytest.mark.parametrize("model", BACKED)
def test_each_table_is_its_macro_at_the_census_date(census, model):
    census.execute(f"CREATE OR REPLACE TEMP TABLE on_the_day AS FROM {model}_as_of(DATE '{CENSUS_DATE}')")
    described = f"SELECT column_name, column_type FROM (DESCRIBE {{}}) -- {model}"
    assert (
        census.execute(described.format(f"main.{model}")).fetchall()
        == census.execute(described.format("on_the_day")).fetchall()
    )
    assert census.execute(f"FROM main.{model} EXCEPT ALL FROM on_the_day").fetchall() == []
    assert census.execute(f"FROM on_the_day EXCEPT ALL FROM main.{model}").fetchall() == []


def test_every_model_that_says_something_of_a_date_has_a_macro(census):
    macros = {
        name for (name,) in census.execute("SELECT function_name FROM duckdb_functions() WHERE NOT internal").fetchall()
    }
    dated = [model.name for model in PLAN.models if {column.name for column in model.columns} >= {"census_date"}]
    assert macros >= {f"{name}_as_of" for name in (*dated, *BACKED, *HISTORIES)}


def test_a_macro_takes_a_date_or_its_text_and_nothing_else(census):
    query = "SELECT count(*), sum(gpu_regions) FROM country_census_as_of({})"
    by_date = census.execute(query.format("DATE '2024-11-17'")).fetchall()
    assert census.execute(query.format("'2024-11-17'")).fetchall() == by_date
    assert by_date[0][1] > 0
    with pytest.raises(duckdb.ConversionException, match="soon"):
        census.execute(query.format("'soon'")).fetchall()


def test_a_date_before_all_clouds_has_a_row_of_zeros_for_every_territory(census):
    counted = [column.name for column in _model("country_census").columns if column.dtype == "BIGINT"]
    assert len(counted) == 11
    sums = ", ".join(f"sum({name})" for name in counted)
    query = f"SELECT profile, count(DISTINCT country_iso2), {sums} FROM country_census_as_of($1) GROUP BY 1"
    profiles = ("extended", "followup2025", "paper2024")
    assert sorted(census.execute(query, [BEFORE_ANY_CLOUD]).fetchall()) == [
        (profile, 250, *([0] * 11)) for profile in profiles
    ]


def test_a_date_before_all_clouds_is_a_desert_everywhere_without_a_region(census):
    columns = "tier, tier_at_least, tier_at_most, tier_at_most_fleet, deciding_finding, providers_asked"
    query = f"SELECT {columns}, count(*) FROM compute_tier_as_of('{BEFORE_ANY_CLOUD}') GROUP BY ALL"
    assert census.execute(query).fetchall() == [("desert", "desert", "desert", "desert", "no_region", 0, 3 * 250)]
    assert census.execute(f"FROM finding_as_of('{BEFORE_ANY_CLOUD}')").fetchall() == []


@pytest.mark.parametrize(("number", "day"), list(enumerate(("2023-11-20", "2024-11-17", "2026-10-25"))))
def test_the_findings_of_three_dates_are_what_the_listings_say(census, number, day):
    query = (
        "SELECT provider, region_code, accelerator_model, finding, sources, evidence_on, stale FROM finding_as_of($1)"
    )
    found = {row[:3]: row[3:] for row in census.execute(query, [day]).fetchall()}
    assert {place: found.get(place) for place in FOUND} == {
        place: expected[number] for place, expected in FOUND.items()
    }


def test_every_row_of_a_macro_carries_its_own_date(census):
    for name in ("region", "offering", "finding", "country_census", "source_coverage"):
        dates = census.execute(f"SELECT DISTINCT census_date FROM {name}_as_of('2024-11-17')").fetchall()
        assert dates == [(date(2024, 11, 17),)], name


def test_every_table_and_column_and_macro_is_described(census):
    for kind, name in (("tables", "table_name"), ("columns", "table_name || '.' || column_name")):
        silent = f"SELECT {name} FROM duckdb_{kind}() WHERE NOT internal AND coalesce(trim(comment), '') = ''"
        assert census.execute(f"{silent} AND database_name = 'memory'").fetchall() == []
    silent = "SELECT function_name FROM duckdb_functions() WHERE NOT internal AND coalesce(trim(comment), '') = ''"
    assert census.execute(silent).fetchall() == []


def test_a_comment_is_what_the_header_of_the_model_says(census):
    model = _model("compute_tier")
    table = census.execute("SELECT comment FROM duckdb_tables() WHERE table_name = 'compute_tier'").fetchall()
    columns = (
        "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'compute_tier' ORDER BY column_index"
    )
    assert table == [(model.description,)]
    assert census.execute(columns).fetchall() == [(column.name, column.description) for column in model.columns]


def _model(name: str):
    return next(model for model in PLAN.models if model.name == name)


def test_only_the_united_states_and_china_are_superpowers(census):
    found = census.execute("SELECT DISTINCT country_iso2 FROM compute_tier WHERE superpower ORDER BY ALL")
    assert found.fetchall() == [("CN",), ("US",)]


@pytest.mark.parametrize(
    ("day", "country", "income"),
    [
        ("2023-06-30", "BG", None),  # the edition in force then is not in the reference table
        ("2024-06-30", "BG", "upper_middle"),
        ("2024-07-01", "BG", "high"),
        ("2025-06-30", "CR", "upper_middle"),
        ("2025-07-01", "CR", "high"),
        ("2026-06-30", "VN", "lower_middle"),
        ("2026-07-01", "VN", "upper_middle"),
    ],
)
def test_the_income_group_is_of_the_edition_in_force_on_the_day(census, day, country, income):
    found = f"SELECT DISTINCT wb_income FROM compute_tier_as_of(DATE '{day}') WHERE country_iso2 = '{country}'"
    assert census.execute(found).fetchall() == [(income,)]


@pytest.fixture(scope="module")
def flickering(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Regions named on some days of 2025, by several sources; Jakarta and Dubai are known to be open for years."""
    archive = tmp_path_factory.mktemp("archive")
    listings = {
        ("alibaba", "list"): {day: "ap-southeast-5 " + "me-east-1" * (day in (2, 4, 5)) for day in range(1, 6)},
        ("gone", "list"): {1: "here there", 21: "here"},
        ("gone", "other"): {11: "there", 301: "there"},
        ("again", "said"): {1: "one", 301: "one"},
    }
    write_source(archive, "alibaba", "list", regions_complete=True, gone_regions=0.5)
    write_source(archive, "gone", "list", regions_complete=True, settled=True)
    write_source(archive, "gone", "other", settled=True)
    write_source(archive, "again", "said", positive_only=True, settled=True)
    for place, days in listings.items():
        for day, codes in days.items():
            regions = [{"region_code": code} for code in codes.split()]
            offerings = [row | {"instance_type": "large", "accelerator_label": "A100"} for row in regions]
            write_listing_files(archive, *place, str(day_of_2025(day)), regions=regions, offerings=offerings)
    return census_of([archive], day_of_2025(301))


def day_of_2025(number: int) -> date:
    return date(2025, 1, 1) + timedelta(days=number - 1)


def there(census: duckdb.DuckDBPyConnection, region: str, numbers: Sequence[int]) -> list[bool]:
    query = "SELECT count(*) FROM region_as_of($1) WHERE region_code = $2"
    return [census.execute(query, [day_of_2025(number), region]).fetchall() == [(1,)] for number in numbers]


def test_a_region_known_to_be_open_is_there_until_a_list_has_it_for_good(flickering):
    # Named on the second day alone, which no later list confirms, and then from the fourth on.
    assert there(flickering, "me-east-1", range(1, 6)) == [True] * 5


def test_a_complete_region_list_ends_a_region_that_others_named_more_than_7_days_before(flickering):
    # Left out on day 21, ten days after the other source had named it; that it will be named on day 301 is not known.
    assert there(flickering, "there", (20, 21, 300, 301)) == [True, False, False, True]


def test_what_will_be_said_again_does_not_make_a_statement_younger(flickering):
    query = "SELECT evidence_on, stale FROM finding_as_of($1) WHERE provider = 'again' AND accelerator_model = 'A100'"
    found = [flickering.execute(query, [day_of_2025(number)]).fetchall() for number in (181, 182, 301)]
    assert found == [[(date(2025, 1, 1), False)], [(date(2025, 1, 1), True)], [(date(2025, 10, 28), False)]]


def test_a_region_was_last_seen_on_the_newest_day_a_list_named_it(flickering):
    query = "SELECT first_seen_on, last_seen_on FROM region_as_of($1) WHERE provider = 'again'"
    assert flickering.execute(query, [day_of_2025(200)]).fetchall() == [(date(2025, 1, 1), date(2025, 1, 1))]
