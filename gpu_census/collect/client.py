"""Send one request and receive its answer: limits per host, redirects hop by hop, caps while it streams.

What belongs here: what holds for any request of any source. What does not: retries and keeping (`live`).
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from urllib.parse import urljoin

import httpx

import gpu_census
from gpu_census.collect.body import Depth, Sizes, Unreceivable, unpacked
from gpu_census.collect.connections import http_client
from gpu_census.collect.limits import Limits
from gpu_census.collect.network import Replay, refuse_elsewhere
from gpu_census.collect.request import Redaction, Request
from gpu_census.errors import AskError

CONTACT_VARIABLE = "GPU_CENSUS_CONTACT"
REDIRECTS = (301, 302, 303, 307, 308)
JSON_BEGINS = (b"{", b"[")


def user_agent() -> str:
    """Who asks, with the contact that `GPU_CENSUS_CONTACT` names."""
    contact = os.environ.get(CONTACT_VARIABLE, "").strip()
    about = f"nightly census of public cloud accelerators; contact: {contact}" if contact else "nightly census"
    return f"gpu_census/{gpu_census.__version__} ({about})".encode("ascii", "replace").decode()


@dataclass
class Host:
    """What is known of a host tonight: how many may ask at once, and how many requests it has failed in a row."""

    gate: asyncio.Semaphore
    failures: int = 0


@dataclass(frozen=True)
class Asker:
    """On whose behalf a request is sent: which hosts are its own, and what must not be told."""

    provider: str
    hosts: tuple[str, ...]
    redaction: Redaction
    connections: int
    throttled: bytes = b""


@dataclass(frozen=True)
class Received:
    """An answer. `content` is empty where it was written to `sink` piece by piece."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""
    size: int = 0
    wire_size: int = 0
    reason: str = ""


@dataclass
class Client:
    """One client for a night; a context manager."""

    limits: Limits
    replay: Replay | None = None
    agent: str = field(default_factory=user_agent)

    async def __aenter__(self) -> Client:
        for name in ("httpx", "httpcore"):  # they would log whole URLs, keys included
            logging.getLogger(name).setLevel(logging.WARNING)
        self._http = await http_client(self.limits, self.replay).__aenter__()
        self._hosts: dict[str, Host] = {}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    def host(self, name: str, connections: int) -> Host:
        """What is known of a host; the first to ask says how many connections it may have."""
        if name not in self._hosts:
            self._hosts[name] = Host(asyncio.Semaphore(min(connections, self.limits.connections)))
        return self._hosts[name]

    def original(self, url: str) -> str:
        """The URL that a link means, also where it names the stand-in."""
        return self.replay.back(url) if self.replay else url

    async def send(self, request: Request, asker: Asker, *, sink: Callable[[bytes], object] | None = None) -> Received:
        """Send, follow redirects within the asker's hosts, receive. Raises `AskError`.

        With `sink` a good answer goes there piece by piece and may be as large as a file.
        """
        for _ in range(self.limits.redirects + 1):
            told = asker.redaction.url(request.url)
            refuse_elsewhere(asker.provider, request.url, asker.hosts, told=told)
            async with self.host(request.host, asker.connections).gate:
                received = await self._once(request, asker, sink)
            if received.status not in REDIRECTS or "location" not in received.headers:
                return received
            url = self.original(urljoin(request.url, received.headers["location"]))
            if received.status == 303:
                request = replace(request, method="GET", body=b"")
            request = replace(request, url=url)
        raise AskError(asker.provider, f"redirected more than {self.limits.redirects} times", url=told)

    async def exchange(self, request: Request, asker: Asker) -> bytes:
        """The content of an answer that is not kept, such as a token. Raises `AskError` for a status other than 200."""
        received = await self.send(request, asker)
        if received.status != 200:
            told = asker.redaction.url(request.url)
            raise AskError(asker.provider, f"status {received.status}", url=told, status=received.status)
        return received.content

    async def _once(self, request: Request, asker: Asker, sink: Callable[[bytes], object] | None) -> Received:
        told = asker.redaction.url(request.url)
        headers = {"user-agent": self.agent, "accept": "*/*", "accept-encoding": "gzip"} | dict(request.headers)
        if request.sign is not None:
            headers |= await request.sign(request, lambda inner: self.exchange(inner, asker))
        url = self.replay.forth(request.url) if self.replay else request.url
        try:
            async with self._http.stream(
                request.method, url, content=request.body or None, headers=headers
            ) as response:
                return await self._receive(response, sink if response.status_code == 200 else None)
        except Unreceivable as error:
            raise AskError(asker.provider, str(error), url=told, passing=error.broken) from None
        except httpx.TransportError as error:
            wrong = asker.redaction.text(str(error)) or type(error).__name__
            raise AskError(asker.provider, f"no answer: {wrong}", url=told, passing=True) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise AskError(asker.provider, f"cannot be asked ({type(error).__name__})", url=told) from None

    async def _receive(self, response: httpx.Response, sink: Callable[[bytes], object] | None) -> Received:
        limits = self.limits
        large = sink is not None
        sizes = Sizes(
            limits.file_wire_bytes if large else limits.wire_bytes,
            limits.file_decoded_bytes if large else limits.decoded_bytes,
        )
        pieces: list[bytes] = []
        depth: Depth | None = None
        async for piece in unpacked(response.aiter_raw(), response.headers.get("content-encoding", ""), sizes):
            if sizes.decoded == len(piece) and piece.lstrip()[:1] in JSON_BEGINS:
                depth = Depth(limits.json_depth)
            if depth is not None:
                depth.see(piece)
            (sink or pieces.append)(piece)
        headers = defaultdict(str, {name.lower(): value for name, value in response.headers.items()})
        return Received(
            response.status_code, dict(headers), b"".join(pieces), sizes.decoded, sizes.wire, response.reason_phrase
        )
