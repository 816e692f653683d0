"""What a landed run says: the rows that today's provider file reads from it.

A run that names regions and lists no accelerator in any of them has not answered for any: an empty list is how many
failures look.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field

import msgspec

from gpu_census.collect.landed import LandedAsk
from gpu_census.collect.landing import Landing, Run
from gpu_census.errors import AskError, CensusError
from gpu_census.providers.contract import Offering, Region, Source

NOTHING = "lists no accelerator in any region, which is taken for a failure"
KILLED = "the run was killed before it ended"


@dataclass
class Observation:
    """Rows of one run of one source.

    `faults` is what was not answered, in words; `whole` whether it was read to its end, so that its list of regions
    does not break off.
    """

    run: Run
    regions: list[Region] = field(default_factory=list)
    offerings: list[Offering] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    whole: bool = False

    @property
    def payload_sha256(self) -> str:
        """One digest for the answers of the run."""
        digests = sorted({card.sha256 for card in self.run.last_attempts().values() if card.sha256})
        return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def observe(source: Source, landing: Landing, run: Run) -> Observation:
    """Read a landed run. What the provider file cannot read is a fault of this run, not of the census."""
    found = asyncio.run(_observe(source, landing, run))
    if any(region.answered for region in found.regions) and not found.offerings:
        found.regions = [msgspec.structs.replace(region, answered=False) for region in found.regions]
        found.faults.append(NOTHING)
    if run.ended is None:
        found.faults.append(KILLED)
        found.whole = False
    return found


async def _observe(source: Source, landing: Landing, run: Run) -> Observation:
    found = Observation(run)
    ask = LandedAsk(landing, run)
    try:
        async for row in source.list_types(ask):
            if isinstance(row, Region):
                found.regions.append(row)
            else:
                found.offerings.append(row)
        found.whole = True
    except AskError as error:
        ask.fault(error.told)
    except ImportError as error:
        wrong = f"{source.provider}/{source.name}: {error}; pip install 'gpu-census[{source.extra}]'"
        raise CensusError(wrong) from None
    except Exception as error:
        ask.fault(f"cannot be read: {type(error).__name__}: {error}")
    finally:
        await ask.close()
    found.faults = ask.faults
    return found
