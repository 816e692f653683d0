"""Load the SQL models of `dbt_like_sql/`: one SELECT per file, its header the description of table and columns.

    -- description: One row per cloud region that exists on the census date.
    -- grain: provider, region_code
    -- columns:
    --   provider varchar: The cloud. [not_null; relationships: reference.provider.provider]

An optional line `-- preview: gpu_regions DESC` says in which order the first rows are shown in the UI.

Everything else is found in the SQL itself: what a model reads, and so in which order models are built. A model that
cannot be right is refused here, with file and line, before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from gpu_census.errors import SqlModelError
from gpu_census.warehouse.relations import Relation

COLUMN = re.compile(r"^--   (?P<name>\w+) (?P<dtype>[\w\[\]]+): (?P<text>.*?)(?:\s*\[(?P<tests>[^\[\]]+)\])?$")
TESTS = ("not_null", "unique", "accepted_values", "relationships")
CLOCKS = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentDatetime)
CLOCK_FUNCTIONS = {
    "now",
    "today",
    "get_current_timestamp",
    "transaction_timestamp",
    "current_localtimestamp",
}


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
class TableReference:
    """Where the SQL names a relation: the name, and the span of text from `start` to `end`."""

    name: str
    start: int
    end: int
    aliased: bool
    line: int


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

    @cached_property
    def upstream(self) -> tuple[str, ...]:
        """The relations it reads, sorted, each once."""
        return tuple(sorted({reference.name for reference in self.references}))

    @cached_property
    def body(self) -> str:
        """The SELECT without its header."""
        return without_header(self.sql)


def without_header(text: str) -> str:
    """The lines from the first that is no comment on."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return "\n".join(lines[start:])


def load_models(folder: Path, relations: dict[str, Relation]) -> list[SqlModel]:
    """Every model in `folder`, in an order in which each comes after what it reads."""
    models = {path.stem: read_model(path) for path in sorted(folder.glob("*.sql"))}
    known = {*models, *relations}
    for model in models.values():
        for reference in model.references:
            if reference.name not in known:
                _refuse(
                    model.path,
                    reference.line,
                    f"reads {reference.name!r}, which is no model and no table",
                )
    graph = {name: [up for up in model.upstream if up in models] for name, model in models.items()}
    try:
        return [models[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle: list[str] = error.args[1]
        first = models[circle[0]]
        line = next(reference.line for reference in first.references if reference.name in circle)
        raise SqlModelError(f"{first.path}:{line}: models read each other in a circle: {' → '.join(circle)}") from None


def read_model(path: Path) -> SqlModel:
    """One model from its file. Raises `SqlModelError` that begins with `file:line`."""
    text = path.read_text(encoding="utf-8")
    header, columns = _read_header(path, text.splitlines())
    grain = tuple(name.strip() for name in header["grain"].split(","))
    query = _parse(path, text)
    selected = query.named_selects
    described = [column.name for column in columns]
    for name in selected:
        if name not in described:
            _refuse(
                path,
                _line_of(text, name),
                f"column {name!r} is selected and not described in the header",
            )
    for name in described:
        if name not in selected:
            _refuse(path, _line_of(text, name), f"column {name!r} is described and not selected")
    for name in grain:
        if name not in described:
            _refuse(path, _line_of(text, "grain"), f"the grain names {name!r}, which is no column")
    references = _references(query)
    preview = header.get("preview", "ALL")
    return SqlModel(path.stem, path, header["description"], grain, columns, text, references, preview)


def _read_header(path: Path, lines: list[str]) -> tuple[dict[str, str], tuple[ModelColumn, ...]]:
    fields: dict[str, str] = {}
    columns: list[ModelColumn] = []
    for number, line in enumerate(lines, start=1):
        if not line.startswith("--"):
            break
        if line.startswith("--   "):
            columns.append(_read_column(path, number, line))
        else:
            label, _, value = line.removeprefix("-- ").partition(":")
            fields[label] = value.strip()
    for label in ("description", "grain", "columns"):
        if label not in fields:
            _refuse(path, 1, f"the header has no `-- {label}:` line")
    return fields, tuple(columns)


def _read_column(path: Path, number: int, line: str) -> ModelColumn:
    match = COLUMN.match(line)
    if not match or not match["text"].strip():
        _refuse(path, number, "a column line reads `--   name type: description. [tests]`")
    tests = []
    for test in filter(None, (part.strip() for part in (match["tests"] or "").split(";"))):
        kind, _, values = test.partition(":")
        if kind not in TESTS:
            _refuse(path, number, f"unknown test {kind!r}; there are {', '.join(TESTS)}")
        tests.append(ColumnTest(kind, tuple(value.strip() for value in values.split(",") if value.strip())))
    return ModelColumn(match["name"], match["dtype"].upper(), match["text"].strip(), tuple(tests))


def _parse(path: Path, text: str) -> exp.Query:
    try:
        statements = [statement for statement in sqlglot.parse(text, dialect="duckdb") if statement is not None]
    except SqlglotError as error:
        faults = getattr(error, "errors", None) or [{"line": 1}]
        at = faults[0]["line"]
        _refuse(path, at, f"not readable as SQL: {str(error).splitlines()[0]}")
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        _refuse(path, 1, "a model is one SELECT")
    query = statements[0]
    for node in query.walk():
        named = node.name.casefold() if isinstance(node, exp.Anonymous) else ""
        if isinstance(node, CLOCKS) or named in CLOCK_FUNCTIONS:
            word = named or node.sql(dialect="duckdb").casefold().replace("()", "")
            _refuse(path, _line_of(text, word), f"{word} is forbidden: the date comes from `census`")
    return query


def _references(query: exp.Query) -> tuple[TableReference, ...]:
    """The tables outside the query, CTEs left out, in the order of the text."""
    found: dict[int, TableReference] = {}
    for scope in traverse_scope(query):
        for source in scope.sources.values():
            if not isinstance(source, exp.Table):
                continue
            parts = [part for part in source.parts if isinstance(part, exp.Identifier)]
            start, end = parts[0].meta["start"], parts[-1].meta["end"] + 1
            name = ".".join(part.name for part in parts)
            aliased = bool(source.args.get("alias"))
            found[start] = TableReference(name, start, end, aliased, parts[0].meta["line"])
    return tuple(found[start] for start in sorted(found))


def _line_of(text: str, word: str) -> int:
    """The line that names a word, below the header if possible."""
    hits = [n for n, line in enumerate(text.splitlines(), start=1) if re.search(rf"\b{re.escape(word)}\b", line, re.I)]
    below = [n for n in hits if not text.splitlines()[n - 1].startswith("--")]
    return (below or hits or [1])[0]


def _refuse(path: Path, line: int, message: str) -> NoReturn:
    raise SqlModelError(f"{path}:{line}: {message}")


def history_backed(models: Iterable[SqlModel], relations: dict[str, Relation]) -> set[str]:
    """Relations that look different on another date: those with histories, and all that read them."""
    backed = {name for name, relation in relations.items() if relation.as_of}
    for model in models:
        if backed.intersection(model.upstream):
            backed.add(model.name)
    return backed
