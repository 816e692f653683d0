"""Whose clouds, whose chips: stances and domestic providers, worked out by hand on small archives."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gpu_census.home import BUNDLED_ARCHIVE
from gpu_census_tests.small_census import census_of, rows, write_listing_files, write_source

DAY = date(2025, 6, 1)
# provider by its headquarters; no reference table knows nimbus
CLOUDS = {"US": "aws", "CN": "huawei", "FR": "scaleway", "": "nimbus"}
CLASSES = {"training": "H100", "inference": "T4"}


def offer(archive: Path, provider: str, country: str, *labels: str, count: str = "8", **card: Any) -> None:
    """One region of a provider in a country with these accelerators."""
    code = f"made-{country.lower()}"
    write_source(archive, provider, "api", settled=True, **card)
    day = archive / provider / "api" / DAY.isoformat()
    kept = [line.split(",") for line in (day / "regions.csv").read_text().splitlines()[1:]] if day.exists() else []
    regions = [{"region_code": row[0], "country_iso2": row[2]} for row in kept]
    old = [line.split(",") for line in (day / "offerings.csv").read_text().splitlines()[1:]] if day.exists() else []
    offerings = [
        {"region_code": row[0], "instance_type": row[2], "accelerator_label": row[4], "accelerator_count": row[5]}
        for row in old
    ]
    offerings += [
        {"region_code": code, "instance_type": f"i.{label}", "accelerator_label": label, "accelerator_count": count}
        for label in labels
    ]
    regions.append({"region_code": code, "country_iso2": country})
    write_listing_files(archive, provider, "api", DAY.isoformat(), regions=regions, offerings=offerings)


def sovereignty(archive: Path, country: str, accelerator_class: str = "any") -> dict[str, Any]:
    query = (
        f"FROM compute_sovereignty WHERE profile = 'extended' AND country_iso2 = '{country}' "
        f"AND accelerator_class = '{accelerator_class}'"
    )
    (row,) = rows(census_of([archive], DAY, only=["compute_sovereignty"]), query)
    return row


@pytest.mark.parametrize(
    ("country", "operators", "stance", "domestic"),
    [
        ("KE", ["US"], "aligned_us", False),
        ("KE", ["CN"], "aligned_cn", False),
        ("KE", ["US", "CN"], "hedges", False),
        ("KE", ["FR"], "other_foreign", False),
        ("KE", [""], "other_foreign", False),  # a cloud of nobody knows where
        ("FR", ["FR"], "domestic_only", True),
        ("FR", ["FR", "US"], "aligned_us", True),
        ("US", ["US", "CN"], "superpower", True),
        ("CN", ["US"], "superpower", False),
        ("KE", [], "none", False),
    ],
)
def test_a_stance_is_between_the_foreign_operators(tmp_path, country, operators, stance, domestic):
    for operator in operators:
        offer(tmp_path, CLOUDS[operator], country, "H100")
    offer(tmp_path, "nimbus", "BR", "T4")  # elsewhere, and so of no account
    found = sovereignty(tmp_path, country)
    assert (found["stance"], found["domestic"], found["regions"]) == (stance, domestic, len(operators))
    known = sorted(operator for operator in operators if operator)
    assert found["operator_countries"] == known
    assert found["unknown_operator_regions"] == operators.count("")


def test_the_classes_stand_apart_and_a_fraction_is_not_for_training(tmp_path):
    offer(tmp_path, "aws", "KE", "T4")
    offer(tmp_path, "huawei", "KE", "H100", count="0.5")
    offer(tmp_path, "scaleway", "KE", "H100")
    assert sovereignty(tmp_path, "KE", "training")["stance"] == "other_foreign"
    assert sovereignty(tmp_path, "KE", "inference")["stance"] == "hedges"
    assert sovereignty(tmp_path, "KE", "any")["regions"] == 3


def test_the_vendors_countries_are_those_of_the_chips(tmp_path):
    offer(tmp_path, "huawei", "KE", "H100", "Ascend 910B")
    assert sovereignty(tmp_path, "KE")["vendor_countries"] == ["CN", "US"]
    query = "FROM vendor_census WHERE profile = 'extended' AND accelerator_class = 'any' ORDER BY vendor"
    found = rows(census_of([tmp_path], DAY, only=["vendor_census"]), query)
    assert [(row["vendor"], row["vendor_country_iso2"], row["regions"], row["providers"]) for row in found] == [
        ("Huawei", "CN", 1, ["huawei"]),
        ("NVIDIA", "US", 1, ["huawei"]),
    ]


@pytest.fixture(scope="module")
def bundled() -> duckdb.DuckDBPyConnection:
    return census_of([BUNDLED_ARCHIVE], date(2026, 11, 23))


def test_the_operators_regions_add_up_to_those_of_the_countries(bundled):
    by_operator = (
        "SELECT profile, sum(regions), sum(gpu_regions), sum(training_regions) FROM operator_census GROUP BY 1"
    )
    by_level = (
        "SELECT profile, count(*), count(*) FILTER (reach > 0), count(*) FILTER (reach = 2) "
        "FROM region_level GROUP BY 1"
    )
    found = sorted(bundled.execute(by_operator).fetchall())
    assert found == sorted(bundled.execute(by_level).fetchall())
    assert len(found) == 3


def test_the_columns_of_a_country_add_up_and_agree_with_its_tier(bundled):
    broken = """
        FROM compute_sovereignty AS found
        JOIN compute_tier USING (profile, country_iso2)
        JOIN country_census USING (profile, country_iso2)
        WHERE found.regions <> us_regions + cn_regions + third_country_regions + unknown_operator_regions
                + if(country_iso2 IN ('US', 'CN'), 0, own_regions)
            OR (accelerator_class = 'training' AND (found.regions > 0) <> (tier = 'north'))
            OR (accelerator_class = 'any' AND found.regions <> gpu_regions)
            OR (stance = 'none' AND found.regions > 0 AND NOT superpower)
    """
    assert bundled.execute(f"SELECT count(*) {broken}").fetchall() == [(0,)]
    assert bundled.execute("SELECT count(*) FROM compute_sovereignty WHERE regions > 0").fetchall()[0][0] > 50
