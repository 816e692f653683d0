"""From a model's SELECT to a table of the census date and a macro of any date: only names of histories are rewritten.

DuckDB itself is the judge: over a history, table and macro must say of a date what the very same text says of a
database that holds nothing but that date's rows.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from gpu_census.errors import SqlModelError
from gpu_census.warehouse.as_of import macro_statement, table_statement
from gpu_census.warehouse.build import build_model, write_relation
from gpu_census.warehouse.sql_models import SqlModel, load_models
from gpu_census_tests.test_sql_models import HEADER, RELATIONS, model_of

JANUARY, MARCH, JUNE, JULY = date(2024, 1, 1), date(2024, 3, 1), date(2024, 6, 1), date(2024, 7, 1)
# March has 1 and 2; on the first of June 2 has just ended and 3 has just begun; 4 is of neither date
EVENTS = [(1, JANUARY, None), (2, JANUARY, JUNE), (3, JUNE, None), (4, JULY, None)]
LABELS = [(1, "events"), (2, "two"), (3, "drei")]


def database(events: list[tuple[int, date, date | None]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    event = pl.DataFrame(events, schema={"n": pl.Int64, "valid_from": pl.Date, "valid_to": pl.Date}, orient="row")
    label = pl.DataFrame(LABELS, schema={"n": pl.Int64, "word": pl.String}, orient="row")
    write_relation(connection, RELATIONS["events"], event)
    write_relation(connection, RELATIONS["label"], label)
    write_relation(connection, RELATIONS["reference.country"], label.select("n"))
    return connection


# each text is to mean the same over the history as over that date's rows alone
SHAPES = {
    "plain": "SELECT n FROM events",
    "name as qualifier": "SELECT events.n FROM events WHERE events.n > 0",
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
    "in a list": "SELECT unnest(ARRAY(SELECT n FROM events)) AS n",
    "UNION": "SELECT n FROM events UNION ALL SELECT n FROM label WHERE n IN (SELECT n FROM events)",
    "EXCEPT": "(SELECT n FROM label) EXCEPT (SELECT n FROM events)",
    "semi join": "SELECT n FROM label SEMI JOIN events USING (n)",
    "anti join": "SELECT n FROM label ANTI JOIN events USING (n)",
    "right join": "SELECT n FROM label RIGHT JOIN events USING (n)",
    "lateral": "SELECT x.n FROM label, LATERAL (SELECT n FROM events WHERE events.n = label.n) AS x",
    "QUALIFY": "SELECT n FROM events QUALIFY row_number() OVER (ORDER BY n DESC) <= (SELECT count(*) - 1 FROM events)",
    "PIVOT after it": "SELECT p.n FROM events PIVOT (count(*) FOR valid_from IN ('2024-01-01', '2024-06-01')) AS p",
    "CTE named otherwise": "WITH a AS (SELECT n FROM events) SELECT n FROM a",
    "CTE that shadows, and reads it": "WITH events AS (SELECT n + 10 AS n FROM events) SELECT n FROM events",
    "CTE that shadows": "WITH events AS (SELECT 7 AS n) SELECT n FROM events WHERE EXISTS (SELECT 1 FROM events)",
    "CTE that shadows in other letters": "WITH Events AS (SELECT 7 AS n) SELECT n FROM events",
    "CTE of the last part of a name": (
        "WITH country AS (SELECT 1 AS n) "
        "SELECT n FROM country JOIN reference.country AS c USING (n) JOIN events USING (n)"
    ),
    "CTE shadows from then on": "WITH a AS (FROM events), events AS (SELECT 1 AS n) SELECT a.n FROM a, events",
    "CTE shadows inside only": (
        "WITH a AS (WITH events AS (SELECT 1 AS n) FROM events) SELECT events.n FROM a JOIN events USING (n)"
    ),
    "recursive": "WITH RECURSIVE t AS (SELECT n FROM events UNION SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t",
    "recursive that shadows": (
        "WITH RECURSIVE events AS (SELECT 1 AS n UNION SELECT n + 1 FROM events WHERE n < 3) SELECT n FROM events"
    ),
    "in strings and comments": "SELECT n /* FROM events */ FROM events -- events\nWHERE 'FROM events' <> $$events$$",
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
    "macro by hand": "SELECT n FROM label WHERE n IN (SELECT n FROM events_as_of(DATE '2024-07-01'))",
}


def answers(model: SqlModel, day: date) -> tuple[list[tuple[int]], list[tuple[int]], list[tuple[int]]]:
    """Of the table, of the macro, and of the same text over nothing but the day's rows."""
    connection = database(EVENTS)
    connection.execute(table_statement(model, RELATIONS, day))
    connection.execute(macro_statement(model, RELATIONS, []))
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


