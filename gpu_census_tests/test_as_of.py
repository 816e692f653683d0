"""Tables and macros of the bundled archive: each table is its macro at the census date, and both are described."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from gpu_census.assets.plan import Plan
from gpu_census.home import BUNDLED_ARCHIVE
from gpu_census_tests.small_census import census_of, rows

CENSUS_DATE = date(2026, 10, 25)
PLAN = Plan((BUNDLED_ARCHIVE,))
BACKED = sorted(model.name for model in PLAN.models if model.name in PLAN.backed)
HISTORIES = sorted(name for name, relation in PLAN.relations.items() if relation.as_of)
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
        census.sql(described.format(f"main.{model}")).fetchall()
        == census.sql(described.format("on_the_day")).fetchall()
    )
    assert census.sql(f"FROM main.{model} EXCEPT ALL FROM on_the_day").fetchall() == []
    assert census.sql(f"FROM on_the_day EXCEPT ALL FROM main.{model}").fetchall() == []


def test_every_model_that_says_something_of_a_date_has_a_macro(census):
    macros = {
        name for (name,) in census.sql("SELECT function_name FROM duckdb_functions() WHERE NOT internal").fetchall()
    }
    dated = [model.name for model in PLAN.models if {column.name for column in model.columns} >= {"census_date"}]
    assert macros >= {f"{name}_as_of" for name in (*dated, *BACKED, *HISTORIES)}


def test_a_macro_takes_a_date_or_its_text_and_nothing_else(census):
    query = "SELECT count(*), sum(gpu_regions) FROM country_census_as_of({})"
    by_date = census.sql(query.format("DATE '2024-11-17'")).fetchall()
    assert census.sql(query.format("'2024-11-17'")).fetchall() == by_date
    assert by_date[0][1] > 0
    with pytest.raises(duckdb.ConversionException, match="soon"):
        census.sql(query.format("'soon'")).fetchall()


def test_a_date_before_all_clouds_has_a_row_of_zeros_for_every_territory(census):
    counted = [column.name for column in _model("country_census").columns if column.dtype == "BIGINT"]
    assert len(counted) == 11
    sums = ", ".join(f"sum({name})" for name in counted)
    query = f"SELECT profile, count(DISTINCT country_iso2), {sums} FROM country_census_as_of($1) GROUP BY 1"
    profiles = ("extended", "followup2025", "paper2024")
    assert sorted(census.sql(query, params=[BEFORE_ANY_CLOUD]).fetchall()) == [
        (profile, 250, *([0] * 11)) for profile in profiles
    ]


def test_a_date_before_all_clouds_is_a_desert_everywhere_without_a_region(census):
    columns = "tier, tier_at_least, tier_at_most, tier_at_most_fleet, deciding_finding, providers_asked"
    query = f"SELECT {columns}, count(*) FROM compute_tier_as_of('{BEFORE_ANY_CLOUD}') GROUP BY ALL"
    assert census.sql(query).fetchall() == [("desert", "desert", "desert", "desert", "no_region", 0, 3 * 250)]
    assert census.sql(f"FROM finding_as_of('{BEFORE_ANY_CLOUD}')").fetchall() == []


@pytest.mark.parametrize(("number", "day"), list(enumerate(("2023-11-20", "2024-11-17", "2026-10-25"))))
def test_the_findings_of_three_dates_are_what_the_listings_say(census, number, day):
    found = {
        (row["provider"], row["region_code"], row["accelerator_model"]): (
            row["finding"],
            row["sources"],
            row["evidence_on"],
            row["stale"],
        )
        for row in rows(census, f"FROM finding_as_of('{day}')")
    }
    assert {place: found.get(place) for place in FOUND} == {
        place: expected[number] for place, expected in FOUND.items()
    }


def test_every_row_of_a_macro_carries_its_own_date(census):
    for name in ("region", "offering", "finding", "country_census", "source_coverage"):
        dates = census.sql(f"SELECT DISTINCT census_date FROM {name}_as_of('2024-11-17')").fetchall()
        assert dates == [(date(2024, 11, 17),)], name


def test_every_table_and_column_and_macro_is_described(census):
    for kind, name in (("tables", "table_name"), ("columns", "table_name || '.' || column_name")):
        silent = f"SELECT {name} FROM duckdb_{kind}() WHERE NOT internal AND coalesce(trim(comment), '') = ''"
        assert census.sql(f"{silent} AND database_name = 'memory'").fetchall() == []
    silent = "SELECT function_name FROM duckdb_functions() WHERE NOT internal AND coalesce(trim(comment), '') = ''"
    assert census.sql(silent).fetchall() == []


def test_a_comment_is_what_the_header_of_the_model_says(census):
    model = _model("compute_tier")
    table = census.sql("SELECT comment FROM duckdb_tables() WHERE table_name = 'compute_tier'").fetchall()
    columns = (
        "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'compute_tier' ORDER BY column_index"
    )
    assert table == [(model.description,)]
    assert census.sql(columns).fetchall() == [(column.name, column.description) for column in model.columns]


def _model(name: str):
    return next(model for model in PLAN.models if model.name == name)
