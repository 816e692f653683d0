"""A flavor of Huawei's ECS API: which card it has, and in which zones it is on sale.

What belongs here: reading `os_extra_specs`, where both are hidden. What does not: asking for flavors (`ecs_api.py`).
The traps: the card stands in one of six fields, and the most readable may hide the model (`NVIDIA Professional
Graphics Card`); PCI devices may also be disks; a zone named in `cond:operation:az` overrides the region's state, and
zones not named there keep it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from gpu_census.providers.contract import accelerators_in
from gpu_census.providers.huawei.accelerator_card import Card, read_card, whole_cards

ACCELERATED = frozenset(("gpu", "ascend", "compute_accelerated"))
GENERIC_LABEL = "NVIDIA Professional Graphics Card"
ACCELERATOR_DEVICE = re.compile(r"nvidia|tesla|ascend|snt\d|npu|gpu", re.IGNORECASE)
ZONE_STATE = re.compile(r"([\w.-]+)\s*\(\s*([^()]+?)\s*\)")
# "Commercial use" is no promise of stock, so it is on offer, no more. What is abandoned is "not displayed", in
# Huawei's words: withdrawn from sale, unlike what is sold out. A state new to us is on the list, so it is on offer.
STATUS = {"sellout": "sold_out", "obt_sellout": "sold_out"}
ABANDONED = "abandon"
OTHER_ZONES = ""


class Flavor(msgspec.Struct):
    """An ECS type."""

    id: str
    os_extra_specs: dict[str, Any] | None = None

    @property
    def specs(self) -> dict[str, str]:
        """The extended fields, as texts."""
        return {name: str(value).strip() for name, value in (self.os_extra_specs or {}).items() if value is not None}


def cards(flavor: Flavor) -> tuple[Card, ...]:
    """Its accelerators: in the API's words, else those that the type is known for, else the type's own name."""
    specs = flavor.specs
    kind = specs.get("ecs:performancetype") or specs.get("hws:performancetype") or ""
    if kind == "fpga":
        return ()
    known = accelerators_in("huawei", flavor.id)
    told = _told(specs, accelerated=kind in ACCELERATED)
    if len(told) == 1 and told[0][1] is None and len(known) == 1:
        return ((told[0][0], known[0][1]),)
    return told or known or (((flavor.id, None),) if kind in ACCELERATED else ())


def on_sale(flavor: Flavor) -> dict[str, str]:
    """Status by zone, with `OTHER_ZONES` for those not named; empty where it is withdrawn."""
    specs = flavor.specs
    states = {OTHER_ZONES: specs.get("cond:operation:status") or "normal"}
    states |= dict(ZONE_STATE.findall(specs.get("cond:operation:az", "")))
    return {zone: STATUS.get(state, "offered") for zone, state in sorted(states.items()) if state != ABANDONED}


def _told(specs: Mapping[str, str], *, accelerated: bool) -> tuple[Card, ...]:
    if listed := _listed(specs.get("info:gpus", "")):
        return listed
    for name in ("info:gpu:name", "info:ascend:name"):
        card = read_card(specs.get(name, ""))
        if card and card[0] != GENERIC_LABEL:
            return (card,)
    hidden = read_card(specs.get("info:gpu:name", ""))
    if devices := _devices(specs.get("pci_passthrough:alias", ""), accelerated=accelerated):
        return devices
    if graphics := re.fullmatch(r"([^:]+):[^:]+:(\d+)", specs.get("pci_passthrough:gpu_specs", "")):
        return ((graphics[1], whole_cards(graphics[1], graphics[2])),)
    if quota := read_card(specs.get("quota:gpu", "")):
        return ((quota[0], hidden[1] if hidden else quota[1]),)
    return (hidden,) if hidden else ()


def _listed(text: str) -> tuple[Card, ...]:
    """`[{"name": ..., "count": ...}]`, as a text inside the JSON."""
    try:
        devices = msgspec.json.decode(text, type=list[dict[str, Any]]) if text else []
    except msgspec.MsgspecError:
        return ()
    named = {str(device.get("name") or "").strip(): str(device.get("count") or "") for device in devices}
    return tuple((label, whole_cards(label, count)) for label, count in named.items() if label)


def _devices(text: str, *, accelerated: bool) -> tuple[Card, ...]:
    """`nvidia-p100:1`, several with commas; other PCI devices are passed through in the same way."""
    found: Counter[str] = Counter()
    for label, count in re.findall(r"([^:,\s]+)\s*:\s*(\d+)", text):
        if accelerated or ACCELERATOR_DEVICE.search(label):
            found[label] += int(count)
    return tuple((label, float(count) or None) for label, count in found.items())
