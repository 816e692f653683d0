"""Which column comes from which: read off the SQL, and kept by the digest of what it was read from.

That of the project's own models ships with it (`shipped`); that of changed ones is worked out when they are first
built, and kept in a folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from gpu_census.warehouse.relations import Relation
from gpu_census.warehouse.shipped import ColumnLineage, digest_of, shipped
from gpu_census.warehouse.sql_models import SqlModel


def column_lineage(model: SqlModel, upstream: dict[str, list[str]], kept: Path) -> ColumnLineage:
    """Column to the (relation, column) pairs it comes from. `upstream` names the columns of what the model reads.

    Working it out takes up to a second for a large model, so the answer is kept in the folder `kept`.
    """
    digest = lineage_digest(model, upstream)
    if digest in shipped().lineage:
        return shipped().lineage[digest]
    path = kept / f"{model.name}.{digest}.json"
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=ColumnLineage)
    found = worked_out(model, upstream)
    kept.mkdir(parents=True, exist_ok=True)
    for older in kept.glob(f"{model.name}.*.json"):
        older.unlink(missing_ok=True)
    path.write_bytes(msgspec.json.encode(found))
    return found


def lineage_digest(model: SqlModel, upstream: dict[str, list[str]]) -> str:
    """Of all that a model's lineage follows from."""
    return digest_of(msgspec.json.encode([model.body, sorted(upstream.items())]).decode())


def columns_of(model: SqlModel, relations: dict[str, Relation], models: list[SqlModel]) -> dict[str, list[str]]:
    """The columns of everything a model reads."""
    by_name = {other.name: [column.name for column in other.columns] for other in models}
    return {name: by_name.get(name) or list(relations[name].columns) for name in model.upstream}


def worked_out(model: SqlModel, upstream: dict[str, list[str]]) -> ColumnLineage:
    """The lineage, read off the SQL by sqlglot, which is imported for it alone."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.lineage import lineage
    from sqlglot.optimizer import build_scope, qualify
    from sqlglot.schema import MappingSchema

    tables: dict[str, Any] = {"main": {}}
    for name, columns in upstream.items():
        schema, _, table = name.rpartition(".")
        tables.setdefault(schema or "main", {})[table] = dict.fromkeys(columns, "VARCHAR")
    known = MappingSchema(tables, dialect="duckdb")
    parsed = sqlglot.parse_one(model.sql, dialect="duckdb")
    query = qualify.qualify(parsed, schema=known, dialect="duckdb", db="main", validate_qualify_columns=False)
    scope = build_scope(query)
    found: ColumnLineage = {}
    for column in model.columns:
        tree = lineage(column.name, query, schema=known, dialect="duckdb", scope=scope)
        origins = set()
        for node in tree.walk():
            if isinstance(node.expression, exp.Table):
                schema = "" if node.expression.db == "main" else f"{node.expression.db}."
                origins.add((f"{schema}{node.expression.name}", node.name.rpartition(".")[2].strip('"')))
        found[column.name] = sorted(origins)
    return found
