"""Read a published table of countries: a CSV file that somebody typed off a study.

Columns: `country_iso2`, and any of `regions`, `gpu_regions`, `h100_regions`, `a100_regions`, `v100_regions`. An empty
cell is a number that was not published.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from gpu_census.errors import CensusError
from gpu_census.reference.tables import reference_table

KEY = "country_iso2"
COUNTS = ("regions", "gpu_regions", "h100_regions", "a100_regions", "v100_regions")


@dataclass(frozen=True)
class PublishedTable:
    """Its columns of counts in the order of the file, and each country's numbers; None where a cell is empty."""

    columns: tuple[str, ...]
    rows: dict[str, dict[str, int | None]]


def read_published_table(path: Path) -> PublishedTable:
    """Read the file. Raises `CensusError` that begins with `file:line`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            _refuse_header(path, header)
            return PublishedTable(tuple(name for name in header if name != KEY), dict(_rows(path, reader, header)))
    except UnicodeDecodeError:
        raise CensusError(f"{path}: not UTF-8; save it as a CSV file in UTF-8") from None
    except csv.Error as error:
        raise CensusError(f"{path}:{reader.line_num}: not readable as CSV: {error}") from None


def _refuse_header(path: Path, header: list[str]) -> None:
    known = (KEY, *COUNTS)
    for name in header:
        if name not in known:
            _refuse(path, 1, f"unknown column {name!r}; the columns are {', '.join(known)}")
        if header.count(name) > 1:
            _refuse(path, 1, f"column {name!r} stands twice")
    if KEY not in header:
        _refuse(path, 1, f"column {KEY!r} is missing; the columns are {', '.join(known)}")
    if len(header) == 1:
        _refuse(path, 1, f"there is nothing to compare; give at least one of {', '.join(COUNTS)}")


def _rows(path: Path, reader: Iterator[list[str]], header: list[str]) -> Iterator[tuple[str, dict[str, int | None]]]:
    countries, seen = set(reference_table("country")[KEY]), set()
    for row in reader:
        line: int = reader.line_num  # type: ignore[attr-defined]
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) != len(header):
            _refuse(path, line, f"{len(cells)} cells, the header has {len(header)}")
        told = dict(zip(header, cells, strict=True))
        country = told.pop(KEY)
        if country not in countries:
            _refuse(path, line, f"{KEY} is {country!r}, which is no ISO 3166-1 code (nor XK)")
        if country in seen:
            _refuse(path, line, f"{country} stands twice")
        seen.add(country)
        yield country, {name: _count(path, line, name, cell) for name, cell in told.items()}


def _count(path: Path, line: int, name: str, cell: str) -> int | None:
    if not cell:
        return None
    if not (cell.isascii() and cell.isdigit()) or len(cell) > 6:
        _refuse(path, line, f"{name} is {cell!r}, which is no number of regions")
    return int(cell)


def _refuse(path: Path, line: int, wrong: str) -> NoReturn:
    raise CensusError(f"{path}:{line}: {wrong}")
