"""Whether a source can be asked from here: are its credentials set, is the package that signs installed, is it wanted?

A source whose answers nobody has seen yet (`shape_only`) is asked only where GPU_CENSUS_SHAPE_ONLY names its provider.
"""

from __future__ import annotations

import importlib.metadata
import os
from functools import cache

from packaging.requirements import Requirement

from gpu_census.providers.contract import Source

DISTRIBUTION = "gpu-census"
SHAPE_ONLY = "GPU_CENSUS_SHAPE_ONLY"  # names of providers, separated by commas


def why_not_asked(source: Source) -> str:
    """Why a source would not be asked: never seen, or missing credentials or packages; empty where it would."""
    if source.shape_only and source.provider not in _tried():
        return f"its answers are known from a description only; to try it, set {SHAPE_ONLY}={source.provider}"
    missing = [name for name in source.credentials if not os.environ.get(name)]
    if missing:
        return f"needs {', '.join(missing)}"
    if source.extra and not _installed(source.extra):
        return f"needs pip install '{DISTRIBUTION}[{source.extra}]'"
    return ""


def _tried() -> set[str]:
    """The providers whose never seen sources someone wants to try."""
    return {name.strip() for name in os.environ.get(SHAPE_ONLY, "").split(",")}


@cache
def _installed(extra: str) -> bool:
    """Whether everything that an optional dependency group names is there."""
    try:
        stated = [Requirement(text) for text in importlib.metadata.requires(DISTRIBUTION) or ()]
    except importlib.metadata.PackageNotFoundError:
        return True  # not installed as a package: the import will tell
    for needed in stated:
        if needed.marker is None or not needed.marker.evaluate({"extra": extra}):
            continue
        try:
            importlib.metadata.version(needed.name)
        except importlib.metadata.PackageNotFoundError:
            return False
    return True
