"""What environment variables switch on and off for a whole run. Imports nothing heavy."""

from __future__ import annotations

import os

OFFLINE_VARIABLE = "GPU_CENSUS_OFFLINE"
DRAW_VARIABLE = "GPU_CENSUS_DRAW"
CLOUDS_VARIABLE = "GPU_CENSUS_CLOUDS"
NO = ("0", "false", "no")


def offline_from_environment() -> bool:
    """Whether `GPU_CENSUS_OFFLINE` says that nobody is to be asked."""
    return os.environ.get(OFFLINE_VARIABLE, "").lower() not in ("", *NO)


def drawn_from_environment() -> bool:
    """Whether pages and pictures are drawn: always, unless `GPU_CENSUS_DRAW` says no."""
    return os.environ.get(DRAW_VARIABLE, "").lower() not in NO


def clouds_from_environment() -> set[str] | None:
    """The clouds that `GPU_CENSUS_CLOUDS` names, separated by commas, as the only ones to ask; None for all."""
    named = {name.strip() for name in os.environ.get(CLOUDS_VARIABLE, "").split(",")} - {""}
    return named or None
