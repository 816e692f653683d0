"""What a source makes of answers that a test gives it: for the tests of one provider file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gpu_census.providers import live_sources
from gpu_census.providers.contract import Offering, Region, Source
from gpu_census_tests.stand_in.recordings import Recorded, RecordedAsk, Recording

# what no answer may be taken for a complete list of nothing
BROKEN = (b"", b"{}", b"[]", b"<html>login</html>", b'{"servers": {"A": ', b'{"error": "busy"}')


def the_source(provider: str, name: str) -> Source:
    """A live source by its names."""
    (found,) = [source for source in live_sources() if (source.provider, source.name) == (provider, name)]
    return found


def rows_of(
    source: Source, answers: list[Recorded] | Mapping[str, Any], folder: Path
) -> tuple[list[Region], list[Offering], RecordedAsk]:
    """Regions, offerings, and the ask with its faults. Answers may be given by address, as bytes or as what is JSON."""
    if isinstance(answers, Mapping):
        answers = [
            Recorded(url, told if isinstance(told, bytes) else json.dumps(told).encode())
            for url, told in answers.items()
        ]
    ask = RecordedAsk(Recording(source.provider, source.name, {}, answers), folder)

    async def run() -> list[Region | Offering]:
        return [row async for row in source.list_types(ask)]

    found = asyncio.run(run())
    regions = [row for row in found if isinstance(row, Region)]
    return regions, [row for row in found if isinstance(row, Offering)], ask
