"""Profiles: TOML files turned into two tables, `profile` and `profile_accelerator`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import polars as pl

from gpu_census.census.vocabulary import ACCESS, FINDINGS, PARTITIONS, REACH
from gpu_census.errors import ReferenceTableError
from gpu_census.reference.schemas import Profile, ProfileAccelerator
from gpu_census.reference.tables import FOLDER, reference_table
from gpu_census.validating import validated


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
            card = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), ProfileCard)
            _refuse_unknown_words(path, card)
            cards.append(card)
        except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise ReferenceTableError(f"{path}: {error}") from None
    return cards


def _refuse_unknown_words(path: Path, card: ProfileCard) -> None:
    """A misspelt word would count nothing, silently."""
    accelerators = reference_table("accelerator")
    columns = [name for name in accelerators.columns if name.endswith("_class")]
    if card.class_column not in columns:
        raise ReferenceTableError(f"{path}: class_column is {card.class_column!r}; there are {', '.join(columns)}")
    for name, words, known in (
        ("class", [*card.training, *card.inference], set(accelerators[card.class_column])),
        ("vendors", card.vendors or [], set(accelerators["vendor"])),
        ("evidence", card.evidence, set(FINDINGS)),
        ("partitions", card.partitions or [], set(PARTITIONS)),
        ("access", card.access or [], set(ACCESS)),
        ("providers", card.providers or [], set(reference_table("provider")["provider"])),
    ):
        if unknown := sorted(set(words) - known):
            raise ReferenceTableError(f"{path}: {name} {unknown[0]!r} is not known; there are {sorted(known)}")


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
    reach = pl.col("accelerator_class").replace_strict(REACH, return_dtype=pl.Int64)
    classed = pl.concat(parts).with_columns(reach=reach)
    schema = ProfileAccelerator.to_schema()
    return validated(classed.select(list(schema.columns)), schema)
