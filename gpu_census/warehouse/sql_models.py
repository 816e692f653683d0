"""Load the SQL models of `dbt_like_sql/`: one SELECT per file, its header the description of table and columns.

    -- description: One row per cloud region that exists on the census date.
    -- grain: provider, region_code
    -- preview: provider, region_code
    -- columns:
    --   provider varchar: The cloud. [not_null; relationships: reference.provider.provider]

`preview` is optional and says in which order the first rows are shown in the UI. `dates: all` is optional, too: such a
model reads histories whole, and says something of all dates at once; every other says something of one. Everything else
is found in the SQL itself: what a model reads, and so in which order models are built. A model that cannot be right is
refused here, with file and line, before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NoReturn

from gpu_census.errors import SqlModelError
from gpu_census.warehouse.relations import Relation
from gpu_census.warehouse.sql_text import SqlFault, TableReference, read_sql, without_header

NAME = re.compile(r"^[a-z_][a-z0-9_]*$")
COLUMN = re.compile(r"^--   (?P<name>\w+) (?P<dtype>[\w\[\]]+): (?P<text>.*?)(?:\s*\[(?P<tests>[^\[\]]+)\])?$")
REQUIRED = ("description", "grain", "columns")
OPTIONAL = ("preview", "dates")
VALIDITY = {"valid_from", "valid_to"}
TESTS = ("not_null", "unique", "accepted_values", "relationships")


@dataclass(frozen=True)
class ColumnTest:
    """A test that a header states of a column: its kind and, for some, what it compares with."""

    kind: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelColumn:
    """A column as the header describes it."""

    name: str
    dtype: str
    description: str
    tests: tuple[ColumnTest, ...]


@dataclass(frozen=True)
class SqlModel:
    """One SQL model: its header and its SELECT."""

    name: str
    path: Path
    description: str
    grain: tuple[str, ...]
    columns: tuple[ModelColumn, ...]
    sql: str
    references: tuple[TableReference, ...]
    preview: str = "ALL"
    all_dates: bool = False

    @property
    def is_history(self) -> bool:
        """Whether its rows are of all dates and say from when to when they hold."""
        return self.all_dates and {column.name for column in self.columns} >= VALIDITY

    @cached_property
    def upstream(self) -> tuple[str, ...]:
        """The relations it reads, sorted, each once."""
        return tuple(sorted({reference.name for reference in self.references}))

    @cached_property
    def body(self) -> str:
        """The SELECT without its header."""
        return without_header(self.sql)


def load_models(folder: Path, relations: dict[str, Relation]) -> list[SqlModel]:
    """Every model in `folder`, in an order in which each comes after what it reads."""
    models = {path.stem: read_model(path) for path in sorted(folder.glob("*.sql"))}
    columns = {name: set(relation.columns) for name, relation in relations.items()}
    columns |= {name: {column.name for column in model.columns} for name, model in models.items()}
    for model in models.values():
        _refuse_strangers(model, relations, columns)
        _refuse_one_date(model, models)
    graph = {name: [up for up in model.upstream if up in models] for name, model in models.items()}
    try:
        return [models[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle: list[str] = error.args[1]
        first = models[circle[0]]
        line = next(reference.line for reference in first.references if reference.name in circle)
        _refuse(first.path, line, f"models read each other in a circle: {' → '.join(circle)}")


def read_model(path: Path) -> SqlModel:
    """One model from its file. Raises `SqlModelError` that begins with `file:line`."""
    if not NAME.match(path.stem):
        _refuse(path, 1, "the file's name is the table's: lower case letters, digits and underscores")
    text = path.read_text(encoding="utf-8")
    header, columns = _read_header(path, text.splitlines())
    grain = tuple(name.strip() for name in header["grain"].split(","))
    try:
        statement = read_sql(text)
    except SqlFault as fault:
        _refuse(path, fault.line, fault.message)
    _refuse_other_columns(path, text, [column.name for column in columns], statement.selected)
    for name in grain:
        if name not in {column.name for column in columns}:
            _refuse(path, _line_of(text, r"^-- grain"), f"the grain names {name!r}, which is no column")
    if header.get("dates", "all") != "all":
        _refuse(path, _line_of(text, r"^-- dates"), "`dates` is left out or reads `all`")
    return SqlModel(
        path.stem,
        path,
        header["description"],
        grain,
        columns,
        text,
        statement.references,
        preview=header.get("preview", "ALL"),
        all_dates="dates" in header,
    )


def made_from(model: SqlModel, models: Iterable[SqlModel]) -> list[SqlModel]:
    """The models of one date that a model reads, directly or through others, each after what it reads."""
    wanted = set(model.upstream)
    found = []
    for other in reversed(list(models)):
        if other.name in wanted and not other.all_dates:
            found.append(other)
            wanted.update(other.upstream)
    return found[::-1]


def history_backed(models: Iterable[SqlModel], relations: dict[str, Relation]) -> set[str]:
    """Relations that look different on another date: those with histories, and all that read them."""
    backed = {name for name, relation in relations.items() if relation.as_of}
    for model in models:
        if model.is_history if model.all_dates else backed.intersection(model.upstream):
            backed.add(model.name)
    return backed


def _read_header(path: Path, lines: list[str]) -> tuple[dict[str, str], tuple[ModelColumn, ...]]:
    fields: dict[str, str] = {}
    columns: dict[str, ModelColumn] = {}
    for number, line in enumerate(lines, start=1):
        if not line.startswith("--"):
            break
        if line.startswith("--   "):
            column = _read_column(path, number, line)
            if column.name in columns:
                _refuse(path, number, f"column {column.name!r} is described twice")
            columns[column.name] = column
            continue
        label, _, value = line.removeprefix("--").strip().partition(":")
        if label not in (*REQUIRED, *OPTIONAL):
            _refuse(path, number, f"unknown header line {label!r}; there are {', '.join((*REQUIRED, *OPTIONAL))}")
        fields[label] = value.strip()
    for label in REQUIRED:
        if label not in fields or not (fields[label] or label == "columns"):
            _refuse(path, 1, f"the header has no `-- {label}:` line, or an empty one")
    return fields, tuple(columns.values())


def _read_column(path: Path, number: int, line: str) -> ModelColumn:
    match = COLUMN.match(line)
    if not match or not match["text"].strip():
        _refuse(path, number, "a column line reads `--   name type: description. [tests]`")
    tests = []
    for test in filter(None, (part.strip() for part in (match["tests"] or "").split(";"))):
        kind, _, told = test.partition(":")
        values = tuple(value.strip() for value in told.split(",") if value.strip())
        if kind not in TESTS:
            _refuse(path, number, f"unknown test {kind!r}; there are {', '.join(TESTS)}")
        if kind in ("accepted_values", "relationships") and not values:
            _refuse(path, number, f"the test {kind} says nothing to compare with")
        tests.append(ColumnTest(kind, values))
    return ModelColumn(match["name"], match["dtype"].upper(), match["text"].strip(), tuple(tests))


def _refuse_other_columns(path: Path, text: str, described: list[str], selected: tuple[str, ...]) -> None:
    for name in selected:
        line = _line_of(text, rf"^(?!--).*\b{re.escape(name)}\b")
        if name == "*" or not name:
            _refuse(path, line, "every column is named in the SELECT and described in the header, none by *")
        if name not in described:
            _refuse(path, line, f"column {name!r} is selected and not described in the header")
        if selected.count(name) > 1:
            _refuse(path, line, f"column {name!r} is selected twice")
    for name in described:
        if name not in selected:
            line = _line_of(text, rf"^--   {re.escape(name)} ")
            _refuse(path, line, f"column {name!r} is described and not selected")


def _refuse_strangers(model: SqlModel, relations: dict[str, Relation], columns: dict[str, set[str]]) -> None:
    """Relations that do not exist, in the SELECT or in a test, and a name that is taken."""
    if model.name in relations:
        _refuse(model.path, 1, f"{model.name!r} is the name of a table that is not a model")
    for reference in model.references:
        if reference.name not in columns:
            _refuse(model.path, reference.line, f"reads {reference.name!r}, which is no model and no table")
    for column in model.columns:
        line = _line_of(model.sql, rf"^--   {re.escape(column.name)} ")
        for test in column.tests:
            relation, _, key = test.values[0].rpartition(".") if test.kind == "relationships" else ("", "", "")
            if relation and relation not in columns:
                _refuse(model.path, line, f"the test relationships names {relation!r}, which is no model and no table")
            if relation and key not in columns[relation]:
                _refuse(model.path, line, f"the test relationships names {key!r}, which is no column of {relation}")


def _refuse_one_date(model: SqlModel, models: dict[str, SqlModel]) -> None:
    """A model of all dates would take what holds on the census date for what always held."""
    for reference in model.references if model.all_dates else ():
        if reference.name in models and not models[reference.name].all_dates:
            _refuse(model.path, reference.line, f"is of all dates and reads {reference.name!r}, which is of one")


def _line_of(text: str, pattern: str) -> int:
    """The first line that matches, else the first below the header."""
    lines = text.splitlines()
    below = next((number for number, line in enumerate(lines, 1) if not line.startswith("--")), 1)
    return next((number for number, line in enumerate(lines, 1) if re.search(pattern, line)), below)


def _refuse(path: Path, line: int, message: str) -> NoReturn:
    raise SqlModelError(f"{path}:{line}: {message}")
