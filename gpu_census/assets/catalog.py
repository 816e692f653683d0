"""The catalogue of tables, `docs/tables.md`, written from the descriptions that checks and comments use too.

`python -m gpu_census.assets.catalog` writes it; a test keeps it equal to what the code describes.
"""

from __future__ import annotations

from pathlib import Path

from gpu_census.assets.plan import Plan
from gpu_census.home import BUNDLED_ARCHIVE, CHECKOUT

HEADER = """\
# The tables

Written by `python -m gpu_census.assets.catalog`; do not edit. Tables marked ↻ are also macros of any date: \
`FROM compute_tier_as_of(DATE '2024-11-17')`.
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


def main(path: Path = CHECKOUT / "docs" / "tables.md") -> None:
    """Write the catalogue of the bundled plan."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(catalog(Plan((BUNDLED_ARCHIVE,))), encoding="utf-8")


if __name__ == "__main__":
    main()
