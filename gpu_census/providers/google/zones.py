"""Names of Google's zones: found in a text, and cut to their region.

What belongs here: the form of the names. What does not: which zones there are. The trap: AI zones are called
`europe-west4-ai1a`, once even `us-central1-ai1`, so that cutting off the last letter is not enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# at least four letters before the number: `tpu-v5-lite` is no zone
_ZONE = re.compile(r"(?<![\w-])([a-z]+-[a-z]{4,}\d+)-([a-z][a-z0-9]*)(?![\w-])")


def zones_with_remarks(text: str) -> Iterator[tuple[str, str]]:
    """(zone, what is written between it and the next zone) for every zone that a text names, in order."""
    found = list(_ZONE.finditer(text))
    for place, match in enumerate(found, 1):
        end = found[place].start() if place < len(found) else len(text)
        yield match[0], text[match.end() : end]


def zones_in(text: str) -> list[str]:
    """The zones that a text names, in order."""
    return [zone for zone, _ in zones_with_remarks(text)]


def region_of(zone: str) -> str | None:
    """The region of a zone; None for what is not called as zones are."""
    match = _ZONE.fullmatch(zone)
    return match[1] if match else None


def is_ai_zone(zone: str) -> bool:
    """Whether a zone is an AI zone, which may lie in another town than its region."""
    return re.search(r"-ai\d+[a-z]?$", zone) is not None
