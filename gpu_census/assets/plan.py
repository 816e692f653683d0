"""What one code location is made of: its home, its archives and so its providers, its SQL models in order.

Loaded once, shared by the asset modules; reads files, never the database.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from dagster import AssetKey

from gpu_census.archive.reading import providers_in
from gpu_census.collect.landing import Landing
from gpu_census.errors import CensusError
from gpu_census.home import BUNDLED_ARCHIVE, Home, current_home, sql_folder
from gpu_census.providers import live_providers
from gpu_census.reference.tables import TABLES
from gpu_census.switches import (
    CLOUDS_VARIABLE,
    clouds_from_environment,
    drawn_from_environment,
    offline_from_environment,
)
from gpu_census.warehouse.derived import DERIVED
from gpu_census.warehouse.relations import Relation, base_relations
from gpu_census.warehouse.sql_models import SqlModel, history_backed, load_models

ARCHIVES_VARIABLE = "GPU_CENSUS_ARCHIVES"


@dataclass(frozen=True)
class Plan:
    """Archives, home and models of one code location, and what follows from them.

    `offline`: nobody is asked. `drawn`: the report and the pictures in the UI are drawn. `anew`: everything that has
    landed is read again with today's provider files. `told` is called with a line of text while the clouds are asked.
    """

    archives: tuple[Path, ...]
    home: Home = field(default_factory=current_home)
    sql: Path = field(default_factory=sql_folder)
    offline: bool = field(default_factory=offline_from_environment)
    drawn: bool = field(default_factory=drawn_from_environment)
    anew: bool = False
    told: Callable[[str], object] = lambda text: None

    @cached_property
    def asked(self) -> list[str]:
        """Every provider that is to be asked, sorted; none when offline. Raises `CensusError` for an unknown cloud."""
        known, named = live_providers(), clouds_from_environment()
        if self.offline or named is None:
            return [] if self.offline else known
        if strangers := sorted(named - {*known}):
            raise CensusError(f"{CLOUDS_VARIABLE}: no cloud {strangers[0]!r}; there are {', '.join(known)}")
        return sorted(named)

    @cached_property
    def providers(self) -> list[str]:
        """Every provider that any archive has, that can be asked, or that has answered before, sorted."""
        archived = {provider for archive in self.archives for provider in providers_in(archive)}
        landed = set(Landing(self.home.landing).providers()) & set(live_providers())
        found = sorted({*archived, *landed, *self.asked})
        if not found:
            raise CensusError("there is nothing to read; give an archive with --archive DIR, or ask the clouds")
        return found

    @cached_property
    def relations(self) -> dict[str, Relation]:
        """What Python writes, by the name SQL knows it under."""
        return base_relations()

    @cached_property
    def models(self) -> list[SqlModel]:
        """The SQL models, each after what it reads."""
        return load_models(self.sql, self.relations)

    @cached_property
    def backed(self) -> set[str]:
        """Relations that have a macro of any date."""
        return history_backed(self.models, self.relations)

    @cached_property
    def leaves(self) -> list[str]:
        """Relations that no other is made from: once they are built, everything is."""
        read = {name for model in self.models for name in model.upstream}
        read |= {f"reference.{name}" for name in TABLES}
        read |= {name for table in DERIVED for name in table.reads}
        made = {*self.relations, *(model.name for model in self.models), *(table.name for table in DERIVED)}
        return sorted(made - read)


def plan_from_environment() -> Plan:
    """The bundled archive, or those that `GPU_CENSUS_ARCHIVES` names (separated as `PATH` is)."""
    named = os.environ.get(ARCHIVES_VARIABLE)
    if named is None:
        return Plan((BUNDLED_ARCHIVE,))
    return Plan(tuple(Path(part) for part in named.split(os.pathsep) if part))


def relation_key(name: str) -> AssetKey:
    """The asset of a relation: `reference.country` is `reference/country`."""
    return AssetKey(name.split("."))


def listing_key(provider: str) -> AssetKey:
    """The asset of a provider's listings; characters that an asset key cannot hold are spelled by their number."""
    return AssetKey([_spelled(provider), "listing"])


def answers_key(provider: str) -> AssetKey:
    """The asset of a provider's answers."""
    return AssetKey([_spelled(provider), "answers"])


def _spelled(provider: str) -> str:
    return re.sub(r"[^\w.-]", lambda found: f"_{ord(found[0])}_", provider)
