"""Every statement of docs/cookbook.md runs, on the bundled archive and on random ones.

`test_cookbook_by_hand` checks what they answer.
"""

from __future__ import annotations

import re
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gpu_census.exports.nights import keep_night
from gpu_census.exports.tables import published_tables
from gpu_census.home import BUNDLED_ARCHIVE, CHECKOUT, Home, sql_folder
from gpu_census.reading import read_public
from gpu_census.warehouse.publish import publish
from gpu_census.warehouse.relations import base_relations
from gpu_census.warehouse.sql_models import load_models
from gpu_census_tests.archive_maker import make_archive, telling_dates
from gpu_census_tests.small_census import census_of

COOKBOOK = (CHECKOUT / "docs" / "cookbook.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"^### (\d+)\. ([^\n]+)\n\n```sql\n(.*?)```\n\n(.*?)(?=\n#|\Z)", flags=re.S | re.M)
STATEMENTS = {int(number): (question, statement) for number, question, statement, _ in ENTRY.findall(COOKBOOK)}
# what the bundled archive has nothing of, as of its date: masked labels, stock, changes of the last month
MAY_BE_EMPTY = {13, 15, 19}
SEEDS = (5, 21, 64, 111)
MINE = "iso3,name\nKEN,Kenya\nNAM,Namibia\nZZZ,Nowhere\n"


def published(home: Home, archive: Path, census_date: date) -> Home:
    """A home with the published census of an archive, its night, and a reader's own table beside it."""
    public = home.public_database.parent
    with closing(census_of([archive], census_date)) as connection:
        publish(connection, home.public_database)
        tables = published_tables(connection, load_models(sql_folder(), base_relations()))
        keep_night(connection, tables, public / "nights", census_date)
    (public / "my_countries.csv").write_text(MINE, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return published(Home(tmp_path_factory.mktemp("bundled")), BUNDLED_ARCHIVE, date(2026, 11, 23))


def answer(home: Home, number: int, monkeypatch: pytest.MonkeyPatch, **replaced: str) -> list[tuple[Any, ...]]:
    """The rows of a question, asked in the folder of the published files, with words of it replaced."""
    statement = STATEMENTS[number][1]
    for old, new in replaced.items():
        assert f"'{old}'" in statement
        statement = statement.replace(f"'{old}'", f"'{new}'")
    monkeypatch.chdir(home.public_database.parent)
    return read_public(home, statement).rows


def test_every_question_has_a_number_a_statement_and_how_to_read_it_with_its_limit() -> None:
    headings = re.findall(r"^### (\d+)\.", COOKBOOK, flags=re.M)
    assert [int(number) for number in headings] == list(range(1, len(headings) + 1)) == sorted(STATEMENTS)
    assert len(headings) >= 25
    for number, _, _, told in ENTRY.findall(COOKBOOK):
        assert told.startswith("Read: "), number
        assert re.search(r"Limit:\s", told), number


def test_every_question_linked_to_is_there() -> None:
    anchors = {
        re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.+)$", COOKBOOK, re.M)
    }
    links = re.findall(r"\]\(#([^)]+)\)", COOKBOOK)
    assert links
    assert set(links) <= anchors


@pytest.mark.parametrize("number", STATEMENTS, ids=lambda number: f"{number} {STATEMENTS[number][0]}")
def test_every_statement_answers_on_the_bundled_archive(
    bundled: Home, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answer(bundled, number, monkeypatch) or number in MAY_BE_EMPTY


@pytest.mark.parametrize("seed", SEEDS)
def test_every_statement_runs_on_a_random_archive(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a day in the midst of it: what comes later is in the file too, and must not disturb."""
    archive = make_archive(tmp_path / "archive", seed=seed)
    days = telling_dates(archive)
    home = published(Home(tmp_path / "home"), archive, days[len(days) * 2 // 3])
    for number, (question, statement) in STATEMENTS.items():
        monkeypatch.chdir(home.public_database.parent)
        for asked in {statement, re.sub(r"'(KE|BR)'", "'DE'", statement).replace("'H100'", "'A100'")}:
            assert read_public(home, asked).columns, f"{number} {question}"


def test_an_answer_is_exported_as_a_file(bundled: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer(bundled, 28, monkeypatch) == [(250,)]
    file = bundled.public_database.parent / "tiers.parquet"
    assert duckdb.sql(f"SELECT count(*), count(DISTINCT country_iso2) FROM '{file}'").fetchall() == [(250, 250)]


def test_the_lines_of_python_give_the_tiers(bundled: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (lines,) = re.findall(r"```python\n(.*?)```", COOKBOOK, flags=re.S)
    monkeypatch.chdir(bundled.public_database.parent)
    names: dict[str, Any] = {}
    exec(lines, names)
    assert len(names["tiers"]) == 250
