"""The asset `report` writes the pages of what is published; where it cannot, it warns and the old pages stay."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from gpu_census.assets.plan import Plan
from gpu_census.assets.report import report_asset
from gpu_census.home import Home
from gpu_census.warehouse.build import BuildDatabase
from gpu_census_tests.report_census import publish_report_census


def materialized(home: Home, archive: Path) -> dg.ExecuteInProcessResult:
    resources = {"build": BuildDatabase(database=str(home.build_database))}
    return dg.materialize([report_asset(Plan((archive,), home=home))], resources=resources)


def test_the_asset_writes_both_pages_and_says_where(tmp_path: Path) -> None:
    home = publish_report_census(tmp_path)
    result = materialized(home, tmp_path / "archive")
    assert result.success
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == ("pages_written", True)
    metadata = result.asset_materializations_for_node("report")[0].metadata
    pages = [home.public_database.with_name(name) for name in ("report.html", "report.zh.html")]
    assert [metadata[f"page_{code}"].value for code in ("en", "zh")] == [page.as_uri() for page in pages]
    assert metadata["bytes"].value == sum(page.stat().st_size for page in pages)


def test_without_a_database_it_warns_and_the_old_page_stays(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    old = home.public_database.with_name("report.html")
    old.write_text("of before", encoding="utf-8")
    result = materialized(home, tmp_path)
    assert result.success
    (check,) = result.get_asset_check_evaluations()
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "no published census yet" in (check.description or "")
    assert old.read_text(encoding="utf-8") == "of before"
