"""The sources as tables: what each is worth, what its silence is about, and what each single listing says."""

from __future__ import annotations

import polars as pl

from gpu_census.census.unify import Unified
from gpu_census.census.vocabulary import EVIDENCE_LEVEL
from gpu_census.reference.scope import scope_models

LISTING = ("provider", "source", "observed_on")
PAPER_MODELS = ("V100", "A100", "H100")


def source_table(sources: pl.DataFrame) -> pl.DataFrame:
    """One row per source (`schemas.Source`)."""
    return sources.with_columns(
        pl.col("evidence").replace_strict(EVIDENCE_LEVEL, return_dtype=pl.Int64).alias("evidence_rank"),
        pl.col("scope_terms").list.join(", ").alias("scope"),
    )


def scope_table(sources: pl.DataFrame) -> pl.DataFrame:
    """One row per source and model that its silence covers (`schemas.SourceScope`)."""
    rows = [
        (row["provider"], row["source"], model)
        for row in sources.iter_rows(named=True)
        if not row["positive_only"]
        for model in scope_models(row["scope_terms"], place=f"{row['provider']}/{row['source']}/source.toml")
    ]
    names = ("provider", "source", "accelerator_model")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def observation_table(unified: Unified, facts: pl.DataFrame, suspicious: pl.DataFrame) -> pl.DataFrame:
    """What each listing says by itself, suspected or not (`schemas.Observation`)."""
    places = facts.select("provider", "region_code", "country_iso2").unique(["provider", "region_code"])
    regions = unified.regions.join(places, on=["provider", "region_code"], how="left", suffix="_resolved")
    asked = regions.group_by(LISTING).agg(
        pl.len().alias("asked"),
        pl.col("answered").sum().alias("told"),
        pl.col("region_code").n_unique().alias("regions"),
        pl.col("country_iso2_resolved").drop_nulls().n_unique().alias("countries"),
    )
    code = pl.col("region_code")
    listed = unified.offerings.group_by(LISTING).agg(
        code.n_unique().alias("accelerator_regions"),
        *(
            code.filter(pl.col("accelerator_model") == model).n_unique().alias(f"{model.lower()}_regions")
            for model in PAPER_MODELS
        ),
    )
    doubted = suspicious.group_by(LISTING).agg(pl.len().alias("suspicious"), pl.col("whole").any())
    joined = unified.observations
    for part in (asked, listed, doubted):
        joined = joined.join(part, on=LISTING, how="left")
    return _judged(joined.with_columns(pl.selectors.integer().fill_null(0), pl.col("whole").fill_null(False)))


def _judged(observations: pl.DataFrame) -> pl.DataFrame:
    """Add `answered`, `complete` and `used`. A plain list of regions answers for none, and is complete as it is."""
    unanswered = pl.col("told") == 0
    unmarred = pl.col("fault") == ""
    doubted = pl.when("whole").then("told").otherwise("suspicious")
    answered = pl.when(unanswered).then(0).otherwise(pl.col("told") - doubted)
    plain = unanswered & unmarred & ~pl.col("whole")
    return observations.with_columns(answered=answered).with_columns(
        complete=(pl.col("asked") > 0) & unmarred & (plain | (pl.col("answered") == pl.col("asked"))),
        used=(pl.col("asked") > 0) & (plain | (pl.col("answered") > 0)),
    )
