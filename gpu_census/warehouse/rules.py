"""Rules of time that several SQL models apply (METHOD 3, 4), as DuckDB macros: each threshold stands in one place."""

from __future__ import annotations

import duckdb

STALE_AFTER_DAYS = 180
SUPERSEDED_AFTER_DAYS = 7

RULES = {
    "is_stale(evidence_on, on_day)": (
        f"on_day - evidence_on > {STALE_AFTER_DAYS}",
        f"Whether an answer is too old on a day: older than {STALE_AFTER_DAYS} days.",
    ),
    "supersedes(newer_on, newer_rank, older_on, older_rank)": (
        f"newer_on - older_on > {STALE_AFTER_DAYS} "
        f"OR (newer_on - older_on > {SUPERSEDED_AFTER_DAYS} AND newer_rank <= older_rank)",
        f"Whether a newer answer takes an older one's place: after {STALE_AFTER_DAYS} days any does, after "
        f"{SUPERSEDED_AFTER_DAYS} days one of the same or a better evidence rank.",
    ),
    "stale_from(evidence_on)": (
        f"evidence_on + {STALE_AFTER_DAYS + 1}",
        "The first day on which an answer is stale.",
    ),
    "overtaken_from(older_on)": (
        f"older_on + {SUPERSEDED_AFTER_DAYS + 1}",
        "The first day on which a newer answer of the same or a better evidence rank may take an older one's place.",
    ),
}


def create_rules(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros, with their comments, before the first model is built."""
    for signature, (expression, text) in RULES.items():
        connection.execute(f"CREATE OR REPLACE MACRO {signature} AS ({expression})")
        name = signature.split("(")[0]
        quoted = text.replace("'", "''")
        connection.execute(f"COMMENT ON MACRO {name} IS '{quoted}'")
