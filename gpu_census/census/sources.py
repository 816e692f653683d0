"""The sources as tables: what each is worth, what its silence is about, and what each single listing says."""

from __future__ import annotations

import polars as pl

from gpu_census.census.looks import joined_days
from gpu_census.census.state import LEFT_OUT, LISTING, SOURCE, State
from gpu_census.census.vocabulary import EVIDENCE_LEVEL
from gpu_census.reference.scope import scope_models


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


def observation_table(state: State, facts: pl.DataFrame) -> pl.DataFrame:
    """What each listing says by itself, suspected or not (`schemas.Observation`)."""
    doubted = state.suspicious.group_by(LISTING).agg(pl.len().alias("suspicious"), pl.col("whole").any())
    joined = state.days.join(doubted, on=LISTING, how="left").join(_countries(state, facts), on=LISTING, how="left")
    counted = joined.with_columns(pl.col("suspicious", "countries").fill_null(0), pl.col("whole").fill_null(False))
    return _judged(counted.with_columns(regions="asked"))


def _countries(state: State, facts: pl.DataFrame) -> pl.DataFrame:
    """In how many countries the regions are that each listing names, by what is known of them today."""
    places = facts.select("provider", "region_code", "country_iso2").drop_nulls()
    places = places.unique(["provider", "region_code"], keep="first", maintain_order=True)
    named = state.coverage.filter(pl.col("kind") != LEFT_OUT).join(places, on=["provider", "region_code"])
    of_country = joined_days(named, (*SOURCE, "country_iso2"))
    more = of_country.select(*SOURCE, observed_on="first_on").with_columns(countries=pl.lit(1, pl.Int64))
    fewer = of_country.select(*SOURCE, pl.col("last_on").dt.offset_by("1d").alias("observed_on"))
    turns = pl.concat([more, fewer.with_columns(countries=pl.lit(-1, pl.Int64))])
    days = state.days.select(LISTING)
    counted = (
        pl.concat([turns, days.with_columns(countries=pl.lit(0, pl.Int64))])
        .group_by(LISTING)
        .agg(pl.col("countries").sum())
        .with_columns(pl.col("countries").cum_sum().over(SOURCE, order_by="observed_on"))
    )
    return days.join(counted, on=LISTING)


def _judged(observations: pl.DataFrame) -> pl.DataFrame:
    """Add `answered`, `complete` and `used`. A plain list of regions answers for none, and is complete as it is."""
    told, doubts = pl.col("told").cast(pl.Int64), pl.col("suspicious").cast(pl.Int64)
    unanswered = told == 0
    unmarred = pl.col("fault") == ""
    doubted = pl.when("whole").then(told).otherwise(doubts)
    answered = pl.when(unanswered).then(0).otherwise(told - doubted)
    plain = unanswered & unmarred & ~pl.col("whole")
    return observations.with_columns(answered=answered).with_columns(
        complete=(pl.col("asked") > 0) & unmarred & (plain | (pl.col("answered") == pl.col("asked"))),
        used=(pl.col("asked") > 0) & (plain | (pl.col("answered") > 0)),
    )
