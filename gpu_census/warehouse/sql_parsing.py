"""Read the text of one SELECT with sqlglot: what it selects, and where it names which relation.

Refuses what a model must not be: more than one statement, a clock, a table function, a statement whose relations
cannot be told from its text. Knows nothing of files and headers.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.dialects import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from gpu_census.warehouse.sql_text import SqlFault, Statement, TableReference, first_line

DUCKDB = Dialect.get_or_raise("duckdb")
CLOCK_WORDS = frozenset(("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"))
CLOCK_FUNCTIONS = CLOCK_WORDS | {
    "now",
    "today",
    "age",
    "get_current_time",
    "get_current_timestamp",
    "transaction_timestamp",
    "current_localtime",
    "current_localtimestamp",
}
UNTOLD = (exp.Pivot, exp.Summarize, exp.Describe)
SERIES = ("range", "generate_series")


def parse_sql(text: str) -> Statement:
    """Read a SELECT, with or without a header of comments. Raises `SqlFault`."""
    try:
        tokens = DUCKDB.tokenize(text)
        statements = [statement for statement in DUCKDB.parser().parse(tokens, text) if statement is not None]
    except SqlglotError as error:
        faults = getattr(error, "errors", None) or [{"line": 1}]
        raise SqlFault(faults[0]["line"] or 1, f"not readable as SQL: {str(error).splitlines()[0]}") from None
    query = statements[0] if len(statements) == 1 else None
    if not isinstance(query, exp.Query):
        raise SqlFault(1, "a model is one SELECT")
    _refuse_clocks(tokens)
    for node in query.find_all(*UNTOLD):
        if node.arg_key == "pivots":  # of a table in a FROM clause
            continue
        raise SqlFault(first_line(text), f"{node.key} is not allowed: write the SELECT it stands for")
    return Statement(tuple(query.named_selects), tuple(sorted(_references(query, text), key=lambda found: found.start)))


def _refuse_clocks(tokens: list[Token]) -> None:
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
            continue
        word = token.text.casefold()
        called = following is not None and following.token_type == TokenType.L_PAREN
        if word in CLOCK_WORDS or (called and word in CLOCK_FUNCTIONS):
            raise SqlFault(token.line, f"{word} is forbidden: the date comes from `census`")


def _references(query: exp.Query, text: str) -> Iterator[TableReference]:
    """Every relation outside the query; common table expressions are its own."""
    for table in query.find_all(exp.Table):
        parts = [part for part in table.parts if isinstance(part, exp.Identifier)]
        if len(parts) != len(table.parts):
            if table.this.name.casefold() in SERIES or isinstance(table.this, exp.GenerateSeries):
                continue
            raise SqlFault(_line_of(text, table), "a model reads models and tables, never a function or a file")
        if len(parts) == 1 and _is_common(table, parts[0].name):
            continue
        start, end = parts[0].meta["start"], parts[-1].meta["end"] + 1
        name = ".".join(part.name for part in parts)
        yield TableReference(name, start, end, bool(table.args.get("alias")), parts[0].meta["line"])


def _is_common(table: exp.Table, name: str) -> bool:
    """Whether a common table expression of that name is in sight of the table."""
    within: exp.Expr = table
    above = table.parent
    while above is not None:
        with_ = above.args.get("with_") if isinstance(above, exp.Query) else None
        for common in with_.expressions if with_ is not None else ():
            itself = within is with_ and _holds(common, table)
            if itself and with_ is not None and not with_.args.get("recursive"):
                break  # it sees only those before it
            if common.alias.casefold() == name.casefold():
                return True
        within, above = above, above.parent
    return False


def _holds(outer: exp.Expr, inner: exp.Expr) -> bool:
    node: exp.Expr | None = inner
    while node is not None and node is not outer:
        node = node.parent
    return node is outer


def _line_of(text: str, node: exp.Expr) -> int:
    """The line on which a call in a FROM clause stands, found by its name."""
    name = (node.this.name or node.this.sql(dialect="duckdb")).split("(")[0].casefold()
    lines = text.splitlines()
    first = first_line(text)
    return next((number for number, line in enumerate(lines, 1) if number >= first and name in line.casefold()), first)
