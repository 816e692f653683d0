"""What `gpu-census replicate` prints: rows, and totals and kappa after a table, else on standard error."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import msgspec

from gpu_census.errors import CensusError, UsageError
from gpu_census.exports.published import open_published, published_date
from gpu_census.home import Home
from gpu_census.printing import print_rows
from gpu_census.reading import Rows
from gpu_census.replication.comparison import Comparison, compare
from gpu_census.replication.evidence import Evidence, read_evidence
from gpu_census.replication.published_table import read_published_table
from gpu_census.replication.table import replication_rows

SHOWN = ("statement", "classification", "census_date", "published", "ours", "ours_at_least", "ours_at_most", "verdict")


def print_statements(home: Home, *, day: date | None, form: str) -> None:
    """Every statement of every study on the study's own date and on the day; all columns but in the table."""
    with _published(home) as connection:
        rows = replication_rows(connection, _day(connection, day))
    shown = rows.select("study", *SHOWN) if form == "table" else rows
    print_rows(Rows(shown.columns, shown.rows()), form)
    for study, own in rows.group_by("study", maintain_order=True):
        for on_day in sorted(own["census_date"].unique()):
            verdicts = Counter(own.filter(own["census_date"] == on_day)["verdict"])
            _tell(f"{study[0]} on {on_day}: {_counted(verdicts)}.", form)


def print_comparison(home: Home, path: Path, *, day: date | None, profile: str, form: str) -> None:
    """A published table cell by cell."""
    table = read_published_table(path)
    with _published(home) as connection:
        profiles = [name for (name,) in connection.execute("SELECT profile FROM reference.profile").fetchall()]
        if profile not in profiles:
            raise UsageError(f"unknown profile {profile!r}; there are {', '.join(sorted(profiles))}")
        evidence = read_evidence(connection, _day(connection, day), profile)
    compared = compare(table, evidence)
    if form == "json":
        _print_json(compared, evidence)
        return
    print_rows(_cells(compared), form)
    totals = compared.totals()
    _tell(f"{path.name} beside {profile} on {evidence.census_date}, {totals.total()} cells: {_counted(totals)}.", form)
    if compared.kappa is None:
        _tell(f"No kappa of the tiers: {compared.no_kappa}.", form)
    else:
        _tell(f"Cohen's kappa of the tiers over {compared.territories} territories: {compared.kappa:.3f}.", form)
    if evidence.without_answer:
        _tell(f"No answer is held of {', '.join(evidence.without_answer)}: no bound covers what they have.", form)


def _print_json(compared: Comparison, evidence: Evidence) -> None:
    """One object: a program wants the totals with the cells."""
    cells = _cells(compared)
    found = {
        "profile": evidence.profile,
        "census_date": evidence.census_date,
        "totals": compared.totals(),
        "kappa": compared.kappa,
        "territories": compared.territories,
        "no_kappa": compared.no_kappa or None,
        "providers_without_answer": evidence.without_answer,
        "cells": [dict(zip(cells.columns, row, strict=True)) for row in cells.rows],
    }
    print(msgspec.json.encode(found).decode())


@contextmanager
def _published(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        with open_published(home) as connection:
            yield connection
    except duckdb.Error as error:
        raise CensusError(f"{home.public_database}: cannot be read ({error}); run `gpu-census refresh`") from None


def _cells(compared: Comparison) -> Rows:
    columns = ["country_iso2", "column", "published", "ours", "ours_at_least", "ours_at_most", "verdict"]
    return Rows(columns, [(c.country_iso2, c.column, c.published, *c.ours, c.verdict) for c in compared.cells])


def _day(connection: duckdb.DuckDBPyConnection, day: date | None) -> date:
    """The day that was asked for, or the published one. What is later is not known."""
    newest = published_date(connection)
    if day and day > newest:
        raise UsageError(f"--date {day} is after the published census of {newest}")
    return day or newest


def _counted(verdicts: Counter[str]) -> str:
    return ", ".join(f"{count} {verdict.replace('_', ' ')}" for verdict, count in verdicts.most_common())


def _tell(line: str, form: str) -> None:
    print(line, file=sys.stdout if form == "table" else sys.stderr)
