"""The exported files hold what the tables hold, the same content gives the same bytes, and outsiders can read them.

One small census with hostile names is exported; what Frictionless, csv and YAML readers make of it is compared with the
database.
"""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import yaml
from frictionless import Package

from gpu_census import __version__
from gpu_census.assets.plan import Plan
from gpu_census.exports.csv_file import write_csv
from gpu_census.exports.published import export
from gpu_census.exports.tables import published_tables
from gpu_census_tests.small_census import census_of, write_listing_files, write_source

DAY = date(2025, 3, 1)
PROVIDER, SOURCE = '..\\o\'hare & <sons> "ltd"', "list [1] {a,b}"
NAMES = [
    '=HYPERLINK("http://evil.example","click")',
    "-2+3",
    "@SUM(A1:A9)",
    "../../etc/passwd",
    "/etc/passwd",
    "a \"quote\", a comma; a 'tick'",
    "NULL",
    "🚀 São Paulo 東京",
]
# what no region code may hold, but a region's name may
LINES = ["=1+1", 'two\nlines\r\nand a "quote"', "a bare \r return"]
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def hostile_census(root: Path) -> duckdb.DuckDBPyConnection:
    """A made-up cloud with hostile names in Iceland, two known regions of AWS, and one place nobody knows."""
    write_source(root, PROVIDER, SOURCE, title="=1+1", url='javascript:alert("x")', licence="CC0-1.0", settled=True)
    regions = [{"region_code": name, "region_name": name, "country_iso2": "IS"} for name in NAMES]
    regions += [{"region_code": str(n), "region_name": name, "country_iso2": "IS"} for n, name in enumerate(LINES)]
    regions.append({"region_code": "nowhere"})
    offerings = [{"region_code": name, "instance_type": name, "accelerator_label": "A100"} for name in NAMES]
    write_listing_files(root, PROVIDER, SOURCE, str(DAY), regions=regions, offerings=offerings)
    write_source(root, "aws", "offers", url="https://aws.example/list", settled=True)
    known = [{"region_code": "eu-west-1"}, {"region_code": "us-east-1"}]
    sold = [{"region_code": "us-east-1", "instance_type": "p5", "accelerator_label": "H100"}]
    write_listing_files(root, "aws", "offers", str(DAY), regions=known, offerings=sold)
    census = census_of([root], DAY)
    census.execute("SET threads = 1")
    return census


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    return hostile_census(tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return Plan((tmp_path_factory.mktemp("none"),)).models


@pytest.fixture(scope="module")
def exported(census, models, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "public"
    export(census, folder, models)
    return folder


@pytest.fixture(scope="module")
def package(exported) -> dict[str, Any]:
    return json.loads((exported / "datapackage.json").read_text(encoding="utf-8"))


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_there_is_one_parquet_and_one_csv_file_for_every_table_and_nothing_escapes(census, models, exported):
    names = {table.name for table in published_tables(census, models)}
    assert {"finding", "tier_sensitivity", "reference.country", "reference.variant", "source"} <= names
    expected = {f"{name}{ending}" for name in names for ending in (".parquet", ".csv")}
    assert set(content(exported)) == expected | {"region.geojson", "datapackage.json", "CITATION.cff"}
    assert [path.name for path in exported.parent.iterdir()] == ["public"]


def test_every_parquet_file_holds_just_the_rows_of_its_table(census, models, exported):
    for table in published_tables(census, models):
        census.execute(f"CREATE OR REPLACE TEMP VIEW exported AS FROM '{exported / table.name}.parquet'")
        for one, other in ((table.relation, "exported"), ("exported", table.relation)):
            assert census.execute(f"FROM {one} EXCEPT ALL FROM {other}").fetchall() == [], table.name


def test_rows_stand_in_the_order_of_the_key(exported):
    found = pl.read_parquet((exported / "finding.parquet").read_bytes())
    key = ["provider", "region_code", "accelerator_model", "finding"]
    assert found.select(key).rows() == sorted(found.select(key).rows())
    assert found.height == len(NAMES) + len(LINES) + 3


def test_the_same_content_gives_the_same_bytes_whatever_the_order_of_its_rows(exported, models, tmp_path):
    again = hostile_census(tmp_path / "archive")
    for table in published_tables(again, models):
        again.execute(f"CREATE TEMP TABLE shuffled AS FROM {table.relation} ORDER BY random()")
        again.execute(f"DELETE FROM {table.relation}; INSERT INTO {table.relation} FROM shuffled; DROP TABLE shuffled")
    odd_place = tmp_path / "o'hare [1] * {a,b} é.gz"
    export(again, odd_place, models)
    assert content(odd_place) == content(exported)


def test_frictionless_finds_the_whole_package_valid(exported):
    report = Package(str(exported / "datapackage.json")).validate()
    assert report.flatten(["name", "type", "message"]) == []
    assert report.valid
    assert {task.name for task in report.tasks if task.type == "table"} >= {"finding", "region", "reference.country"}


@pytest.mark.parametrize(
    ("find", "put", "fault"),
    [
        (b"north", b"nouth", "constraint-error"),
        (b",US,", b",XX,", "foreign-key"),
        (b"2025-03-01", b"2025-03-0x", "type-error"),
    ],
)
def test_frictionless_would_find_a_wrong_word_a_wrong_country_and_a_wrong_date(
    exported, package, tmp_path, find, put, fault
):
    for name in ("compute_tier.csv", "reference.country.csv"):
        (tmp_path / name).write_bytes((exported / name).read_bytes())
    broken = (tmp_path / "compute_tier.csv").read_bytes().replace(find, put, 1)
    (tmp_path / "compute_tier.csv").write_bytes(broken)
    kept = [dict(one) for one in package["resources"] if one["path"] in ("compute_tier.csv", "reference.country.csv")]
    (tmp_path / "datapackage.json").write_text(json.dumps(package | {"resources": kept}), encoding="utf-8")
    report = Package(str(tmp_path / "datapackage.json")).validate()
    assert fault in {kind for (kind,) in report.flatten(["type"])}


def test_a_csv_cell_is_never_a_formula_and_else_says_what_the_table_says(census, exported):
    codes = [row["region_code"] for row in read_csv(exported / "offering.csv") if row["provider"] == PROVIDER]
    assert sorted(codes) == sorted(f"'{name}" if name.startswith(FORMULAS) else name for name in NAMES)
    named = {row["region_name"] for row in read_csv(exported / "region.csv") if row["region_code"].isdigit()}
    stored = census.execute("SELECT region_name FROM region WHERE region_code IN ('0', '1', '2')").fetchall()
    assert {name for (name,) in stored} == set(LINES)
    assert named == {"'=1+1", *LINES[1:]}
    for path in exported.glob("*.csv"):
        columns = published_columns(census, path.stem)
        texts = [cell for row in read_csv(path) for name, cell in row.items() if columns[name] == "VARCHAR"]
        assert [cell for cell in texts if cell.startswith(FORMULAS)] == [], path.name


def test_every_beginning_that_starts_a_formula_is_defused_and_numbers_are_left(models, tmp_path):
    texts = [f"{first}1+1" for first in FORMULAS]
    with duckdb.connect() as other:
        other.execute("CREATE TABLE census AS SELECT -1.5 AS number, unnest(?) AS text", [texts])
        write_csv(other, published_tables(other, models)[0], tmp_path / "census.csv")
    assert sorted(row["text"] for row in read_csv(tmp_path / "census.csv")) == sorted(f"'{text}" for text in texts)
    assert {row["number"] for row in read_csv(tmp_path / "census.csv")} == {"-1.5"}


def published_columns(census: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    return {row[0]: row[1] for row in census.execute(f"DESCRIBE {table}").fetchall()}


def test_csv_lists_are_json_and_flags_are_words(exported):
    (row,) = [row for row in read_csv(exported / "finding.csv") if row["accelerator_model"] == "H100"]
    assert json.loads(row["sources"]) == ["offers"]
    assert (row["stale"], row["evidence_on"]) == ("false", "2025-03-01")


def test_regions_are_points_and_those_without_a_place_are_counted(census, exported):
    found = json.loads((exported / "region.geojson").read_text(encoding="utf-8"))
    assert (found["type"], found["left_out"]) == ("FeatureCollection", len(NAMES) + len(LINES) + 1)
    assert [feature["properties"]["region_code"] for feature in found["features"]] == ["eu-west-1", "us-east-1"]
    longitude, latitude = found["features"][1]["geometry"]["coordinates"]
    assert census.execute("SELECT longitude, latitude FROM region WHERE region_code = 'us-east-1'").fetchall() == [
        (longitude, latitude)
    ]
    assert longitude < -70 < latitude


def test_the_package_says_what_it_is_of_and_where_the_facts_are_from(package):
    assert (package["version"], package["census_date"]) == (__version__, str(DAY))
    assert package["sources"] == [
        {"title": "=1+1", "provider": PROVIDER, "source": SOURCE, "licence": "CC0-1.0"},
        {"title": "aws offers", "provider": "aws", "source": "offers", "path": "https://aws.example/list"},
    ]
    assert not any("time" in name or name == "created" for name in package)


def test_keys_types_and_references_come_from_the_headers_and_schemas(package):
    schemas = {one["name"]: one["schema"] for one in package["resources"] if "schema" in one}
    tier = schemas["compute_tier"]
    assert tier["primaryKey"] == ["profile", "country_iso2"]
    assert tier["foreignKeys"] == [
        {"fields": ["country_iso2"], "reference": {"resource": "reference.country", "fields": ["country_iso2"]}}
    ]
    assert schemas["reference.country"]["primaryKey"] == ["country_iso2"]
    assert schemas["reference.profile_accelerator"]["primaryKey"] == ["profile", "accelerator_model"]
    assert "primaryKey" not in schemas["reference.region_alias"]  # a date of its key may be missing
    types = {(name, field["name"]): field["type"] for name, schema in schemas.items() for field in schema["fields"]}
    assert types["finding", "sources"] == "array"
    assert types["finding", "stale"] == "boolean"
    assert types["region", "latitude"] == "number"
    assert types["region", "opened_on"] == "date"
    assert types["country_census", "regions"] == "integer"
    assert "any" not in types.values()
    fields = [field for schema in schemas.values() for field in schema["fields"]]
    assert [field["name"] for field in fields if not field["description"]] == []


def test_the_citation_is_a_cff_file_that_claims_no_doi(exported):
    text = (exported / "CITATION.cff").read_text(encoding="utf-8")
    cited = yaml.safe_load(text)
    assert cited["cff-version"] == "1.2.0"
    assert cited["type"] == "dataset"
    assert cited["date-released"] == DAY
    assert cited["version"] == __version__
    assert {"message", "title", "authors"} <= set(cited)
    assert not {"doi", "identifiers"} & set(cited)
