"""The bundled archive is what its conversions make of the recorded listings, byte for byte."""

from __future__ import annotations

import os
import re
from pathlib import Path

import polars as pl
import pytest

from gpu_census.archive.convert.__main__ import conversions
from gpu_census.archive.convert.prices import hourly_price
from gpu_census.reference.instance_types import accelerators_of, families_of, resolve

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = ROOT / "gpu_census" / "archive"
RECORDED = Path(os.environ.get("GPU_CENSUS_SHARED_DATA", ROOT.parent / "shared" / "data"))


def listing_files(archive: Path) -> dict[str, bytes]:
    sources = [card.parent for card in archive.glob("*/*/source.toml")]
    return {
        path.relative_to(archive).as_posix(): path.read_bytes()
        for source in sources
        for path in source.rglob("*")
        if path.is_file()
    }


@pytest.mark.skipif(
    not RECORDED.is_dir(),
    reason=f"no recorded listings at {RECORDED}; set GPU_CENSUS_SHARED_DATA to their folder",
)
def test_converting_again_gives_the_bundled_archive(tmp_path: Path) -> None:
    for _, convert in conversions():
        convert(RECORDED, tmp_path)
    made, bundled = listing_files(tmp_path), listing_files(BUNDLED)
    assert sorted(made) == sorted(bundled)
    assert [name for name in sorted(made) if made[name] != bundled[name]] == []


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    for folder in ("instance_accelerator", "instance_family"):
        (tmp_path / folder).mkdir()
    (tmp_path / "instance_accelerator" / "acme.csv").write_text(
        "instance_type,accelerator_label,accelerator_count,source\nx1.half,T4,0.5,a page\n"
    )
    (tmp_path / "instance_family" / "acme.csv").write_text(
        "pattern,accelerator_label,source\nx1\\..+,A100,a page\ny\\d+,L4,a page\n"
    )
    return tmp_path


def named(*types: str) -> pl.DataFrame:
    return pl.DataFrame({"instance_type": list(types)}, schema={"instance_type": pl.String})


def test_an_exact_fact_comes_before_a_family_pattern(reference: Path) -> None:
    rows = resolve(named("x1.half", "x1.big"), provider="acme", reference=reference)
    assert set(rows.rows()) == {("x1.half", "T4", "0.5"), ("x1.big", "A100", None)}


def test_a_pattern_must_match_the_whole_name(reference: Path) -> None:
    rows = resolve(named("y1", "y1.more", "plain"), provider="acme", reference=reference)
    assert rows["instance_type"].to_list() == ["y1"]


def test_an_unknown_type_is_an_error_where_every_type_has_an_accelerator(reference: Path) -> None:
    with pytest.raises(ValueError, match=r"acme: no accelerator is known for plain"):
        resolve(named("y1", "plain"), provider="acme", all_accelerated=True, reference=reference)


def test_patterns_that_disagree_are_an_error(reference: Path) -> None:
    with (reference / "instance_family" / "acme.csv").open("a") as file:
        file.write("y1,V100,a page\n")
    with pytest.raises(ValueError, match=r"family patterns disagree"):
        resolve(named("y1"), provider="acme", reference=reference)


def test_a_provider_without_tables_resolves_nothing(reference: Path) -> None:
    assert resolve(named("y1"), provider="nobody", reference=reference).is_empty()


@pytest.mark.parametrize("provider", ["aws", "azure"])
def test_exact_facts_and_family_patterns_tell_the_same(provider: str) -> None:
    facts = accelerators_of(provider)
    patterns = families_of(provider)
    assert facts["instance_type"].is_unique().all()
    for name, label, _ in facts.iter_rows():
        matching = [lab for pattern, lab in patterns.iter_rows() if re.fullmatch(pattern, name)]
        assert matching == [label], name


def test_placeholder_prices_are_left_empty() -> None:
    prices = pl.DataFrame({"price": ["0", "0.01", "0.157000", "106.0", None]})
    assert prices.select(hourly_price("price"))["price"].to_list() == [
        None,
        None,
        "0.157",
        "106",
        None,
    ]
