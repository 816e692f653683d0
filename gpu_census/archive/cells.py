"""The cells of an archive's files: every file as rows of text, and the texts as what they mean.

What belongs here: refusing a file that is not of the form, and typing. What does not: which files there are
(`reading`), and whether a row is good (`gpu_census.census.listing`).
"""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl

from gpu_census.errors import ArchiveError

REGION_COLUMNS = {
    "region_code": True,
    "region_name": False,
    "country_iso2": False,
    "cloud_partition": False,
    "answered": True,
}
OFFERING_COLUMNS = {
    "region_code": True,
    "zone": False,
    "instance_type": True,
    "service": False,
    "accelerator_label": True,
    "accelerator_count": False,
    "status": False,
    "price": False,
    "currency": False,
}


def read_csvs(paths: list[Path], columns: dict[str, bool]) -> pl.DataFrame:
    """All cells as trimmed text, empty as null, every column present, with the `place` of each row.

    Files with the same header are read together: an archive has thousands of small ones.
    """
    by_header: dict[str, list[Path]] = {}
    for path in paths:
        with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as file:
            by_header.setdefault(file.readline().strip(), []).append(path)
    parts = [pl.DataFrame(schema=dict.fromkeys((*columns, "file"), pl.String))]
    for header, files in by_header.items():
        _refuse_header(files[0], header, columns)
        parts.append(_read_alike(files))
    return _placed(pl.concat(parts, how="diagonal"), columns)


def _refuse_header(path: Path, header: str, columns: dict[str, bool]) -> None:
    if "\r" in header:
        raise ArchiveError(f"{path}: lines end in a bare carriage return; save it with line feeds")
    named = next(csv.reader([header]), [])
    unknown = [name for name in named if name not in columns]
    missing = [name for name, required in columns.items() if required and name not in named]
    if unknown or missing or len(set(named)) != len(named):
        if missing:
            wrong = f"column {missing[0]!r} is missing"
        else:
            wrong = f"unknown column {unknown[0]!r}" if unknown else "a column stands twice"
        raise ArchiveError(f"{path}: {wrong}; the columns are {', '.join(columns)}")


def _read_alike(files: list[Path]) -> pl.DataFrame:
    try:
        return pl.scan_csv(files, infer_schema=False, include_file_paths="file", glob=False).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        if len(files) > 1:  # find the one to name
            return pl.concat([_read_alike([path]) for path in files])
        raise ArchiveError(f"{files[0]}: not readable as CSV: {str(error).splitlines()[0]}") from None


def _placed(rows: pl.DataFrame, columns: dict[str, bool]) -> pl.DataFrame:
    """The texts trimmed, and what the path of its file says of each row; blank lines are left out."""
    line = pl.int_range(2, pl.len() + 2).over("file").cast(pl.String)
    folders = pl.col("file").str.split("/")
    read = rows.select(
        *(pl.col(name).str.strip_chars().replace("", None) for name in columns),
        pl.concat_str("file", pl.lit(":"), line).alias("place"),
        folders.list.get(-4).alias("provider"),
        folders.list.get(-3).alias("source"),
        folders.list.get(-2).str.to_date("%Y-%m-%d").alias("census_date"),
    )
    return read.filter(~pl.all_horizontal(pl.col(*columns).is_null()))


def typed_regions(rows: pl.DataFrame) -> pl.DataFrame:
    """Whether a region answered as a truth, and its partition, public where none is named."""
    answered = pl.col("answered").str.to_lowercase()
    wrong = rows.filter(~answered.is_in(["true", "false"]).fill_null(False))
    if wrong.height:
        row = wrong.row(0, named=True)
        raise ArchiveError(f"{row['place']}: answered is {row['answered']!r}; it must be true or false")
    return rows.with_columns(answered == "true", pl.col("cloud_partition").fill_null("public"))


def typed_offerings(rows: pl.DataFrame) -> pl.DataFrame:
    """Counts and prices as numbers. Presence never depends on a price, so one that is none becomes null."""
    count = pl.col("accelerator_count").cast(pl.Float64, strict=False)
    price = pl.col("price").cast(pl.Float64, strict=False)
    unread = pl.col("accelerator_count").is_not_null() & ~count.is_finite().fill_null(False)
    fault = pl.format("accelerator_count {} is not a number", "accelerator_count")
    return rows.with_columns(
        pl.when(unread).then(fault).otherwise(None).alias("fault"),
        count.alias("accelerator_count"),
        pl.when(price.is_finite() & (price > 0)).then(price).otherwise(None).alias("price"),
        pl.col("zone").fill_null(""),
        pl.col("service").fill_null(""),
        pl.col("status").fill_null("offered"),
    )
