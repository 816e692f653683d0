"""The table `replication`: every published statement beside what this census says, on each date that is held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb
import pandera.polars as pa
import polars as pl

from gpu_census.replication.class_sets import Admissible, admissible, counts_under_all
from gpu_census.replication.counts import Counted, count_regions
from gpu_census.replication.evidence import READS, Evidence, read_evidence
from gpu_census.replication.statements import KINDS, Statement, Study, read_statements
from gpu_census.replication.tallies import VERDICTS, Answer, tally

NONE = "none"
__all__ = ["READS", "Replication", "replication_rows"]


class Replication(pa.DataFrameModel):
    """What studies have published, beside what this census says of the same thing.

    Each statement stands on its study's own date and on the census date. Answers are text: a number, or countries.
    """

    study: str = pa.Field(description="The study")
    statement: str = pa.Field(description="What it states, in this project's words")
    published: str = pa.Field(description="What it has published: a number, or countries, `none` for no country")
    ours: str = pa.Field(nullable=True, description="What this census says; null where it cannot be observed")
    ours_at_least: str = pa.Field(nullable=True, description="Of that, what is certain")
    ours_at_most: str = pa.Field(nullable=True, description="With all that the evidence leaves open")
    census_date: pl.Date = pa.Field(description="The day ours is true of")
    verdict: str = pa.Field(
        isin=VERDICTS,
        description="equal, within_bounds of what the evidence leaves open, differs, or not_observable: no cloud that "
        "was asked had answered by that day for what the statement is about",
    )
    statement_id: str = pa.Field(description="Short name of the statement")
    kind: str = pa.Field(isin=KINDS, description="What is answered: how many countries, regions or clouds, or which")
    profile: str = pa.Field(description="The profile it is counted under")
    classification: str = pa.Field(nullable=True, description="The classification of countries it is tested under")
    contradicts: str = pa.Field(nullable=True, description="The statement in print that cannot hold beside it")
    inferred: bool = pa.Field(description="Whether the statement was read out of summaries, not found in print")
    providers_without_answer: pl.List(pl.String) = pa.Field(  # type: ignore[valid-type]
        description="Clouds of the profile that no answer is held of by that day: no bound covers what they have"
    )
    admissible_sets: int = pa.Field(
        nullable=True, description="Sets of classes the study may have counted with; null where its classes are known"
    )
    admissible_at_least: int = pa.Field(nullable=True, description="The least count under any of them")
    admissible_at_most: int = pa.Field(nullable=True, description="The largest count under any of them")
    admissible_equal_share: float = pa.Field(
        nullable=True, ge=0, le=1, description="Share of them whose count is the published one"
    )
    admissible_share: float = pa.Field(
        nullable=True, ge=0, le=1, description="Share of them that agree: their bounds hold the published count"
    )
    note: str = pa.Field(nullable=True, description="What to know of the row")
    source: str = pa.Field(description="Where the statement was published")

    class Config:
        """Checks over whole rows."""

        unique = ["statement_id", "census_date"]  # noqa: RUF012


def replication_rows(connection: duckdb.DuckDBPyConnection, census_date: date) -> pl.DataFrame:
    """Every statement on its study's date and on the census date (`Replication`)."""
    studies, statements = read_statements()
    rows = []
    for name, study in studies.items():
        own = [statement for statement in statements if statement.study == name]
        for day in sorted({min(study.census_date, census_date), census_date}):
            evidence = read_evidence(connection, day, study.profile)
            counted, under_all = count_regions(evidence), counts_under_all(evidence) if study.classes_inferred else []
            rows += [_row(statement, study, evidence, counted, under_all) for statement in own]
    schema = {column: told.dtype.type for column, told in Replication.to_schema().columns.items()}
    return pl.DataFrame(rows, schema=schema)


def _row(
    statement: Statement, study: Study, evidence: Evidence, counted: Counted, under_all: Sequence[tuple[Counted, int]]
) -> dict[str, Any]:
    found = tally(statement, evidence, counted)
    verdict = found.verdict(statement.answer)
    varies = under_all and statement.kind in ("countries", "regions") and statement.where != "region"
    under = admissible(statement, evidence, under_all) if varies else None
    return {
        "study": statement.study,
        "statement": statement.text,
        "published": as_text(statement.answer),
        "ours": as_text(found.ours),
        "ours_at_least": as_text(found.at_least),
        "ours_at_most": as_text(found.at_most),
        "census_date": evidence.census_date,
        "verdict": verdict,
        "statement_id": statement.id,
        "kind": statement.kind,
        "profile": evidence.profile,
        "classification": statement.classification or None,
        "contradicts": statement.contradicts or None,
        "inferred": statement.inferred,
        "providers_without_answer": evidence.without_answer,
        **_under_all(under),
        "note": "; ".join(filter(None, (statement.note, study.note))) or None,
        "source": f"{study.title}, {study.source}",
    }


def _under_all(under: Admissible | None) -> dict[str, Any]:
    if under is None:
        return {}
    return {
        "admissible_sets": under.sets,
        "admissible_at_least": under.at_least,
        "admissible_at_most": under.at_most,
        "admissible_equal_share": under.equal / under.sets,
        "admissible_share": under.within / under.sets,
    }


def as_text(answer: Answer | None) -> str | None:
    """A number as it is, countries by their codes in alphabetical order."""
    if answer is None or isinstance(answer, int):
        return None if answer is None else str(answer)
    return ", ".join(sorted(answer)) or NONE
