"""Write a listing in the archive's own form: `source.toml`, `regions.csv`, `offerings.csv`.

The same facts always give the same bytes: rows are sorted, empty columns are left out, line ends are `\\n`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl

REGION_COLUMNS = ("region_code", "region_name", "country_iso2", "cloud_partition", "answered")
OFFERING_COLUMNS = (
    "region_code",
    "zone",
    "instance_type",
    "service",
    "accelerator_label",
    "accelerator_count",
    "status",
    "price",
    "currency",
)
OFFERING_KEY = ("region_code", "zone", "instance_type", "service", "accelerator_label")


@dataclass(frozen=True, kw_only=True)
class ArchivedSource:
    """One source of one provider, as `source.toml` states it (the project's METHOD, evidence and time)."""

    provider: str
    source: str
    title: str
    evidence: str
    url: str
    licence: str
    retrieved: str
    scope: str | list[str] = "all"
    settled: bool = False
    regions_complete: bool = False
    positive_only: bool = False
    notes: str = ""


def write_source(archive: Path, source: ArchivedSource) -> Path:
    """Write `<archive>/<provider>/<source>/source.toml` and return that folder."""
    folder = archive / source.provider / source.source
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{field.name} = {_toml(getattr(source, field.name))}"
        for field in fields(source)
        if field.name not in ("provider", "source")
    ]
    (folder / "source.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_listing(
    archive: Path,
    source: ArchivedSource,
    census_date: str,
    *,
    regions: pl.DataFrame,
    offerings: pl.DataFrame,
) -> None:
    """Write the listing of one census date; refuses rows whose key is not unique."""
    folder = write_source(archive, source) / census_date
    folder.mkdir(exist_ok=True)
    _write(regions, REGION_COLUMNS, ("region_code",), folder / "regions.csv")
    _write(offerings, OFFERING_COLUMNS, OFFERING_KEY, folder / "offerings.csv")


def _write(rows: pl.DataFrame, columns: tuple[str, ...], key: tuple[str, ...], path: Path) -> None:
    unknown = set(rows.columns) - set(columns)
    if unknown:
        raise ValueError(f"{path}: columns {sorted(unknown)} are not part of the archive's form")
    present = [column for column in columns if column in rows.columns]
    keys = [column for column in key if column in present]
    rows = rows.select(present).unique().sort(keys)
    doubled = rows.filter(pl.struct(keys).is_duplicated())
    if doubled.height:
        raise ValueError(f"{path}: rows contradict each other: {doubled.head(4).to_dicts()}")
    required = {"region_code", "answered", "instance_type", "accelerator_label"}
    kept = [c for c in present if c in required or rows[c].is_not_null().any()]
    rows.select(kept).write_csv(path, line_terminator="\n")


def _toml(value: str | bool | list[str]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
