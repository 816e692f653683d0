"""How assets look in the UI: column schemas, previews, owners. Text is escaped; nothing is computed here."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import duckdb
import pandera.polars as pa
import polars as pl

OWNERS = ["team:gpu_census"]
PREVIEW_ROWS = 8
PREVIEW_COLUMNS = 9
CELL_CHARACTERS = 80


def schema_of_model(model: type[pa.DataFrameModel]) -> dg.TableSchema:
    """A pandera model as the UI's column schema."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=name,
                type=str(column.dtype),
                description=column.description,
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=column.unique),
            )
            for name, column in model.to_schema().columns.items()
        ]
    )


def preview(rows: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """The first rows as a Markdown table."""
    shown = rows.head(PREVIEW_ROWS).select(rows.columns[:PREVIEW_COLUMNS])
    return dg.MetadataValue.md(markdown_table(shown.columns, list(shown.iter_rows())))


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table whose cells cannot break out of it."""
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    """Text of which nothing is markup: every mark of punctuation is written as an entity."""
    text = "" if value is None else " ".join(str(value).split())[:CELL_CHARACTERS]
    return "".join(f"&#{ord(character)};" if character in string.punctuation else character for character in text)


def table_metadata(
    connection: duckdb.DuckDBPyConnection, name: str, *, order: str = "ALL"
) -> Mapping[str, dg.MetadataValue | int | str]:
    """Row count, name and preview of a table in the build database."""
    count = connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
    cursor = connection.execute(f"SELECT * FROM {name} ORDER BY {order} LIMIT {PREVIEW_ROWS}")
    columns = [column[0] for column in cursor.description or []][:PREVIEW_COLUMNS]
    rows = [row[:PREVIEW_COLUMNS] for row in cursor.fetchall()]
    return {
        "dagster/row_count": count,
        "dagster/table_name": name,
        "preview": dg.MetadataValue.md(markdown_table(columns, rows)),
    }
