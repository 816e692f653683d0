"""When an answer has lost so much at once that it is taken for a fault and not for news (METHOD 4, FAULTS).

Pure: sets in, judgements out. Three suspicious answers in a row that agree with each other are accepted together:
then it is news after all, and they count as the misses they are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

AGREEING = 3


@dataclass(frozen=True)
class Look:
    """What one complete answer named; `exempt` where it is settled and never suspicious."""

    named: AbstractSet[Hashable]
    exempt: bool = False


def region_is_shrunk(before: AbstractSet[Hashable], now: AbstractSet[Hashable], *, pairs: int, share: float) -> bool:
    """Whether a region has lost all its (region, model) pairs, or at least `pairs` of them and `share` of them."""
    gone = len(before - now)
    return gone > 0 and (gone == len(before) or (gone >= pairs and gone / len(before) >= share))


def list_is_shrunk(before: AbstractSet[Hashable], now: AbstractSet[Hashable], *, share: float) -> bool:
    """Whether a list of regions has lost more than `share` of them."""
    gone = len(before - now)
    return gone > 0 and gone / len(before) > share


def suspicious_looks(
    looks: Sequence[Look], is_shrunk: Callable[[AbstractSet[Hashable], AbstractSet[Hashable]], bool]
) -> tuple[list[bool], int]:
    """For each look, in order of time, whether it is suspicious; and how many of the last may yet be accepted.

    What comes later changes nothing about the others. All is judged the same when one begins with the last good look.
    """
    marks = [False] * len(looks)
    good: AbstractSet[Hashable] | None = None
    agreeing: list[int] = []
    for index, look in enumerate(looks):
        if good is None or look.exempt or not is_shrunk(good, look.named):
            good, agreeing = look.named, []
            continue
        agreeing = [*agreeing, index] if agreeing and looks[agreeing[-1]].named == look.named else [index]
        marks[index] = True
        if len(agreeing) == AGREEING:
            for accepted in agreeing:
                marks[accepted] = False
            good, agreeing = look.named, []
    return marks, len(agreeing)
