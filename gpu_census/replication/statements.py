"""Read `reference/published_statement.toml`: the studies, and every statement of theirs that a census can check.

What belongs here: reading the file and refusing what cannot be right in it. How a statement is worked out on a date is
`tallies`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from gpu_census.errors import ReferenceTableError
from gpu_census.reference.profiles import read_profiles
from gpu_census.reference.tables import FOLDER, reference_table
from gpu_census.replication.groups import GROUPS
from gpu_census.replication.properties import is_of_regions, is_property

FILE = FOLDER / "published_statement.toml"
KINDS = ("countries", "regions", "which", "providers")


class Study(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A study: how it counted and when. `classes_inferred`: what it counted as an accelerator is not known for sure."""

    title: str
    source: str
    profile: str
    census_date: date
    classes_inferred: bool = False
    note: str = ""


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement; the fields are explained at the head of the file."""

    id: str
    study: str
    text: str
    kind: str
    published: int | list[str]
    where: str = ""
    within: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    classification: str = ""
    contradicts: str = ""
    inferred: bool = False
    note: str = ""

    @property
    def answer(self) -> int | frozenset[str]:
        """What was published, as a number or a set of countries."""
        return self.published if isinstance(self.published, int) else frozenset(self.published)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    study: dict[str, Study]
    statement: list[Statement]


@cache
def read_statements(path: Path = FILE) -> tuple[Mapping[str, Study], tuple[Statement, ...]]:
    """The studies by name, and the statements as they stand. Raises `ReferenceTableError`."""
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ReferenceTableError(f"{path}: {error}") from None
    profiles = {card.profile for card in read_profiles()}
    for name, study in found.study.items():
        if study.profile not in profiles:
            raise ReferenceTableError(f"{path}: study {name!r} names the profile {study.profile!r}, which is none")
    ids = [statement.id for statement in found.statement]
    for statement in found.statement:
        if wrong := _fault(statement, found.study, ids):
            raise ReferenceTableError(f"{path}: {statement.id}: {wrong}")
    return found.study, tuple(found.statement)


def _fault(statement: Statement, studies: Mapping[str, Study], ids: list[str]) -> str:
    """What is wrong with a statement; a misspelt word would count nothing, silently."""
    if ids.count(statement.id) > 1:
        return "this id stands twice"
    if statement.study not in studies:
        return f"study {statement.study!r} is not known"
    if statement.kind not in KINDS:
        return f"kind {statement.kind!r} is not known; there are {', '.join(KINDS)}"
    if statement.kind != "providers" and not is_property(statement.where):
        return f"where {statement.where!r} is no property"
    if statement.kind == "regions" and not is_of_regions(statement.where):
        return f"where {statement.where!r} cannot be asked of a region"
    if statement.operators and statement.kind != "regions":
        return "operators can be named for regions only"
    if isinstance(statement.published, list) != (statement.kind == "which"):
        return "`which` is answered by a list of countries, everything else by a number"
    if statement.contradicts and statement.contradicts not in ids:
        return f"contradicts {statement.contradicts!r}, which is no statement"
    countries = set(reference_table("country")["country_iso2"])
    named = [*statement.within, *statement.without, *statement.operators]
    named += statement.published if isinstance(statement.published, list) else []
    unknown = [word for word in named if word not in GROUPS and word not in countries]
    return f"{unknown[0]!r} is neither a group nor a country" if unknown else ""
