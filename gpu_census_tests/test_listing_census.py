"""`listing_census` counted again in plain Python: from the bundled archive's files, and from what they were made of.

Only the reading of labels is the package's own; files, aliases, what is no region and countries are read here.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from gpu_census.home import BUNDLED_ARCHIVE
from gpu_census.reference.labels import resolve_label
from gpu_census.reference.tables import FOLDER
from gpu_census_tests.small_census import census_of

MODELS = ("V100", "A100", "H100")
AFTER_ALL_LISTINGS = date(2026, 12, 1)

# instance types and accelerator types by model, as the providers' documents name them
AWS = {"V100": r"p3(dn)?\..+", "A100": r"p4de?\..+", "H100": r"p5\..+"}
GOOGLE = {"V100": "nvidia-tesla-v100", "A100": "nvidia-(tesla-a100|a100-80gb)", "H100": "nvidia-h100-.+"}
AZURE = {
    "V100": r"Standard_(NC(6|12|24|24r)s_v3|ND40r?s_v2)",
    "A100": r"Standard_N[CD].+_A100_v4|Standard_ND96asr_v4",
    "H100": r"Standard_N.+_H100_v5",
}


@pytest.fixture(scope="module")
def listing_census() -> dict[tuple[str, str, str], tuple[int, ...]]:
    """(provider, source, date) -> regions, countries, accelerator regions, and those with V100, A100, H100."""
    models = ", ".join(f"{model.lower()}_regions" for model in MODELS)
    columns = f"provider, source, census_date, evidence, regions, countries, accelerator_regions, {models}"
    found = census_of([BUNDLED_ARCHIVE], AFTER_ALL_LISTINGS).execute(f"SELECT {columns} FROM listing_census").fetchall()
    return {(row[0], row[1], row[2].isoformat()): row[3:] for row in found}


def cells(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened, delimiter=delimiter))


def region_namer(provider: str, day: str) -> Callable[[str], str | None]:
    """The region that a code means on a day, None where it is no region."""
    aliases = {
        row["alias"]: row["region_code"]
        for row in cells(FOLDER / "region_alias.csv")
        if row["provider"] == provider and row["valid_from"] <= day and (not row["valid_to"] or day < row["valid_to"])
    }
    known = {row["region_code"] for row in cells(FOLDER / "region.csv") if row["provider"] == provider}
    patterns = [row["pattern"] for row in cells(FOLDER / "not_a_region.csv") if row["provider"] in ("", provider)]

    def region(code: str) -> str | None:
        code = aliases.get(code, code)
        none = code not in known and any(re.fullmatch(pattern, code) for pattern in patterns)
        return None if none else code

    return region


def count_listing(folder: Path) -> tuple[int, ...]:
    """Count one dated listing of the archive from its two files."""
    provider = folder.parts[-3]
    region = region_namer(provider, folder.name)
    countries = {
        row["region_code"]: row["country_iso2"] for row in cells(FOLDER / "region.csv") if row["provider"] == provider
    }
    listed: dict[str, str] = {}
    answered: set[str] = set()
    for row in cells(folder / "regions.csv"):
        code = region(row["region_code"])
        if code is not None:
            listed[code] = countries.get(code) or row.get("country_iso2", "")
            answered |= {code} if row["answered"] == "true" else set()
    models: dict[str, set[str]] = {}
    for row in cells(folder / "offerings.csv"):
        code = region(row["region_code"])
        resolution, model = resolve_label(provider, row["accelerator_label"])
        if code in answered and resolution != "not_an_accelerator":
            models.setdefault(model, set()).add(code)
    anywhere = set().union(*models.values())
    counts = (len(models.get(model, ())) for model in MODELS)
    return len(listed), len(set(listed.values()) - {""}), len(anywhere), *counts


def test_every_listing_is_counted_as_its_files_say(listing_census):
    days = [path.parent for path in BUNDLED_ARCHIVE.glob("*/*/*/regions.csv")]
    expected = {day.parts[-3:]: count_listing(day) for day in days}
    assert len(expected) > 30
    assert {place: row[1:] for place, row in listing_census.items()} == expected


def test_every_listing_carries_the_evidence_its_source_states(listing_census):
    for (provider, source, _), row in listing_census.items():
        card = (BUNDLED_ARCHIVE / provider / source / "source.toml").read_text(encoding="utf-8")
        assert f'evidence = "{row[0]}"' in card.splitlines()


def regions_by_model(sold: Iterator[tuple[str, str]], patterns: dict[str, str]) -> tuple[int, ...]:
    """Number of regions that sell a type of each model, from pairs of region and type."""
    pairs = list(sold)
    return tuple(
        len({region for region, name in pairs if re.fullmatch(pattern, name)}) for pattern in patterns.values()
    )


@pytest.mark.parametrize("day", ["2023-11-19", "2024-02-04", "2024-11-17", "2026-10-25"])
def test_aws_is_counted_as_its_recorded_answers_say(listing_census, shared_data, day):
    files = sorted((shared_data / "aws" / "instance_type_offerings" / day).glob("*.json"))
    sold = ((path.stem, row["InstanceType"]) for path in files for row in json.loads(path.read_text(encoding="utf-8")))
    counted = listing_census["aws", "instance_type_offerings", day]
    assert counted[1] == len(files)
    assert counted[4:] == regions_by_model(sold, AWS)


@pytest.mark.parametrize("day", ["2023-11-10", "2024-02-16", "2024-11-10", "2026-08-10"])
def test_google_is_counted_as_its_accelerator_types_say(listing_census, shared_data, day):
    regions = {row["NAME"] for row in cells(shared_data / "gcp" / f"regions_{day}.csv", ";")}
    listed = cells(shared_data / "gcp" / f"acceleratortyperegion_{day}.csv", ";")
    public = [(row["ZONE"], row["NAME"]) for row in listed if row["ZONE"] in regions]  # not the internal ones
    counted = listing_census["google", "accelerator_types", day]
    assert counted[1] == len(regions)
    assert counted[3] == len({region for region, _ in public})
    assert counted[4:] == regions_by_model(iter(public), GOOGLE)


@pytest.mark.parametrize("day", ["2023-10-27", "2024-12-13", "2026-06-18", "2026-08-22"])
def test_azure_is_counted_as_its_price_lists_say(listing_census, shared_data, day):
    asked = cells(shared_data / "azure" / f"retail_prices_regions_{day}.csv")
    regions = {row["armRegionName"] for row in asked if row.get("cloud") != "edgeZone"}
    listed = cells(shared_data / "azure" / f"retail_prices_gpu_{day}.csv")
    sold = ((row["armRegionName"], row["armSkuName"]) for row in listed if row["armRegionName"] in regions)
    counted = listing_census["azure", "retail_prices", day]
    assert counted[1] == len(regions)
    assert counted[4:] == regions_by_model(sold, AZURE)
