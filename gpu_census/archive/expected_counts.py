"""How many rows and regions every bundled listing has: counted once, reviewed by a person, kept in a CSV file beside.

A change of a file or of the code that reads it cannot go unseen: a test compares the counts with what is read today.
After a wanted change, `python -m gpu_census.archive.expected_counts` writes the file anew and says what differed; the
difference is to be read before it is committed. Counts are of rows as read, before any is set aside or dropped.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from gpu_census.archive.reading import providers_in, read_provider
from gpu_census.home import BUNDLED_ARCHIVE

EXPECTED = Path(__file__).with_suffix(".csv")
KEY = ["provider", "source", "census_date"]
COUNTS = ["rows", "regions"]
SCHEMA = {"provider": pl.String, "source": pl.String, "census_date": pl.Date, "rows": pl.Int64, "regions": pl.Int64}


def counts_of(archive: Path) -> pl.DataFrame:
    """Rows and regions of every listing of an archive, as it is read today."""
    parts = [pl.DataFrame(schema=SCHEMA)]
    for provider in providers_in(archive):
        read = read_provider(archive, provider)
        regions = read.regions.group_by(KEY).agg(pl.len().cast(pl.Int64).alias("regions"))
        counted = read.listings.select(*KEY, pl.col("listed").alias("rows")).join(regions, on=KEY, how="left")
        parts.append(counted.with_columns(pl.col("regions").fill_null(0)).select(*SCHEMA))
    return pl.concat(parts).sort(KEY)


def expected_counts(path: Path = EXPECTED) -> pl.DataFrame:
    """The reviewed counts."""
    return pl.read_csv(path, schema=SCHEMA)


def differing_counts(expected: pl.DataFrame, found: pl.DataFrame) -> list[str]:
    """Every listing whose counts differ, in words: expected and found, and by how much."""
    both = expected.join(found, on=KEY, how="full", suffix="_found", coalesce=True).sort(KEY)
    told = []
    for row in both.iter_rows(named=True):
        changes = [_change(name, row[name], row[f"{name}_found"]) for name in COUNTS]
        if any(changes):
            told.append(f"{_place(row)}: {'; '.join(filter(None, changes))}")
    return told


def _place(row: dict[str, str | int | date]) -> str:
    return "/".join(str(row[name]) for name in KEY)


def _change(name: str, expected: int | None, found: int | None) -> str:
    if expected == found:
        return ""
    if expected is None:
        return f"{found} {name} found, none expected (a new listing)"
    if found is None:
        return f"{expected} {name} expected, none found (the listing is gone)"
    share = f", {(found - expected) / expected:+.1%}" if expected else ""
    return f"{expected} {name} expected, {found} found ({found - expected:+d}{share})"


def main() -> None:
    """Write the counts of today, and say what differs from those of before."""
    found = counts_of(BUNDLED_ARCHIVE)
    told = differing_counts(expected_counts() if EXPECTED.exists() else found.clear(), found)
    found.write_csv(EXPECTED)
    print("\n".join([*told, f"{len(told)} of {found.height} listings differ; {EXPECTED} is written. Review it."]))


if __name__ == "__main__":
    main()