def test_nothing_but_names_of_relations_changes_in_the_text(tmp_path):
    """A macro may name the schema of a table without history, so that no CTE of its caller can stand in for it."""
    sql = "SELECT  n, 'FROM events' AS word -- FROM events\nFROM events AS e\nJOIN  label USING(n) /* events */"
    model = model_of(tmp_path, sql, header=HEADER + "--   word varchar: A word.\n")
    rewritten = sql.replace("FROM events AS e", "FROM events_as_of(DATE '2024-03-01') AS e")
    assert table_statement(model, RELATIONS, MARCH).endswith(f"numbers AS\nSELECT * FROM (\n{rewritten}\n) ORDER BY n")
    rewritten = sql.replace("FROM events AS e", "FROM events_as_of(as_of) AS e")
    macro = macro_statement(model, RELATIONS, [])
    assert rewritten in macro.replace("main.label AS label", "label")


def two_models(folder: Path) -> list[SqlModel]:
    """`counted` reads the census date, the history and a table without one; `numbers` reads `counted`."""
    header = HEADER + "--   day date: The day. [not_null]\n"
    counted = "SELECT e.n, census_date AS day FROM events e SEMI JOIN label USING (n), census"
    model_of(folder, counted, name="counted", header=header)
    model_of(folder, "SELECT 10 * n AS n, day FROM counted WHERE n IN (SELECT n FROM events)", header=header)
    return load_models(folder, RELATIONS)


@pytest.mark.parametrize(("day", "numbers"), [(JANUARY, [10, 20]), (JUNE, [10, 30]), (JULY, [10, 30])])
def test_two_models_built_for_real_have_tables_equal_to_their_macros(tmp_path, day, numbers):
    """In July 4 has begun too, but no label names it."""
    models = two_models(tmp_path)
    connection = database(EVENTS)
    write_relation(connection, RELATIONS["census"], pl.DataFrame({"census_date": [day]}))
    assert [build_model(connection, model, RELATIONS, models) for model in models] == [2, 2]
    table = connection.execute("FROM numbers ORDER BY n").fetchall()
    assert table == [(number, day) for number in numbers]
    assert connection.execute(f"FROM numbers_as_of(DATE '{day}') ORDER BY n").fetchall() == table
    assert connection.execute(f"FROM numbers_as_of('{day}') ORDER BY n").fetchall() == table
    other = connection.execute("SELECT n, day FROM numbers_as_of(DATE '2024-03-01') ORDER BY n").fetchall()
    assert other == [(10, MARCH), (20, MARCH)]


@pytest.mark.parametrize("name", ["label", "events", "counted", "census"])
def test_a_macro_takes_no_notice_of_the_names_its_caller_gives(tmp_path, name):
    """DuckDB lets the body of a macro see the CTEs of the query that calls it."""
    models = two_models(tmp_path)
    connection = database(EVENTS)
    write_relation(connection, RELATIONS["census"], pl.DataFrame({"census_date": [MARCH]}))
    for model in models:
        build_model(connection, model, RELATIONS, models)
    cte = f"WITH {name} AS (SELECT n, valid_from, valid_to, DATE '1999-01-01' AS census_date FROM events WHERE n = 1)"
    query = f"{cte} SELECT n FROM numbers_as_of(DATE '2024-03-01') ORDER BY n"
    assert connection.execute(query).fetchall() == [(10,), (20,)]


@pytest.mark.parametrize(
    ("sql", "header"),
    [
        ("SELECT 1::INTEGER AS n FROM events", HEADER),
        ("SELECT n::VARCHAR AS n FROM events", HEADER),
        ("SELECT n FROM events", HEADER.replace("bigint", "double")),
    ],
)
def test_a_column_of_another_type_than_the_header_says_is_refused(tmp_path, sql, header):
    connection = database(EVENTS)
    write_relation(connection, RELATIONS["census"], pl.DataFrame({"census_date": [MARCH]}))
    with pytest.raises(SqlModelError, match=r"numbers\.sql:\d+: column 'n' is \w+, the header says \w+"):
        build_model(connection, model_of(tmp_path, sql, header=header), RELATIONS, [])
