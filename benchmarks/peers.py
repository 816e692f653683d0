"""Whether a peer is there: they come with the extra `bench` only, and a benchmark without its peer still runs."""

from __future__ import annotations

from importlib.util import find_spec


def why_missing(*modules: str) -> str:
    """Empty where all modules can be imported, else what to do."""
    try:
        absent = [name for name in modules if find_spec(name) is None]
    except ModuleNotFoundError as error:
        absent = [error.name or modules[0]]
    return f"{absent[0]} is not installed; `make bench` installs it" if absent else ""
