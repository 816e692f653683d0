"""What a source's silence is about: its scope terms turned into accelerator models.

A term is `all`, a kind (`gpu`), a vendor (`NVIDIA`), a family (`TPU`) or a model (`H100`), whatever its case; terms
add up, and a leading `-` takes away. Only `all` covers labels that map to no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from gpu_census.census.vocabulary import UNKNOWN_MODEL
from gpu_census.errors import ArchiveError
from gpu_census.reference.tables import reference_table

TERM_COLUMNS = ("kind", "vendor", "family", "accelerator_model")


def scope_models(terms: Sequence[str], *, place: str) -> set[str]:
    """The models that the terms cover. Raises `ArchiveError` for a term that names nothing."""
    added: set[str] = set()
    taken: set[str] = set()
    for term in terms:
        (taken if term.startswith("-") else added).update(_covered(term.removeprefix("-").strip(), place))
    # what an unknown label hides may be among what was taken away
    return added - taken - ({UNKNOWN_MODEL} if taken else set())


def _covered(term: str, place: str) -> set[str]:
    accelerators = reference_table("accelerator")
    if term.casefold() == "all":
        return {*accelerators["accelerator_model"], UNKNOWN_MODEL}
    # `kind: gpu` and `TPUs` mean what they say
    word = re.sub(r"^(kind|vendor|family|model)\s*[:=]\s*", "", term.casefold())
    named = [pl.col(column).str.to_lowercase().is_in([word, word.removesuffix("s")]) for column in TERM_COLUMNS]
    covered = set(accelerators.filter(pl.any_horizontal(named))["accelerator_model"])
    if not covered:
        raise ArchiveError(f"{place}: scope term {term!r} is no kind, vendor, family or model; `all` covers everything")
    return covered
