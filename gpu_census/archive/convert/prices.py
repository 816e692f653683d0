"""Prices as the archive writes them; nothing about which prices count."""

from __future__ import annotations

import polars as pl

HIGHEST_PLACEHOLDER = 0.01


def hourly_price(column: str) -> pl.Expr:
    """A price as plain text: no trailing zeros, and empty where the list has a placeholder.

    Lists write 0 or 0.01 for what has no price yet; presence does not depend on it.
    """
    number = pl.col(column).cast(pl.Float64)
    text = number.cast(pl.String).str.replace(r"\.0$", "")
    return pl.when(number > HIGHEST_PLACEHOLDER).then(text)
