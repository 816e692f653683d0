"""Load the reference tables: CSV files in this folder, typed and checked against `schemas`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pandera.errors
import pandera.polars as pa
import polars as pl

from gpu_census.errors import ReferenceTableError
from gpu_census.reference import schemas
from gpu_census.validating import validated

FOLDER = Path(__file__).parent
TABLES: dict[str, type[pa.DataFrameModel]] = {
    "country": schemas.Country,
    "accelerator": schemas.Accelerator,
    "accelerator_label": schemas.AcceleratorLabel,
    "provider": schemas.Provider,
    "region": schemas.Region,
    "region_alias": schemas.RegionAlias,
    "not_a_region": schemas.NotARegion,
    "export_rule": schemas.ExportRule,
    "variant": schemas.Variant,
}
EMPTY_MEANS_ANY = ("provider",)


@cache
def reference_table(name: str) -> pl.DataFrame:
    """One reference table, typed. Raises `ReferenceTableError` with every fault found."""
    model = TABLES[name]
    path = FOLDER / f"{name}.csv"
    columns = model.to_schema().columns
    rows = pl.read_csv(path, infer_schema=False)
    wrong = sorted(set(rows.columns) ^ set(columns))
    if wrong:
        raise ReferenceTableError(f"{path}: column {wrong[0]!r} is missing or not known; expected {list(columns)}")
    try:
        typed = rows.select(_typed(column.dtype.type, label) for label, column in columns.items())
        valid = validated(typed, model.to_schema())
        for pattern in valid["pattern"] if "pattern" in columns else ():
            re.compile(pattern)
        return valid
    except re.error as error:
        raise ReferenceTableError(f"{path}: {error.pattern!r} is no regular expression: {error}") from None
    except pandera.errors.SchemaErrors as error:
        raise ReferenceTableError(f"{path}:\n{error.failure_cases}") from None
    except pl.exceptions.PolarsError as error:
        raise ReferenceTableError(f"{path}: {error}") from None


def _typed(dtype: pl.DataType, name: str) -> pl.Expr:
    cell = pl.col(name)
    if name in EMPTY_MEANS_ANY:
        return cell.fill_null("")
    if dtype == pl.Boolean:
        return cell.replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean)
    if isinstance(dtype, pl.List):
        return cell.str.split(";")
    if dtype == pl.Date:
        return cell.str.to_date("%Y-%m-%d")
    return cell.cast(dtype)
