"""Huawei's way of writing a card: `2 * NVIDIA T4 / 2 * 16G` is two T4 of 16 GB each.

What belongs here: taking number and label out of such a text; the calculator and the ECS API write the same. What does
not: what a label means. The traps: the blank may be missing (`NVIDIAT4`), so may the number, the memory, or all of it
(`0`); the text may stand in quotes; and `1 * NVIDIA M60-2Q / 2G` is one slice of a card, not one card.
"""

from __future__ import annotations

import re
from fractions import Fraction

Card = tuple[str, float | None]

COUNT = re.compile(r"\d+(?:\.\d+|/[1-9]\d*)?")
CARD = re.compile(rf"(?:(?P<count>{COUNT.pattern})\s*[*×]\s*)?(?P<label>[^/*×]*[^/*×\s])\s*(?:[/*×].*)?", re.DOTALL)
SLICE = re.compile(r".+[-_]\d+[abcq]", re.IGNORECASE)
NO_CARD = frozenset(("", "0", "-", "--", "null", "none"))


def read_card(text: str) -> Card | None:
    """(label, number of cards), None where the text says that there is none."""
    plain = text.strip().strip("'\"").strip()
    if plain.casefold() in NO_CARD:
        return None
    found = CARD.fullmatch(plain)
    if found is None:
        return plain, None
    label = found["label"].strip()
    return label, whole_cards(label, found["count"])


def whole_cards(label: str, count: str | None) -> float | None:
    """The number of cards; null for slices, whose number says nothing of cards, and where it is none."""
    if not count or not COUNT.fullmatch(count) or SLICE.fullmatch(label):
        return None
    return float(Fraction(count)) or None
