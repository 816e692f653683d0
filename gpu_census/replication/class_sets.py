"""The sets of classes that the follow-up may have counted with, and its totals under each.

Its own table of classes was not found, so no one set is ours to choose. A set is *admissible* when
- every model of class training is training, and every other counted model is not, but that
- each family of class training_light may be training or not, independently (`LIGHT`);
- any other model of a counted vendor counts if it was launched in a year of the cut-off or later (`CUT_OFFS`), the same
  year for all of them; a model without a known year counts;
- cards for graphics count, from that year on, or none of them does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import compress, product

from gpu_census.census.vocabulary import REACH
from gpu_census.errors import ReferenceTableError
from gpu_census.reference.profiles import read_profiles
from gpu_census.reference.tables import reference_table
from gpu_census.replication.counts import Counted, count_regions_under
from gpu_census.replication.evidence import Evidence
from gpu_census.replication.statements import Statement
from gpu_census.replication.tallies import EQUAL, WITHIN, Tally, tally

CUT_OFFS = tuple(range(2016, 2024))
TRAINING, INFERENCE = REACH["training"], REACH["inference"]

ClassSet = frozenset[tuple[str, int]]


@dataclass(frozen=True)
class Admissible:
    """What a statement says under all admissible sets: the range of counts, and how many sets would agree."""

    sets: int
    at_least: int
    at_most: int
    equal: int
    within: int


@cache
def class_sets(profile: str) -> tuple[ClassSet, ...]:
    """Every admissible set, as pairs of model and reach."""
    card = next(card for card in read_profiles() if card.profile == profile)
    rows = reference_table("accelerator").to_dicts()
    models = [row for row in rows if card.vendors is None or row["vendor"] in card.vendors]
    light = sorted({row["family"] for row in models if row["extended_class"] == "training_light"})
    if len(light) > 8:
        raise ReferenceTableError(f"{len(light)} families of class training_light make too many sets of classes")
    found = []
    raises = [
        {family for family, up in zip(light, ups, strict=True) if up} for ups in product((0, 1), repeat=len(light))
    ]
    for cut_off, graphics, raised in product(CUT_OFFS, (False, True), raises):
        reach = {row["accelerator_model"]: _reach(row, cut_off, graphics=graphics, raised=raised) for row in models}
        found.append(frozenset((model, level) for model, level in reach.items() if level))
    return tuple(found)


def _subsets(families: Sequence[str]) -> list[frozenset[str]]:
    chosen = product((False, True), repeat=len(families))
    return [frozenset(compress(families, taken)) for taken in chosen]


def _reach(row: Mapping[str, str | None], cut_off: int, *, graphics: bool, raised: frozenset[str]) -> int:
    kind, launched = row["extended_class"], row["announced_on"]
    if kind == "training":
        return TRAINING
    if kind == "training_light":
        return TRAINING if row["family"] in raised else INFERENCE
    if kind == "graphics" and not graphics:
        return 0
    return INFERENCE if launched is None or int(launched[:4]) >= cut_off else 0


def counts_under_all(evidence: Evidence) -> list[tuple[Counted, int]]:
    """The regions counted under every admissible set, with the number of sets that count them alike."""
    listed = {said.model for region in evidence.regions for said in region.said} | evidence.debuted
    # many sets differ only in models that nobody has listed
    alike = Counter(frozenset(pair for pair in one if pair[0] in listed) for one in class_sets(evidence.profile))
    return [(count_regions_under(evidence, dict(one)), times) for one, times in alike.items()]


def admissible(statement: Statement, evidence: Evidence, counts: Iterable[tuple[Counted, int]]) -> Admissible | None:
    """A statement under every admissible set; None where nothing can be observed, or nothing counted."""
    return _summary(statement, ((tally(statement, evidence, counted), times) for counted, times in counts))


def _summary(statement: Statement, tallies: Iterable[tuple[Tally, int]]) -> Admissible | None:
    counts: list[int] = []
    verdicts: Counter[str] = Counter()
    for found, times in tallies:
        if not isinstance(found.ours, int):
            return None
        counts.append(found.ours)
        verdicts[found.verdict(statement.answer)] += times
    return Admissible(verdicts.total(), min(counts), max(counts), verdicts[EQUAL], verdicts[EQUAL] + verdicts[WITHIN])
