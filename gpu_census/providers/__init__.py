"""One file or folder per cloud: what to ask it, and how to read its answers. Found by being here."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from gpu_census.providers.contract import Source


@cache
def live_sources() -> tuple[Source, ...]:
    """Every source of every provider in this package, by provider and name."""
    found = {}
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Source):
                found[value.provider, value.name] = value
    return tuple(found[key] for key in sorted(found))


def live_providers() -> list[str]:
    """The providers that have a live source, sorted."""
    return sorted({source.provider for source in live_sources()})


def supported_providers() -> list[str]:
    """Those with at least one source whose answers somebody has seen, sorted; the others can be tried, no more."""
    return sorted({source.provider for source in live_sources() if not source.shape_only})
