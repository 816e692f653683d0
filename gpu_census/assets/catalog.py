"""The catalogues `docs/tables.md` and `docs/sources.md`, written from what checks, comments and provider files state.

`python -m gpu_census.assets.catalog` writes them; a test keeps them equal to what the code describes.
"""

from __future__ import annotations

from pathlib import Path

from gpu_census.assets.plan import Plan
from gpu_census.home import BUNDLED_ARCHIVE, CHECKOUT
from gpu_census.providers import live_sources
from gpu_census.providers.contract import Source
from gpu_census.providers.readiness import SHAPE_ONLY
from gpu_census.warehouse.derived import DERIVED
from gpu_census.warehouse.lineage import columns_of, lineage_digest, worked_out
from gpu_census.warehouse.shipped import Shipped, digest_of, write_shipped
from gpu_census.warehouse.sql_parsing import parse_sql

HEADER = """\
# The tables

Written by `python -m gpu_census.assets.catalog`; do not edit. Tables marked ↻ are also macros of any date: \
`FROM compute_tier_as_of(DATE '2024-11-17')`.
"""

SOURCES_HEADER = """\
# The sources that are asked

Written by `python -m gpu_census.assets.catalog`; do not edit. **None of these has been seen live by this project.** \
Each was run against a stand-in server that plays its answers through the replay hook. *Verified* says where the form \
of those answers comes from: **recorded**, a genuine answer that others recorded was read in a test; **documented**, \
an official example or description of the form; **described**, the form is known from public code that reads it, or \
from descriptions alone.
"""


def catalog(plan: Plan) -> str:
    """Every table with its description and columns, as Markdown: the census first, then what it is made from."""
    parts = [HEADER, "## The census\n"]
    for model in sorted(plan.models, key=lambda model: model.name):
        columns = [(column.name, column.dtype.lower(), column.description) for column in model.columns]
        mark = " ↻" if model.name in plan.backed else ""
        parts.append(
            _section(f"{model.name}{mark}", f"{model.description} One row per {', '.join(model.grain)}.", columns)
        )
    for table in DERIVED:
        told = [(column, "", text) for column, text in table.relation.columns.items()]
        parts.append(_section(table.name, table.relation.description, told))
    parts.append("## What it is made from\n")
    for name, relation in plan.relations.items():
        told = [(column, "", text) for column, text in relation.columns.items()]
        parts.append(_section(f"{name}{' ↻' if relation.as_of else ''}", relation.description, told))
    return "\n".join(parts)


def _section(title: str, text: str, columns: list[tuple[str, str, str]]) -> str:
    lines = [f"### {title}", "", text, ""]
    typed = any(dtype for _, dtype, _ in columns)
    lines += ["| column | type | |", "|---|---|---|"] if typed else ["| column | |", "|---|---|"]
    for name, dtype, description in columns:
        cell = description.replace("|", "\\|")
        lines.append(f"| `{name}` | {dtype} | {cell} |" if typed else f"| `{name}` | {cell} |")
    return "\n".join(lines) + "\n"


def source_catalog() -> str:
    """Every live source with what it is worth, what it needs and how it was verified, as Markdown."""
    parts = [SOURCES_HEADER]
    for provider in sorted({source.provider for source in live_sources()}):
        parts.append(f"## {provider}\n")
        parts += [_source_section(source) for source in live_sources() if source.provider == provider]
    return "\n".join(parts)


def _source_section(source: Source) -> str:
    silence = (
        "proves only what it lists" if source.positive_only else f"its silence is about: {', '.join(source.scope)}"
    )
    needs = ", ".join(f"`{name}`" for name in source.credentials) or "nothing"
    package = f" and `pip install 'gpu-census[{source.extra}]'`" if source.extra else ""
    lines = [
        f"### {source.name}",
        "",
        f"{source.title}. <{source.url}>",
        "",
        f"- evidence: {source.evidence}; {silence}",
        f"- needs: {needs}{package}",
        f"- verified: {source.verified}" + (f"; {_never_seen(source)}" if source.shape_only else ""),
        f"- hosts: {', '.join(f'`{host}`' for host in source.hosts)}",
    ]
    return "\n".join([*lines, *([f"- {source.notes}"] if source.notes else []), ""])


def _never_seen(source: Source) -> str:
    return f"shape documented, never seen: off unless `{SHAPE_ONLY}={source.provider}` is set"


def worked_out_of_models(plan: Plan) -> Shipped:
    """What ships of the SQL models: how each reads, and where its columns come from."""
    found = Shipped()
    for model in plan.models:
        upstream = columns_of(model, plan.relations, plan.models)
        found.statements[digest_of(model.sql)] = parse_sql(model.sql)
        found.lineage[lineage_digest(model, upstream)] = worked_out(model, upstream)
    return found


def main(folder: Path = CHECKOUT / "docs") -> None:
    """Write both catalogues, and what is shipped of the SQL models."""
    write_shipped(worked_out_of_models(Plan((BUNDLED_ARCHIVE,))))
    folder.mkdir(exist_ok=True)
    (folder / "tables.md").write_text(catalog(Plan((BUNDLED_ARCHIVE,))), encoding="utf-8")
    (folder / "sources.md").write_text(source_catalog(), encoding="utf-8")


if __name__ == "__main__":
    main()
