"""Cohen's kappa: how far two judges agree beyond what chance alone would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def cohens_kappa(one: Sequence[str], other: Sequence[str]) -> float:
    """(p - e) / (1 - e), p the share judged alike and e what chance gives; 1 where both always say one same thing."""
    judged = list(zip(one, other, strict=True))
    if not judged:
        raise ValueError("nothing was judged")
    alike = sum(a == b for a, b in judged) / len(judged)
    mine, theirs = Counter(one), Counter(other)
    by_chance = sum(mine[label] * theirs[label] for label in mine) / len(judged) ** 2
    return 1.0 if by_chance == 1 else (alike - by_chance) / (1 - by_chance)
