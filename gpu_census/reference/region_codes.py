"""Codes of regions: which one a listing means, and which name no region at all."""

from __future__ import annotations

import re

import polars as pl

from gpu_census.reference.tables import reference_table


def current_codes(rows: pl.DataFrame, *, on: str) -> pl.DataFrame:
    """Replace codes that a region goes by elsewhere, or went by on the day in the column `on`."""
    alias = reference_table("region_alias").select(
        "provider", "valid_from", "valid_to", region_code="alias", current="region_code"
    )
    joined = rows.with_row_index("row").join(alias, on=["provider", "region_code"], how="left")
    in_use = (pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col(on))) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col(on))
    )
    code = pl.when(in_use).then(pl.coalesce("current", "region_code")).otherwise("region_code")
    renamed = joined.with_columns(region_code=code).sort("row", in_use, descending=[False, True])
    return renamed.unique("row", keep="first", maintain_order=True).select(rows.columns)


def real_regions(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of regions, and rows of what is none with the `reason`. The region table is never doubted."""
    patterns = [
        (row["provider"], re.compile(row["pattern"]), row["reason"])
        for row in reference_table("not_a_region").iter_rows(named=True)
    ]
    codes = rows.select("provider", "region_code").unique()
    known = reference_table("region").select("provider", "region_code")
    doubtful = codes.join(known, on=["provider", "region_code"], how="anti")
    reasons = [
        next((reason for of, pattern, reason in patterns if of in ("", provider) and pattern.fullmatch(code)), None)
        for provider, code in doubtful.iter_rows()
    ]
    doubtful = doubtful.with_columns(reason=pl.Series(reasons, dtype=pl.String))
    marked = rows.join(doubtful, on=["provider", "region_code"], how="left")
    none = pl.col("reason").is_not_null()
    return marked.filter(~none).drop("reason"), marked.filter(none)
