"""The bundled listings have the rows and regions that a person has reviewed, no more and no fewer."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import polars as pl

from gpu_census.archive.expected_counts import SCHEMA, counts_of, differing_counts, expected_counts
from gpu_census.home import BUNDLED_ARCHIVE

UPDATE = """
Look at each listing that differs: was a row lost, read twice, or wanted? When all is as it should be,
`python -m gpu_census.archive.expected_counts` writes the new counts; commit them with what changed them."""


def counts(*rows: tuple[str, str, str, int, int]) -> pl.DataFrame:
    dated = [(provider, source, date.fromisoformat(day), *rest) for provider, source, day, *rest in rows]
    return pl.DataFrame(dated, schema=SCHEMA, orient="row")


def test_every_bundled_listing_has_the_counts_that_were_reviewed():
    told = differing_counts(expected_counts(), counts_of(BUNDLED_ARCHIVE))
    assert told == [], UPDATE


def test_the_counts_are_those_of_the_files():
    """Counted once more without the code that reads archives."""

    def rows_of(path: Path) -> int:
        with path.open(encoding="utf-8", newline="") as file:
            return sum(1 for _ in csv.DictReader(file))

    for provider, source, day, rows, regions in expected_counts().iter_rows():
        folder = BUNDLED_ARCHIVE / provider / source / day.isoformat()
        assert (rows_of(folder / "offerings.csv"), rows_of(folder / "regions.csv")) == (rows, regions), folder


def test_what_differs_is_told_with_its_size():
    expected = counts(("aws", "list", "2024-01-01", 200, 10), ("aws", "list", "2024-02-01", 5, 2))
    expected = pl.concat([expected, counts(("aws", "empty", "2024-01-01", 0, 4))])
    found = counts(("aws", "list", "2024-01-01", 190, 10), ("aws", "empty", "2024-01-01", 3, 4))
    found = pl.concat([found, counts(("vultr", "list", "2024-01-01", 1, 1))])
    assert differing_counts(expected, found) == [
        "aws/empty/2024-01-01: 0 rows expected, 3 found (+3)",
        "aws/list/2024-01-01: 200 rows expected, 190 found (-10, -5.0%)",
        "aws/list/2024-02-01: 5 rows expected, none found (the listing is gone); "
        "2 regions expected, none found (the listing is gone)",
        "vultr/list/2024-01-01: 1 rows found, none expected (a new listing); "
        "1 regions found, none expected (a new listing)",
    ]
    assert differing_counts(expected, expected) == []
