"""Read a provider's label: as a model, as no accelerator, as hidden on purpose, or as new."""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from gpu_census.census.vocabulary import UNKNOWN_MODEL
from gpu_census.errors import ReferenceTableError
from gpu_census.reference.tables import reference_table

NOT_AN_ACCELERATOR = "not_an_accelerator"
VENDOR_WORDS = frozenset(
    ("nvidia", "tesla", "amd", "instinct", "intel", "habana", "google", "aws", "huawei", "qualcomm")
)


def normalised(label: str) -> str:
    """A label without case, vendor words and punctuation: `nvidia-tesla-v100` and `V100` are one."""
    words = re.findall(r"[^\W_]+", label.casefold())
    kept = [word for word in words if word not in VENDOR_WORDS] or words
    return "".join(kept)


@cache
def _known_labels() -> dict[tuple[str, str], tuple[str, str]]:
    """(provider or '', normalised label) to (resolution, model)."""
    known: dict[tuple[str, str], tuple[str, str]] = {}
    for model, aliases in reference_table("accelerator").select("accelerator_model", "aliases").iter_rows():
        for name in (model, *(aliases or "").split(";")):
            if not name.strip():
                continue
            key = ("", normalised(name))
            if known.setdefault(key, ("model", model)) != ("model", model):
                raise ReferenceTableError(f"accelerator.csv: {name!r} names both {known[key][1]!r} and {model!r}")
    models = set(reference_table("accelerator")["accelerator_model"])
    for row in reference_table("accelerator_label").iter_rows(named=True):
        model = row["accelerator_model"] or UNKNOWN_MODEL
        if row["resolution"] == "model" and model not in models:
            raise ReferenceTableError(f"accelerator_label.csv: {row['label']!r} means {model!r}, which is no model")
        if row["resolution"] != "model" and row["accelerator_model"]:
            raise ReferenceTableError(
                f"accelerator_label.csv: {row['label']!r} is {row['resolution']} and names a model"
            )
        known[row["provider"], normalised(row["label"])] = (row["resolution"], model)
    return known


def resolve_label(provider: str, label: str) -> tuple[str, str]:
    """(resolution, model): `model` or `not_an_accelerator`; or `masked` or `new`, both with the model `unknown`."""
    known = _known_labels()
    key = normalised(label)
    found = known.get((provider, key)) or known.get(("", key))
    return found or ("new", UNKNOWN_MODEL)


def resolve_labels(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `resolution` and `accelerator_model` to rows that have `provider` and `accelerator_label`."""
    labels = rows.select("provider", "accelerator_label").unique()
    resolved = [resolve_label(provider, label) for provider, label in labels.iter_rows()]
    table = labels.with_columns(
        resolution=pl.Series([resolution for resolution, _ in resolved], dtype=pl.String),
        accelerator_model=pl.Series([model for _, model in resolved], dtype=pl.String),
    )
    return rows.join(table, on=["provider", "accelerator_label"], how="left")
