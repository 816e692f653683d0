"""What the shell offers when a person presses Tab: names that exist. It never prints, and never fails."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from gpu_census.errors import CensusError
from gpu_census.home import current_home

Offered = Iterator[tuple[str, str]]


def complete_provider(incomplete: str) -> Offered:
    """Clouds: those that are asked, and those that only the published census knows."""
    from gpu_census.providers import live_providers

    published = [name for name, _ in _published("SELECT DISTINCT provider, '' FROM source ORDER BY provider")]
    yield from ((name, "") for name in sorted({*live_providers(), *published}) if name.startswith(incomplete))


def complete_table(context: typer.Context, incomplete: str) -> Offered:
    """Tables of the published census, where their columns are asked for."""
    from gpu_census.commands.sql import TABLES

    if context.params.get("listed"):
        found = _published(f"SELECT name, description FROM ({TABLES})")
        yield from ((name, told) for name, told in found if name.startswith(incomplete))


def complete_profile(incomplete: str) -> Offered:
    """Ways of counting."""
    from gpu_census.reference.profiles import read_profiles

    yield from ((card.profile, card.title) for card in read_profiles() if card.profile.startswith(incomplete))


def _published(query: str) -> list[tuple[str, str]]:
    from gpu_census.reading import read_public

    try:
        return [(name, told or "") for name, told in read_public(current_home(), query).rows]
    except CensusError:
        return []
