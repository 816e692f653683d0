"""Reading SQL models: what a header says, what a model reads, and what is refused, with file and line.

What becomes of the SELECT is tested in `test_sql_rewriting`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gpu_census.errors import SqlModelError
from gpu_census.warehouse.relations import INTERVAL, Relation, base_relations
from gpu_census.warehouse.sql_models import ColumnTest, ModelColumn, SqlModel, history_backed, load_models, read_model

RELATIONS = {
    "census": base_relations()["census"],
    "events": Relation(
        "events", "Events.", {"n": "N", "valid_from": "From", "valid_to": "To"}, INTERVAL.format(name="events")
    ),
    "label": Relation("label", "Labels.", {"n": "N", "word": "Word"}),
    "reference.country": Relation("reference.country", "Countries.", {"n": "N"}),
}
HEADER = """\
-- description: Numbers.
-- grain: n
-- columns:
--   n bigint: A number. [not_null]
"""


def model_of(folder: Path, sql: str, *, name: str = "numbers", header: str = HEADER) -> SqlModel:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.sql"
    path.write_text(f"{header}{sql}\n", encoding="utf-8")
    return read_model(path)


def test_a_header_gives_description_grain_columns_and_tests(tmp_path):
    header = """\
-- description: Numbers: with a colon, and [brackets].
-- grain: n, word
-- columns:
--   n bigint: A number [of sorts], unique. [not_null; unique]
--   word varchar[]: The word. [accepted_values: a, b c; relationships: reference.country.n]
--   plain double: Nothing to test.
"""
    sql = "\n-- below a blank line this is no header\nSELECT n, [word] AS word, 0.5::DOUBLE AS plain FROM label"
    model = model_of(tmp_path, sql, header=header)
    assert (model.name, model.description) == ("numbers", "Numbers: with a colon, and [brackets].")
    assert model.grain == ("n", "word")
    assert model.columns == (
        ModelColumn("n", "BIGINT", "A number [of sorts], unique.", (ColumnTest("not_null"), ColumnTest("unique"))),
        ModelColumn(
            "word",
            "VARCHAR[]",
            "The word.",
            (ColumnTest("accepted_values", ("a", "b c")), ColumnTest("relationships", ("reference.country.n",))),
        ),
        ModelColumn("plain", "DOUBLE", "Nothing to test.", ()),
    )
    assert model.upstream == ("label",)


def column(tests: str) -> str:
    return HEADER.replace("not_null", tests)


CLOCKS = ["current_date", "now()", "today()", "current_timestamp", "CURRENT_DATE", "current_date()", "current_time"]
CLOCKS += ["get_current_timestamp()", "get_current_time()", "transaction_timestamp()", "localtimestamp", "localtime"]
CLOCKS += ["current_localtime()", "current_localtimestamp()", "age(valid_from)"]
TABLE_FUNCTIONS = ["events_as_of(DATE '2024-01-01')", "read_csv('x.csv')", "query('FROM events')", "glob('*')"]
TABLE_FUNCTIONS += ["query_table('events')", "duckdb_tables()", "'x.csv'", "information_schema.tables"]
# what is wrong: (file, line, what the message says)
REFUSED: dict[str, tuple[str, int, str]] = {
    "no description line": (
        HEADER.replace("-- description: Numbers.\n", "") + "SELECT n FROM events",
        1,
        "description",
    ),
    "empty description": (HEADER.replace("Numbers.", "") + "SELECT n FROM events", 1, "description"),
    "no grain line": (HEADER.replace("-- grain: n\n", "") + "SELECT n FROM events", 1, "grain"),
    "no columns line": (HEADER.replace("-- columns:\n", "") + "SELECT n FROM events", 1, "columns"),
    "no header": ("SELECT n FROM events", 1, "header"),
    "column without type": (HEADER.replace("n bigint:", "n:") + "SELECT n FROM events", 4, "column line"),
    "column without text": (HEADER.replace(" A number. [not_null]", "") + "SELECT n FROM events", 4, "column line"),
    "column with tests only": (HEADER.replace("A number. ", "") + "SELECT n FROM events", 4, "column line"),
    "column not indented": (HEADER.replace("--   n", "-- n") + "SELECT n FROM events", 4, "n bigint"),
    "column described twice": (HEADER + "--   n bigint: Again.\nSELECT n FROM events", 5, "'n'"),
    "unknown test": (column("not_nul") + "SELECT n FROM events", 4, "unknown test 'not_nul'"),
    "values that are none": (column("accepted_values") + "SELECT n FROM events", 4, "accepted_values"),
    "relationship to nothing": (column("relationships") + "SELECT n FROM events", 4, "relationships"),
    "selected, not described": (HEADER + "SELECT\n  n,\n  1 AS extra\nFROM events", 7, "'extra' is selected"),
    "described, not selected": (HEADER + "--   gone date: Gone.\nSELECT n FROM events", 5, "'gone' is described"),
    "selected twice": (HEADER + "SELECT n, n FROM events", 5, "'n'"),
    "star": (HEADER + "SELECT * FROM events", 5, "described"),
    "columns by pattern": (HEADER + "SELECT COLUMNS('n') FROM events", 5, "described"),
    "nothing but FROM": (HEADER + "FROM events", 5, "described"),
    "grain is no column": (HEADER.replace("grain: n", "grain: n, m") + "SELECT n FROM events", 2, "'m', which is no"),
    "two statements": (HEADER + "SELECT n FROM events;\nSELECT n FROM label", 1, "one SELECT"),
    "not a SELECT": (HEADER + "INSERT INTO events VALUES (1)", 1, "one SELECT"),
    "nothing": (HEADER, 1, "one SELECT"),
    "unreadable": (HEADER + "SELECT n\nFROM events\nWHERE (n > 1", 7, "not readable as SQL"),
    "unknown relation": (HEADER + "SELECT n\nFROM events\nJOIN nowhere USING (n)", 7, "reads 'nowhere'"),
    "no such reference": (HEADER + "SELECT n FROM reference.xyz", 5, "reads 'reference.xyz'"),
    "relationship to no table": (column("relationships: nope.n") + "SELECT n FROM events", 4, "'nope'"),
    "relationship to no column": (column("relationships: label.nope") + "SELECT n FROM events", 4, "'nope'"),
    "reads itself": (HEADER + "SELECT n FROM numbers", 5, "numbers → numbers"),
    **{f"clock {clock}": (HEADER + f"SELECT n\nFROM events\nWHERE {clock} > x", 7, "forbidden") for clock in CLOCKS},
    **{f"from {call}": (HEADER + f"SELECT n\nFROM {call}", 6, "") for call in TABLE_FUNCTIONS},
}


@pytest.mark.parametrize(("text", "line", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_model_that_cannot_be_right_is_refused_with_file_and_line(tmp_path, text, line, words):
    path = tmp_path / "numbers.sql"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(SqlModelError) as refused:
        load_models(tmp_path, RELATIONS)
    told = str(refused.value)
    assert told.startswith(f"{path}:{line}: ")
    assert words in told


def test_a_circle_of_models_is_refused_and_drawn(tmp_path):
    model_of(tmp_path, "SELECT n FROM\n  second", name="first")
    model_of(tmp_path, "SELECT n FROM third", name="second")
    model_of(tmp_path, "SELECT n FROM first", name="third")
    with pytest.raises(SqlModelError, match=re.escape(str(tmp_path)) + r"/\w+\.sql:[56]: .*circle: (\w+ → ){3}\w+$"):
        load_models(tmp_path, RELATIONS)


@pytest.mark.parametrize("name", ["label", "events", "census", "two words", "1st"])
def test_a_file_whose_name_is_taken_or_is_no_name_is_refused(tmp_path, name):
    (tmp_path / f"{name}.sql").write_text(f"{HEADER}SELECT n FROM reference.country\n", encoding="utf-8")
    with pytest.raises(SqlModelError, match=re.escape(f"{name}.sql:1: ")):
        load_models(tmp_path, RELATIONS)


def test_models_come_after_what_they_read(tmp_path):
    """By name the order would be a, b, c, d; by what they read it is d, c, then a and b."""
    model_of(tmp_path, "SELECT n FROM c", name="a")
    model_of(tmp_path, "SELECT n FROM d JOIN c USING (n)", name="b")
    model_of(tmp_path, "SELECT n FROM d", name="c")
    model_of(tmp_path, "SELECT n FROM events", name="d")
    order = [model.name for model in load_models(tmp_path, RELATIONS)]
    assert order[:2] == ["d", "c"]
    assert sorted(order[2:]) == ["a", "b"]


def test_a_model_reads_each_relation_once_and_its_own_ctes_never(tmp_path):
    sql = "WITH label AS (FROM reference.country), a AS (FROM label) SELECT n FROM a JOIN events e USING (n), events"
    assert model_of(tmp_path, sql).upstream == ("events", "reference.country")


def test_what_reads_a_history_is_a_history_too(tmp_path):
    """a reads the history through b; c reads nothing that has one."""
    model_of(tmp_path, "SELECT n FROM b", name="a")
    model_of(tmp_path, "SELECT n FROM events", name="b")
    model_of(tmp_path, "SELECT n FROM label JOIN reference.country USING (n)", name="c")
    backed = history_backed(load_models(tmp_path, RELATIONS), RELATIONS)
    assert backed == {"a", "b", "events", "census"}
