"""Which ECS instance types are accelerated, for answers that name the type alone.

What belongs here: telling a family that no table knows, but whose name says that it is accelerated. What does not:
which card a known family holds (the reference tables). The trap: names of Alibaba's families are short, and `g6a`,
`sn1ne` or `ebmg7a` are no GPU families; only these letters right before the generation's number mean an accelerator.
FPGAs (`f1`, `f3`) and video cards (`video-trans`) are no accelerators, and a file that does not name their card is
not read for them: their family name would be taken for a new card.
"""

from __future__ import annotations

import re

from gpu_census.providers.contract import accelerators_in

# sold by invitation, or to some accounts only: neither a price list nor another account's API needs to show them
BY_INVITATION = ("-A30", "-A800", "-H20", "-H800", "-L20", "-MI308X", "-Zhenwu 810E")
# gn GPU (vgn, sgn: parts of one; ebm, scc: bare metal), gp and ga other makers' cards, an NPU
EVIDENT = re.compile(r"ecs\.([a-z]*(?:gn|gp|ga|an)\d[a-z0-9]*)(?:-[^.]+)?\..+")


def accelerators(instance_type: str) -> tuple[tuple[str, float | None], ...]:
    """(label, count) of each accelerator of a type; a family new to us is labelled by its own name, and so reported."""
    known = accelerators_in("alibaba", instance_type)
    if known:
        return known
    family = EVIDENT.fullmatch(instance_type)
    return ((family.group(1), None),) if family else ()
