"""The shrink guard (METHOD 4): answers from which too much has gone at once are set aside.

Here belongs which tellings and which of their answers are suspicious; what remains makes the
intervals. A region that a list leaves out is judged with the list, for nobody answered for it.
"""

from __future__ import annotations

from collections.abc import Callable

from .archive import Source
from .intervals import Telling
from .labels import UNKNOWN

AGREEING_THAT_ARE_ACCEPTED = 3
GONE_REGIONS, GONE_PAIRS, GONE_SHARE = 0.10, 3, 0.20

Look = tuple[int, frozenset, bool]  # place in the tellings, what is there, never suspicious


def mark_suspicious(source: Source, tellings: list[Telling]) -> None:
    """Mark lists first; a night whose list is suspicious has no part in the story of any region."""
    if source.positive_only:
        return
    if source.regions_complete or source.gone_regions is not None:
        looks = [(n, frozenset(t.regions), t.settled) for n, t in enumerate(tellings) if t.regions]
        for place in suspicious_places(looks, lambda had, has: _too_few_regions(source, had, has)):
            tellings[place].suspicious = True
    for code in {code for telling in tellings for code in telling.regions}:
        looks = [(n, _pairs(t, code), t.settled) for n, t in enumerate(tellings) if t.answers(code)]
        for place in suspicious_places(looks, lambda had, has: _too_few_pairs(source, had, has)):
            tellings[place].suspicious_answers.add(code)


def _pairs(telling: Telling, code: str) -> frozenset:
    """The models of a region; a label that maps to none stands for itself."""
    return frozenset(
        (one.accelerator_model, one.row.accelerator_label if one.accelerator_model == UNKNOWN else "")
        for one in telling.sightings.get(code, [])
    )


def _too_few_regions(source: Source, had: frozenset, has: frozenset) -> bool:
    limit = GONE_REGIONS if source.gone_regions is None else source.gone_regions
    return len(had - has) / len(had) > limit


def _too_few_pairs(source: Source, had: frozenset, has: frozenset) -> bool:
    least = GONE_PAIRS if source.gone_pairs is None else source.gone_pairs
    share = GONE_SHARE if source.gone_share is None else source.gone_share
    gone = len(had - has)
    return gone == len(had) or (gone >= least and gone / len(had) >= share)


def suspicious_places(looks: list[Look], shrunk: Callable[[frozenset, frozenset], bool]) -> list[int]:
    """Places of the looks that stay suspicious, however many came after them."""
    marked: list[int] = []
    last_good: frozenset = frozenset()
    waiting: list[int] = []  # suspicious looks in a row that agree with each other
    waiting_with: frozenset = frozenset()
    for place, has, exempt in looks:
        if exempt or not last_good or not shrunk(last_good, has):
            last_good, waiting = has, []
            continue
        if has != waiting_with:
            waiting = []
        waiting, waiting_with = [*waiting, place], has
        marked.append(place)
        if len(waiting) == AGREEING_THAT_ARE_ACCEPTED:
            marked = [one for one in marked if one not in waiting]
            last_good, waiting = has, []
    return marked
