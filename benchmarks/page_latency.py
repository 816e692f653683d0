"""(c) Three hundred small pages, each answered after 50 ms: what a night costs where waiting is all there is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.contestant import stopwatch
from benchmarks.measuring import FLOOR, FRESH, PEER, PROJECT, Case, Contestant, Target, function
from benchmarks.peers import why_missing
from benchmarks.serving import stand_in

TITLE = "Latency"
MODULE = __name__
DELAY = 0.05
DAY = date(2026, 11, 24)


def cases(folder: Path, *, quick: bool) -> Iterator[Case]:
    """With as many connections as a host is given by default, and with twice as many."""
    count = 16 if quick else 300
    with stand_in("--pages", count, "--delay", DELAY) as base:
        for connections, seconds in ((8, 2.4), (16, 1.3)):
            targets = [Target(f"at most {seconds} s", seconds, lambda of: of["project"].seconds, "s")]
            waiting = count * DELAY / connections
            yield Case(
                f"{TITLE}: {count} pages at 50 ms, {connections} connections",
                [
                    Contestant("project", PROJECT, "asked, landed, decoded",
                               function(MODULE, "project", base, count, connections, FRESH)),
                    Contestant("requests", PEER, "requests in threads, as gpuhunt asks",
                               function(MODULE, "threads", base, count, connections), missing=why_missing("requests")),
                    Contestant("httpx", FLOOR, f"httpx, bytes only (waiting alone: {waiting:.2f} s)",
                               function(MODULE, "httpx_loop", base, count, connections)),
                ],
                targets,
            )  # fmt: skip


def pages(count: str) -> list[str]:
    """What is asked for."""
    from gpu_census_tests.stand_in.synthetic import Pages

    return Pages(int(count)).urls


def project(base: str, count: str, connections: str, folder: str) -> dict[str, Any]:
    """A source that asks for every page, as on any night."""
    from gpu_census.collect.landing import Landing
    from gpu_census.collect.limits import Limits
    from gpu_census.collect.network import Replay
    from gpu_census.collect.night import ask_clouds
    from gpu_census.providers.contract import Ask, Offering, Region, Source

    urls = pages(count)

    async def every_page(ask: Ask) -> AsyncIterator[Region | Offering]:
        async for _, answer in ask.each(urls, lambda url: ask.json(url, as_type=dict[str, Any])):
            assert answer is not None
        yield Region("r1")

    host = urls[0].split("/")[2]
    source = Source(provider="cloud", name="pages", list_types=every_page, title="Pages", evidence="price",
                    hosts=(host,), url=urls[0], verified="described", connections=int(connections))  # fmt: skip
    with stopwatch:
        night = ask_clouds([source], landing=Landing(Path(folder)), census_date=DAY,
                           limits=Limits(connections=int(connections)), replay=Replay(base))  # fmt: skip
    (asked,) = night.asked
    if asked.faults:
        raise RuntimeError(asked.faults[0])
    return {"pages": asked.requests}


def threads(base: str, count: str, connections: str) -> dict[str, Any]:
    """A session in each of as many threads."""
    import threading
    from concurrent.futures import ThreadPoolExecutor

    import requests

    own = threading.local()

    def one(url: str) -> Any:
        own.session = getattr(own, "session", None) or requests.Session()
        return own.session.get(url.replace("https://", f"{base}/")).json()["page"]

    with stopwatch, ThreadPoolExecutor(int(connections)) as pool:
        got = len(list(pool.map(one, pages(count))))
    return {"pages": got}


def httpx_loop(base: str, count: str, connections: str) -> dict[str, Any]:
    """The same pages, fetched and dropped."""
    import asyncio

    import httpx

    async def fetch() -> int:
        gate = asyncio.Semaphore(int(connections))
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=int(connections)), timeout=30) as client:

            async def one(url: str) -> bytes:
                async with gate:
                    return (await client.get(url.replace("https://", f"{base}/"))).content

            return len(await asyncio.gather(*map(one, pages(count))))

    with stopwatch:
        got = asyncio.run(fetch())
    return {"pages": got}
