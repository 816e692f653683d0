"""Asking a stand-in of one made-up cloud: for the tests of `collect`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from gpu_census.collect.ask import Ask
from gpu_census.collect.landing import Landing
from gpu_census.collect.limits import Limits
from gpu_census.collect.network import Replay
from gpu_census.collect.night import Night, ask_clouds
from gpu_census.collect.observation import Observation, observe
from gpu_census.collect.runs import Run, read_run
from gpu_census.errors import AskError
from gpu_census.providers.contract import Offering, Region, Source
from gpu_census_tests.stand_in.faults import Fault
from gpu_census_tests.stand_in.recordings import Answers, Recorded
from gpu_census_tests.stand_in.server import Gives, StandIn

DAY = date(2026, 11, 24)
HOST = "api.example.com"
URL = f"https://{HOST}/list"
OTHER = "https://b.example.com/list"
BOTH = (HOST, "b.example.com")
# long enough for a busy machine, short enough where a test does run into it
QUICK = Limits(
    connect_seconds=2.0,
    silence_seconds=2.0,
    first_wait_seconds=0.01,
    longest_wait_seconds=60.0,
    budget_seconds=600.0,
)

Reads = Callable[[Ask], Awaitable[Any]]


def page(url: str, content: bytes | str = b'{"value": 1}', **how: Any) -> Recorded:
    """An answer of the made-up cloud."""
    return Recorded(url, content if isinstance(content, bytes) else content.encode(), **how)


def source_of(reads: Reads, name: str = "list", provider: str = "cloud", **how: Any) -> Source:
    """A source that asks what `reads` asks, and yields a region with an offering for what that returns."""

    async def list_types(ask: Ask) -> AsyncIterator[Region | Offering]:
        told = await reads(ask)
        yield Region("r1", name=repr(told))
        yield Offering(region_code="r1", instance_type="t", accelerator_label="A100", payload_sha256="0" * 64)

    stated: dict[str, Any] = {"title": "T", "evidence": "price", "hosts": (HOST,), "url": URL, "verified": "described"}
    return Source(provider=provider, name=name, list_types=list_types, **(stated | how))


@dataclass
class Cloud:
    """A made-up cloud and the landing zone of who asks it."""

    root: Path
    plays: Sequence[Recorded] = (page(URL),)
    limits: Limits = QUICK
    day: date = DAY
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def landing(self) -> Landing:
        """Where the answers are kept."""
        return Landing(self.root)

    def ask(
        self,
        *reads: Reads | Source,
        faults: Sequence[Fault] = (),
        etags: bool = False,
        plays: Gives | None = None,
        **how: Any,
    ) -> tuple[Night, StandIn]:
        """Ask, and say what came of it and what the stand-in saw."""
        sources = [one if isinstance(one, Source) else source_of(one, **how) for one in reads]
        with StandIn([plays or Answers(list(self.plays))], faults=faults, etags=etags) as stand_in:
            night = ask_clouds(
                sources,
                landing=self.landing,
                census_date=self.day,
                limits=self.limits,
                replay=Replay(stand_in.base),
            )
        assert not stand_in.unplayed, "a fault that was not met proves nothing"
        return night, stand_in

    def runs(self, name: str = "list", provider: str = "cloud") -> list[Run]:
        """The runs of a source, oldest first."""
        return [read_run(path) for path in self.landing.runs(provider, name)]

    def observed(self, source: Source) -> Observation:
        """What the newest run of a source says."""
        return observe(source, self.landing, self.runs(source.name, source.provider)[-1])


def faults_of(night: Night, name: str = "list") -> list[str]:
    """What was not answered."""
    return next(one.faults for one in night.asked if one.source == name)


async def value(ask: Ask, url: str = URL, **how: Any) -> Any:
    """The value of a page."""
    return (await ask.json(url, as_type=dict[str, Any], **how)).body["value"]


def everything_below(*folders: Path) -> Mapping[Path, bytes]:
    """All files, compressed ones unpacked."""
    import zstandard

    found = {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
    unpacked = {
        path: zstandard.ZstdDecompressor().stream_reader(content).read() if path.suffix == ".zst" else content
        for path, content in found.items()
    }
    return unpacked


def asked(*urls: str) -> Callable[[Ask], Any]:
    """A source that asks these, one after another."""

    async def reads(ask: Ask) -> Any:
        return [await value(ask, url) for url in urls]

    return reads


def at_once(*urls: str) -> Callable[[Ask], Any]:
    """A source that asks these all at once."""

    async def reads(ask: Ask) -> Any:
        return [found async for _, found in ask.each(urls, lambda url: value(ask, url))]

    return reads


def one_by_one(*urls: str) -> Callable[[Ask], Any]:
    """A source that asks these one after another, whatever became of those before."""

    async def reads(ask: Ask) -> Any:
        for url in urls:
            try:
                await value(ask, url)
            except AskError as error:
                ask.fault(error.told)

    return reads
