"""Whether a source can be asked from here: are its credentials set, and is the package that signs installed?"""

from __future__ import annotations

import importlib.metadata
import os
from functools import cache

from packaging.requirements import Requirement

from gpu_census.providers.contract import Source

DISTRIBUTION = "gpu-census"


def why_not_asked(source: Source) -> str:
    """Why a source would not be asked: missing credentials or packages; empty where it would."""
    missing = [name for name in source.credentials if not os.environ.get(name)]
    if missing:
        return f"needs {', '.join(missing)}"
    if source.extra and not _installed(source.extra):
        return f"needs pip install '{DISTRIBUTION}[{source.extra}]'"
    return ""


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
