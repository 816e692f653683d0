"""Write the pages beside the published database: both languages from one reading, each file replaced whole."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb

from gpu_census.errors import CensusError
from gpu_census.home import Home
from gpu_census.report.facts import read_facts
from gpu_census.report.language import CODES
from gpu_census.report.page import page
from gpu_census.report.published import Published
from gpu_census.warehouse.memory import give_memory_back

PACKAGE = Path(__file__).parent


def write_report(home: Home, on_date: date | None = None) -> dict[str, Path]:
    """The report of the published census, by language; of an earlier date beside it, under that date's name.

    Pages that are newer than the database and than all that draws them are not drawn again.
    """
    database = home.public_database
    if not database.exists():
        raise CensusError(f"{database}: there is no published census yet; run `gpu-census refresh`")
    newest = {code: database.with_name(f"report{'' if code == 'en' else f'.{code}'}.html") for code in CODES}
    if on_date is None and _are_current(newest.values(), database):
        return newest
    with closing(duckdb.connect(str(database), read_only=True)) as connection:
        give_memory_back(connection)
        published = Published(connection, on_date)
        facts = read_facts(published)
    dated = "" if facts.census_date == published.census_date else f".{facts.census_date.isoformat()}"
    files = {code: f"report{dated}{'' if code == 'en' else f'.{code}'}.html" for code in CODES}
    pages = {}
    for code, name in files.items():
        other = next(file for candidate, file in files.items() if candidate != code)
        pages[code] = _replaced(database.with_name(name), page(facts, code, other_file=other))
    return pages


def _are_current(pages: Iterable[Path], database: Path) -> bool:
    drawn_from = [database, *(path for path in PACKAGE.rglob("*") if path.suffix != ".pyc")]
    last = max(path.stat().st_mtime_ns for path in drawn_from)
    return all(page.exists() and page.stat().st_mtime_ns > last for page in pages)


def _replaced(path: Path, text: str) -> Path:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    return path
