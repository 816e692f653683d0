"""`datapackage.json`: every exported file with its schema, size and digest (Data Package 1, as Frictionless reads it).

What belongs here: the descriptor. CSV files are its tables; Parquet and GeoJSON files stand beside them as files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from gpu_census import __version__
from gpu_census.exports.folder import PACKAGE
from gpu_census.exports.tables import Column, Table

TITLE = "gpu_census: the census of the world's public-cloud AI compute"
DESCRIPTION = (
    "Which public cloud region offers which accelerator, by country and territory, dated and with its evidence. "
    "A listing is not capacity, a price is not a GPU, and ranges are what the evidence leaves open, not margins of "
    "error. In the CSV files an empty cell is a null or an empty text, lists are JSON, and a text that a spreadsheet "
    "would run as a formula has an apostrophe in front; the Parquet files hold every value as it is. Facts keep the "
    "attribution and licence of the sources named here."
)
TYPES = {
    "VARCHAR": "string",
    "DATE": "date",
    "BOOLEAN": "boolean",
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT"), "integer"),
    **dict.fromkeys(("UINTEGER", "UBIGINT", "UHUGEINT"), "integer"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "number"),
}
MEDIA = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".geojson": "application/geo+json",
    ".cff": "application/yaml",
}
DIALECT = {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True, "header": True}
SOURCES = "SELECT provider, source, title, url, licence, retrieved FROM source ORDER BY ALL"


def write_datapackage(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], folder: Path, census_date: date
) -> None:
    """Describe every file in `folder`, which holds just the exported ones."""
    by_file = {f"{table.name}.csv": table for table in tables}
    resources = [_resource(path, by_file.get(path.name)) for path in sorted(folder.iterdir())]
    package = {
        "profile": "data-package",
        "name": "gpu_census",
        "title": TITLE,
        "description": DESCRIPTION,
        "version": __version__,
        "census_date": census_date.isoformat(),
        "sources": [_source(*row) for row in connection.execute(SOURCES).fetchall()],
        "resources": resources,
    }
    text = json.dumps(package, ensure_ascii=False, indent=1)
    (folder / PACKAGE).write_text(text + "\n", encoding="utf-8")


def _resource(path: Path, table: Table | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": table.name if table else path.name.lower(),
        "path": path.name,
        "format": path.suffix.removeprefix("."),
        "mediatype": MEDIA[path.suffix],
        "bytes": path.stat().st_size,
        "hash": f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}",
    }
    if table is None:
        return told | {"type": "file"}
    return told | {
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "description": table.description,
        "dialect": DIALECT,
        "schema": _schema(table),
    }


def _schema(table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(column) for column in table.columns]}
    if table.key:
        schema["primaryKey"] = list(table.key)
    if table.refers:
        schema["foreignKeys"] = [
            {"fields": [column], "reference": {"resource": other, "fields": [key]}}
            for column, other, key in table.refers
        ]
    return schema | {"missingValues": [""]}


def _field(column: Column) -> dict[str, Any]:
    kind = "array" if column.dtype.endswith("[]") else TYPES.get(column.dtype.split("(")[0], "any")
    field: dict[str, Any] = {"name": column.name, "type": kind, "description": column.description}
    constraints: dict[str, Any] = {}
    # an empty text is a value, and in CSV the same as none
    if column.required and kind != "string":
        constraints["required"] = True
    if column.accepted:
        constraints["enum"] = list(column.accepted)
    return field | ({"constraints": constraints} if constraints else {})


def _source(
    provider: str, source: str, title: str | None, url: str | None, licence: str | None, retrieved: str | None
) -> dict[str, str]:
    told = {"title": title or f"{provider}/{source}", "provider": provider, "source": source}
    if url and url.startswith(("https://", "http://")):
        told["path"] = url
    return told | {name: text for name, text in (("licence", licence), ("retrieved", retrieved)) if text}
