"""Hostile names are data: they reach the tables unchanged, and are inert wherever people look at them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import polars as pl
import pytest
from markdown_it import MarkdownIt

from gpu_census.assets.appearance import markdown_table, preview, table_metadata
from gpu_census.printing import print_rows
from gpu_census.reading import Rows
from gpu_census_tests.small_census import census_of, write_listing_files, write_source

DAY = dt.date(2025, 3, 1)
PROVIDER, SOURCE = 'o\'hare & <sons> "ltd"', "list [1] {a,b} *; DROP TABLE region; --"
NAMES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt; &#60;b&#62; &amp;",
    "O'Brien's \"best\"; DROP TABLE region; --",
    "'); DELETE FROM finding; --",
    "a | b || c",
    '=HYPERLINK("http://evil.example","click")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "[click](http://evil.example)",
    r"\[click\](http://evil.example)",
    r"\*strong\* C:\temp\|",
    "![pixel](http://evil.example/p.png)",
    "`code` **bold** __bold__ _i_",
    "[bold red]rich[/bold red] [/]",
    "{braces} %s %(x)s ${HOME} {0}",
    "🚀 São Paulo 東京 \u202eabc",
    "comma, semicolon; tab\there",
    "../../etc/passwd",
    "NULL",
    "x" * 5000,
]
LINES = "two\nlines\r\n| and | cells |"
TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Each name is a region's code and name, an instance type and a label; one region's name has several lines."""
    archive: Path = tmp_path_factory.mktemp("archive 'quoted' [1]")
    write_source(archive, PROVIDER, SOURCE, title=NAMES[0], url='javascript:alert("x")', settled=True)
    regions = [{"region_code": name, "region_name": name, "country_iso2": "IS"} for name in NAMES]
    regions.append({"region_code": "lines", "region_name": LINES, "country_iso2": "IS"})
    offerings = [{"region_code": name, "instance_type": name, "accelerator_label": name} for name in NAMES]
    write_listing_files(archive, PROVIDER, SOURCE, str(DAY), regions=regions, offerings=offerings)
    return census_of([archive], DAY)


def test_hostile_region_names_reach_the_tables_unchanged(census):
    found = census.execute("SELECT provider, region_code, region_name FROM region").fetchall()
    assert sorted(found) == sorted([(PROVIDER, name, name) for name in NAMES] + [(PROVIDER, "lines", LINES)])
    assert census.execute(
        "SELECT regions FROM country_census WHERE country_iso2 = 'IS' AND profile = 'extended'"
    ).fetchall() == [(len(NAMES) + 1,)]


def test_hostile_labels_and_instance_types_reach_the_tables_unchanged(census):
    found = census.execute("SELECT region_code, instance_type, accelerator_label FROM offering").fetchall()
    assert sorted(found) == sorted((name, name, name) for name in NAMES)
    reported = census.execute("SELECT accelerator_label, reason FROM unknown_accelerator").fetchall()
    assert sorted(reported) == sorted((name, "new") for name in NAMES)


def test_hostile_sources_are_named_as_they_are(census):
    assert census.execute("SELECT DISTINCT sources FROM finding WHERE finding = 'confirmed'").fetchall() == [
        ([SOURCE],)
    ]
    assert census.execute("SELECT provider, source, title FROM source").fetchall() == [(PROVIDER, SOURCE, NAMES[0])]


class Shown(HTMLParser):
    """The tags of a page, and the text of its table cells."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple] = []
        self.cells: list[list[str]] = []
        self.feed(MarkdownIt("commonmark").enable("table").render(markdown))

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.add(tag)
        self.attributes += attributes
        if tag == "tr":
            self.cells.append([])
        elif tag in ("th", "td"):
            self.cells[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.cells and self.cells[-1]:
            self.cells[-1][-1] += data.strip("\n")


def test_a_markdown_cell_shows_the_name_and_nothing_else():
    names = [*NAMES, LINES]
    shown = Shown(markdown_table(["name", "number"], [(name, number) for number, name in enumerate(names)]))
    assert shown.tags == TABLE_TAGS
    assert shown.attributes == []
    expected = [[" ".join(name.split())[:80], str(number)] for number, name in enumerate(names)]
    assert shown.cells == [["name", "number"], *expected]


def test_a_long_name_is_cut_before_it_is_escaped():
    shown = Shown(markdown_table(["name"], [("x" * 78 + "<&|",)]))
    assert shown.cells == [["name"], ["x" * 78 + "<&"]]


def test_previews_of_frames_and_of_tables_are_inert(census):
    frame = pl.DataFrame({"name": NAMES[:8]})
    looks = [preview(frame), table_metadata(census, "region")["preview"], table_metadata(census, "finding")["preview"]]
    for look in looks:
        shown = Shown(look.md_str)
        assert shown.tags == TABLE_TAGS
        assert shown.attributes == []
        assert len({len(row) for row in shown.cells}) == 1
        assert len(shown.cells) == 9  # the header and the first eight rows


def printed(capsys: pytest.CaptureFixture[str], rows: Rows, form: str) -> str:
    print_rows(rows, form)
    return capsys.readouterr().out


def test_csv_keeps_every_name_and_no_cell_is_a_formula(capsys):
    names = [*NAMES, LINES, "\t=1+1", "\r=1+1"]
    text = printed(capsys, Rows(["name"], [(name,) for name in names]), "csv")
    cells = [row[0] for row in csv.reader(io.StringIO(text, newline=""))][1:]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    dangerous = {name for name in names if name[0] in "=+-@\t\r"}
    assert len(dangerous) == 6
    assert cells == [f"'{name}" if name in dangerous else name for name in names]


def test_csv_leaves_numbers_dates_and_null_as_they_are(capsys):
    row = (-3, -0.5, Decimal("-1.25"), True, dt.date(2025, 3, 1), None, ["b", "a"])
    text = printed(capsys, Rows(list("abcdefg"), [row]), "csv")
    assert list(csv.DictReader(io.StringIO(text, newline=""))) == [
        {"a": "-3", "b": "-0.5", "c": "-1.25", "d": "true", "e": "2025-03-01", "f": "", "g": "b, a"}
    ]


def test_a_list_that_begins_with_a_formula_is_no_formula_either(capsys):
    text = printed(capsys, Rows(["sources"], [(["=1+1", "list"],)]), "csv")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["sources"], ["'=1+1, list"]]


def test_json_keeps_every_name(capsys):
    names = [*NAMES, LINES]
    text = printed(capsys, Rows(["name"], [(name,) for name in names]), "json")
    assert json.loads(text) == [{"name": name} for name in names]


def test_the_terminal_table_takes_no_orders_from_a_name(capsys):
    text = printed(capsys, Rows(["name"], [("[red]stop[/red]",), ("\x1b[31mred\x1b]0;title\x07",)]), "table")
    assert "[red]stop[/red]" in text
    assert "\x1b" not in text
