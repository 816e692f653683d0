"""SQL models: what a header says, what is refused and where, and that only the names of histories are rewritten.

The rewriting is tested against DuckDB itself: over a history, table and macro must say of a date what the same text
says of a database that holds nothing but that date's rows.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from gpu_census.errors import SqlModelError
from gpu_census.warehouse.as_of import base_macro_statement, macro_statement, table_statement
from gpu_census.warehouse.build import build_model, write_relation
from gpu_census.warehouse.relations import INTERVAL, Relation, base_relations
from gpu_census.warehouse.sql_models import ColumnTest, ModelColumn, SqlModel, history_backed, load_models, read_model

MARCH, JUNE = date(2024, 3, 1), date(2024, 6, 1)
RELATIONS = {
    "census": base_relations()["census"],
    "events": Relation(
        "events", "Events.", {"n": "N", "valid_from": "From", "valid_to": "To"}, INTERVAL.format(name="events")
    ),
    "label": Relation("label", "Labels.", {"n": "N", "word": "Word"}),
    "reference.country": Relation("reference.country", "Countries.", {"n": "N"}),
}
# 1 and 2 hold in March; 2 ends on the first of June, the day on which 3 begins; 4 is of neither date
EVENTS = [
    (1, date(2024, 1, 1), None),
    (2, date(2024, 1, 1), JUNE),
    (3, JUNE, None),
    (4, date(2024, 7, 1), None),
]
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


def database(events: list[tuple[int, date, date | None]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE events (n BIGINT, valid_from DATE, valid_to DATE)")
    connection.executemany("INSERT INTO events VALUES (?, ?, ?)", events)
    connection.execute("CREATE TABLE label AS FROM (VALUES (1, 'events'), (2, 'two'), (3, 'drei')) AS t(n, word)")
    connection.execute("CREATE SCHEMA reference; CREATE TABLE reference.country AS FROM label")
    connection.execute(base_macro_statement(RELATIONS["events"]))
    return connection


def test_a_header_gives_description_grain_columns_and_tests(tmp_path):
    header = """\
