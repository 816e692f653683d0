"""The N-series: Azure's accelerated sizes, and what they hold.

What belongs here: telling such a size by its name, and its accelerators where an answer names only the size. What does
not: prices, offerings. The traps: names of prices carry blanks, and some lack `Standard_`; dedicated hosts
(`NVASv4_Type1`) are named like sizes, but are whole servers.
"""

from __future__ import annotations

import re

from gpu_census.providers.contract import accelerators_in

N_SERIES = re.compile(r"\s*(?:Standard_)?N[A-Z]+\d", re.IGNORECASE)
HOST = re.compile(r"[_-]Type\d+\s*$", re.IGNORECASE)


def is_n_series(size: str) -> bool:
    """Whether a size is accelerated, by Azure's naming; new series included."""
    return N_SERIES.match(size) is not None and HOST.search(size) is None


def accelerators(size: str, *, stated: float | None = None) -> tuple[tuple[str, float | None], ...]:
    """(label, count) of each accelerator; `stated` is the count that the answer gives, used where none is known.

    What is known goes first: Azure states 1 for every fraction of a card. A new size is labelled with its own name.
    """
    known = accelerators_in("azure", size)
    if not known:
        return ((size, stated),)
    return tuple((label, stated if count is None else count) for label, count in known)
