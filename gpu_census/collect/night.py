"""Ask every cloud at once, and land what they answer. What the answers say is read afterwards (`observation`).

A cloud that fails never holds up another. Without any network nobody is asked, and that is no failure.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gpu_census.collect.budget import Budget
from gpu_census.collect.client import Asker, Client
from gpu_census.collect.connections import can_connect
from gpu_census.collect.landing import Landing
from gpu_census.collect.limits import Limits
from gpu_census.collect.live import LiveAsk, known_answers, redaction_for
from gpu_census.collect.network import Replay
from gpu_census.collect.redaction import Redaction
from gpu_census.collect.runs import RunWriter
from gpu_census.errors import AskError, CensusError
from gpu_census.providers.contract import Source

Progress = Callable[[str], object]


@dataclass
class AskedSource:
    """What came of asking one source: how many requests, and what was not answered, in words."""

    provider: str
    source: str
    requests: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class Night:
    """What came of asking. `reached` is false where no connection could be made at all."""

    reached: bool = True
    asked: list[AskedSource] = field(default_factory=list)


def ask_clouds(
    sources: Sequence[Source],
    *,
    landing: Landing,
    census_date: date,
    limits: Limits,
    replay: Replay | None = None,
    progress: Progress = lambda provider: None,
) -> Night:
    """Ask these sources, all at once. Nobody else may be asking into the same landing zone."""
    landing.adopt()
    if limits.landing_days:
        landing.prune(limits.landing_days, census_date)
    return asyncio.run(_ask_all(sources, landing, census_date, limits, replay, progress))


async def _ask_all(
    sources: Sequence[Source],
    landing: Landing,
    census_date: date,
    limits: Limits,
    replay: Replay | None,
    progress: Progress,
) -> Night:
    if not await _any_reached(sources, limits, replay):
        return Night(reached=False)
    budgets = {source.provider: Budget(limits) for source in sources}
    askers = [
        Asker(one.provider, one.hosts, _redaction(one), one.connections, one.throttled.encode()) for one in sources
    ]

    async def ask(source: Source, asker: Asker) -> AskedSource:
        return await _ask_one(
            source,
            landing.begin(source.provider, source.name, census_date, client.agent, replay.base if replay else ""),
            asker=asker,
            client=client,
            landing=landing,
            budget=budgets[source.provider],
            known=known_answers(landing, source.provider, source.name),
            answered=lambda: progress(source.provider),
        )

    try:
        async with Client(limits, replay, askers) as client, asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask(source, asker)) for source, asker in zip(sources, askers, strict=True)]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None  # the others were stopped by it
    return Night(asked=[task.result() for task in tasks])


async def _any_reached(sources: Sequence[Source], limits: Limits, replay: Replay | None) -> bool:
    """Whether the first connection of any provider succeeds; all are tried at once."""
    first = {source.provider: host for source in reversed(sources) for host in source.hosts if "*" not in host}
    tries = [can_connect(host, limits, replay) for host in sorted(set(first.values()))]
    return not tries or any(await asyncio.gather(*tries))


def _redaction(source: Source) -> Redaction:
    return redaction_for((*source.credentials, *source.optional_credentials))


async def _ask_one(source: Source, run: RunWriter, **how: Any) -> AskedSource:
    """Let a source ask all it wants to ask; what it yields is read later, from what has landed."""
    ask = LiveAsk(source.name, run=run, **how)
    with contextlib.closing(run):
        try:
            async for _ in source.list_types(ask):
                pass
        except AskError as error:
            ask.fault(error.told)
        except CensusError:  # no room on the disk is nothing a cloud did
            raise
        except Exception as error:
            ask.fault(f"cannot be read: {type(error).__name__}: {error}")
        finally:
            await ask.close()
        await asyncio.to_thread(run.end, ask.faults)  # it waits for the disk
    return AskedSource(source.provider, source.name, run.requests, ask.faults)