-- description: Numbers: with a colon, and [brackets].
-- grain: n, word
-- columns:
--   n bigint: A number [of sorts], unique. [not_null; unique]
--   word varchar[]: The word. [accepted_values: a, b c; relationships: reference.country.n]
--   plain double: Nothing to test.
"""
    sql = "-- a comment below the header's blank line is no header\nSELECT n, [word] AS word, 0.5::DOUBLE AS plain FROM label"
    model = model_of(tmp_path, f"\n{sql}", header=header)
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


@pytest.mark.parametrize("text, line, words", REFUSED.values(), ids=REFUSED.keys())
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
    with pytest.raises(SqlModelError, match=re.escape(f"{name}.sql:1: ")):
        model_of(tmp_path, "SELECT n FROM events", name=name)
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


# each text is to mean the same over the history as over that date's rows alone
SHAPES = {
    "plain": "SELECT n FROM events",
    "unqualified name as qualifier": "SELECT events.n FROM events WHERE events.n > 0",
    "alias kept": "SELECT e.n FROM events e JOIN events AS f ON e.n <= f.n",
    "alias on a later line": "SELECT e.n FROM events -- the events\n  AS e",
    "columns renamed": "SELECT e.n FROM events AS e(n)",
    "twice": "SELECT events.n FROM events, (SELECT count(*) AS m FROM events) AS x WHERE events.n <= x.m",
    "quoted": 'SELECT n FROM "events"',
    "FROM first": "FROM events SELECT n",
    "FROM first in a CTE": "WITH a AS (FROM events) FROM a SELECT n",
    "subquery": "SELECT n FROM label WHERE n IN (SELECT n FROM events)",
    "EXISTS": "SELECT n FROM label WHERE EXISTS (SELECT 1 FROM events WHERE events.n = label.n)",
    "EXISTS, FROM first": "SELECT n FROM label WHERE EXISTS (FROM events WHERE events.n = label.n)",
    "scalar subquery": "SELECT (SELECT max(n) FROM events) AS n",
    "in ORDER BY and LIMIT": "SELECT n FROM label ORDER BY n LIMIT (SELECT count(*) FROM events)",
    "in FILTER": "SELECT count(*) FILTER (WHERE n IN (SELECT n FROM events)) AS n FROM label",
    "in a lambda": "SELECT list_sum(list_transform([1, 2], x -> x + (SELECT max(n) FROM events)))::BIGINT AS n",
    "UNION": "SELECT n FROM events UNION ALL SELECT n FROM label WHERE n IN (SELECT n FROM events)",
    "EXCEPT": "(SELECT n FROM label) EXCEPT (SELECT n FROM events)",
    "semi and anti join": "SELECT n FROM label SEMI JOIN events USING (n) UNION SELECT -n FROM label ANTI JOIN events USING (n)",
    "right join": "SELECT n FROM label RIGHT JOIN events USING (n)",
    "lateral": "SELECT x.n FROM label, LATERAL (SELECT n FROM events WHERE events.n = label.n) AS x",
    "QUALIFY": "SELECT n FROM events QUALIFY row_number() OVER (ORDER BY n DESC) <= (SELECT count(*) - 1 FROM events)",
    "pivot after a name": "SELECT * EXCLUDE (i) FROM (SELECT i, n FROM (SELECT 1 AS i, n FROM events) PIVOT (sum(n) AS n FOR i IN (1)))"
    if False
    else "SELECT p.n FROM events PIVOT (count(*) FOR valid_from IN ('2024-01-01', '2024-06-01')) AS p",
    "CTE named otherwise": "WITH a AS (SELECT n FROM events) SELECT n FROM a",
    "CTE that shadows, and reads it": "WITH events AS (SELECT n + 10 AS n FROM events) SELECT n FROM events",
    "CTE that shadows": "WITH events AS (SELECT 7 AS n) SELECT n FROM events WHERE EXISTS (SELECT 1 FROM events)",
    "CTE that shadows in other letters": "WITH Events AS (SELECT 7 AS n) SELECT n FROM events",
    "CTE of the last part of a name": "WITH country AS (SELECT 1 AS n) SELECT n FROM country JOIN reference.country USING (n)",
    "CTE shadows only after itself": "WITH a AS (SELECT n FROM events), events AS (SELECT 1 AS n) SELECT a.n FROM a, events",
    "CTE shadows only inside": "WITH a AS (WITH events AS (SELECT 1 AS n) FROM events) SELECT events.n FROM a JOIN events USING (n)",
    "recursive": "WITH RECURSIVE t AS (SELECT n FROM events UNION SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t",
    "recursive that shadows": "WITH RECURSIVE events AS (SELECT 1 AS n UNION SELECT n + 1 FROM events WHERE n < 3) FROM events SELECT n",
    "in strings and comments": "SELECT n /* FROM events */ FROM events -- FROM events\nWHERE 'FROM events' <> $$events$$",
    "beyond ASCII": "SELECT n FROM label WHERE 'Zürich 中国 😀' <> word AND n IN (SELECT n FROM events)",
    "semicolon at the end": "SELECT n FROM events;",
    "series beside it": "SELECT s.n FROM range(1, 5) AS s(n) JOIN events USING (n)",
    "unnest beside it": "SELECT u.n FROM events, unnest([events.n, 9]) AS u(n)",
}
# shapes that may be refused, but never answered with rows of other dates
HIDDEN = {
    "PIVOT statement": "SELECT n FROM (PIVOT events ON valid_from USING count(*) GROUP BY n)",
    "UNPIVOT statement": "SELECT n FROM (UNPIVOT events ON n INTO NAME k VALUE n)",
    "PIVOT in a CTE": "WITH a AS (PIVOT events ON valid_from USING count(*) GROUP BY n) SELECT n FROM a",
    "SUMMARIZE": "SELECT \"count\" AS n FROM (SUMMARIZE events) WHERE column_name = 'n'",
    "other letters": "SELECT n FROM EVENTS",
    "with its schema": "SELECT n FROM main.events",
    "TABLE": "SELECT n FROM (TABLE events)",
    "macro by hand": "SELECT n FROM label WHERE n IN (SELECT n FROM events_as_of(DATE '2024-07-01'))",
}


def answers(model: SqlModel, day: date) -> tuple[list[tuple[int]], list[tuple[int]], list[tuple[int]]]:
    """Of the table, of the macro, and of the same text over nothing but the day's rows."""
    connection = database(EVENTS)
    connection.execute(table_statement(model, RELATIONS, day))
    connection.execute(macro_statement(model, {"events"}))
    alone = database([row for row in EVENTS if row[1] <= day and (row[2] is None or row[2] > day)])
    table = connection.execute("SELECT n FROM numbers ORDER BY n").fetchall()
    macro = connection.execute(f"SELECT n FROM numbers_as_of(DATE '{day}') ORDER BY n").fetchall()
    return table, macro, sorted(alone.execute(model.sql).fetchall())


@pytest.mark.parametrize("day", [MARCH, JUNE], ids=["march", "june"])
@pytest.mark.parametrize("sql", SHAPES.values(), ids=SHAPES.keys())
def test_table_and_macro_say_what_the_text_says_of_the_date_alone(tmp_path, sql, day):
    model = model_of(tmp_path, sql)
    load_models(tmp_path, RELATIONS)
    table, macro, alone = answers(model, day)
    assert table == alone
    assert macro == alone


@pytest.mark.parametrize("sql", HIDDEN.values(), ids=HIDDEN.keys())
def test_a_history_is_never_read_whole_unnoticed(tmp_path, sql):
    try:
        model = model_of(tmp_path, sql)
        load_models(tmp_path, RELATIONS)
    except SqlModelError:
        return
    table, macro, alone = answers(model, MARCH)
    assert table == macro == alone
