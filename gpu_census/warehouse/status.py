"""What the build knows of itself: when each table was built, in which order, and whether its blocking checks passed.

Checks only stop what runs with them. Whoever materializes `published_database` alone is stopped here.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from gpu_census.errors import PublishError

TABLE = "build_status"
CREATE = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    relation VARCHAR PRIMARY KEY,
    step BIGINT NOT NULL,
    passed BOOLEAN NOT NULL,
    failed_checks VARCHAR[] NOT NULL
)
"""
COMMENTS = f"""
COMMENT ON TABLE {TABLE} IS 'How this database was built: the order of its tables, and the checks that each passed.';
COMMENT ON COLUMN {TABLE}.relation IS 'The table';
COMMENT ON COLUMN {TABLE}.step IS 'Larger for what was built later';
COMMENT ON COLUMN {TABLE}.passed IS 'Whether it is whole and every blocking check passed';
COMMENT ON COLUMN {TABLE}.failed_checks IS 'The blocking checks that failed';
"""


def note_built(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    *,
    failed: Iterable[str] = (),
) -> None:
    """Record that a relation has been built after all it reads; `failed` names its failed blocking checks.

    Belongs into the transaction that builds it: a step that never ended has then built nothing.
    """
    connection.execute(CREATE)
    broken = sorted(failed)
    connection.execute(
        f"INSERT OR REPLACE INTO {TABLE} SELECT ?, coalesce(max(step), 0) + 1, ?, ? FROM {TABLE}",
        [relation, not broken, broken],
    )


def refuse_unfit(connection: duckdb.DuckDBPyConnection, upstream: dict[str, Iterable[str]]) -> None:
    """Raise `PublishError` unless every relation is built, checked, and newer than what it reads."""
    connection.execute(CREATE)
    connection.execute(COMMENTS)
    rows = connection.execute(f"SELECT relation, step, passed, failed_checks FROM {TABLE}").fetchall()
    built = {relation: (step, passed, failed) for relation, step, passed, failed in rows}
    for relation, reads in upstream.items():
        if relation not in built:
            raise PublishError(f"{relation} has not been built; materialize it first")
        step, passed, failed = built[relation]
        if not passed:
            raise PublishError(f"{relation} failed {', '.join(failed)}; the published database stays as it was")
        for name in reads:
            if name in built and built[name][0] > step:
                raise PublishError(f"{relation} is older than {name}, which it reads; materialize it again")
