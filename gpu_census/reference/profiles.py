"""Profiles: TOML files turned into two tables, `profile` and `profile_accelerator`."""

from __future__ import annotations

import tomllib

import msgspec
import polars as pl

from gpu_census.errors import ReferenceTableError
from gpu_census.reference.schemas import Profile, ProfileAccelerator
from gpu_census.reference.tables import FOLDER, reference_table


class ProfileCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One profile as its TOML file states it; a list that is left out means all."""

    profile: str
    title: str
    class_column: str
    training: list[str]
    inference: list[str]
    evidence: list[str]
    source: str
    providers: list[str] | None = None
    excluded_provider_kinds: list[str] = []
    partitions: list[str] | None = None
    access: list[str] | None = None
    vendors: list[str] | None = None


def read_profiles() -> list[ProfileCard]:
    """Every profile in `profiles/`, by name."""
    cards = []
    for path in sorted((FOLDER / "profiles").glob("*.toml")):
        try:
            cards.append(msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), ProfileCard))
        except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise ReferenceTableError(f"{path}: {error}") from None
    return cards


def profile_table() -> pl.DataFrame:
    """One row per profile (`schemas.Profile`)."""
    columns = Profile.to_schema().columns
    rows = [{name: getattr(card, name) for name in columns} for card in read_profiles()]
    return pl.DataFrame(rows, schema={name: column.dtype.type for name, column in columns.items()})


def profile_accelerator_table() -> pl.DataFrame:
    """What every model counts as under every profile (`schemas.ProfileAccelerator`)."""
    accelerators = reference_table("accelerator")
    parts = []
    for card in read_profiles():
        native = pl.col(card.class_column)
        counted = pl.lit(True) if card.vendors is None else pl.col("vendor").is_in(card.vendors)
        parts.append(
            accelerators.select(
                pl.lit(card.profile).alias("profile"),
                "accelerator_model",
                pl.when(counted & native.is_in(card.training))
                .then(pl.lit("training"))
                .when(counted & native.is_in(card.inference))
                .then(pl.lit("inference"))
                .otherwise(pl.lit("not_counted"))
                .alias("accelerator_class"),
                native.alias("native_class"),
            )
        )
    return ProfileAccelerator.validate(pl.concat(parts))
