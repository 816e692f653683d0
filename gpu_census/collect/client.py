"""Send one request and receive its answer: limits per host, redirects hop by hop, caps while it streams.

What belongs here: what holds for any request of any source. What does not: retries and keeping (`live`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from urllib.parse import urljoin

import httpx

import gpu_census
from gpu_census.collect.body import Pace, Sizes, Unreceivable, unpacked
from gpu_census.collect.connections import http_client
from gpu_census.collect.hosts import PASSING, Host
from gpu_census.collect.json_depth import JsonDepth
from gpu_census.collect.limits import Limits
from gpu_census.collect.network import Replay, host_allowed, refuse_elsewhere
from gpu_census.collect.redaction import Redaction
from gpu_census.collect.request import Request
from gpu_census.errors import AskError, CensusError

CONTACT_VARIABLE = "GPU_CENSUS_CONTACT"
REDIRECTS = (301, 302, 303, 307, 308)
BEARER = "bearer "

Sink = Callable[[bytes], object]


def user_agent() -> str:
    """Who asks, with the contact that `GPU_CENSUS_CONTACT` names."""
    contact = " ".join(os.environ.get(CONTACT_VARIABLE, "").split())
    about = f"nightly census of public cloud accelerators; contact: {contact}" if contact else "nightly census"
    agent = f"gpu_census/{gpu_census.__version__} ({about})"
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in agent)


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
    """An answer. `content` is empty where it was written to a sink piece by piece."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""
    size: int = 0
    wire_size: int = 0


@dataclass
class Client:
    """One client for a night; a context manager. `askers` are all who will ask: the most modest sets a host's limit."""

    limits: Limits
    replay: Replay | None = None
    askers: Sequence[Asker] = ()
    agent: str = field(default_factory=user_agent)

    async def __aenter__(self) -> Client:
        for name in ("httpx", "httpcore"):  # they would log whole URLs, keys included
            logging.getLogger(name).setLevel(logging.WARNING)
        self._hosts: dict[str, Host] = {}
        self._clients: dict[str, httpx.AsyncClient] = {}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            await client.aclose()

    def host(self, name: str) -> Host:
        """What is known of a host."""
        if name not in self._hosts:
            wanted = [asker.connections for asker in self.askers if host_allowed(name, asker.hosts)]
            gate = asyncio.Semaphore(min([*wanted, self.limits.connections]))
            self._hosts[name] = Host(name, self.limits, gate)
        return self._hosts[name]

    def _client(self, host: Host) -> httpx.AsyncClient:
        """Each host has a pool of its own: for every request a pool looks at all its connections, idle ones too."""
        if host.name not in self._clients:
            self._clients[host.name] = http_client(self.limits, self.replay)
        return self._clients[host.name]

    def original(self, url: str) -> str:
        """The URL that a link means, also where it names the stand-in."""
        return self.replay.back(url) if self.replay else url

    async def send(
        self, request: Request, asker: Asker, *, sink: Sink | None = None, holding: Host | None = None
    ) -> Received:
        """Send, follow redirects within the asker's hosts, receive. Raises `AskError`.

        With `sink` a good answer goes there piece by piece and may be as large as a file. Who asks while `holding` a
        place at a host asks that host from this very place.
        """
        for _ in range(self.limits.redirects + 1):
            told = asker.redaction.url(request.url)
            refuse_elsewhere(asker.provider, request.url, asker.hosts, told=told)
            host = self.host(request.host)
            await host.rested()
            async with contextlib.nullcontext() if host is holding else host.gate:
                received = await self._once(request, asker, sink, host)
            if received.status not in REDIRECTS or "location" not in received.headers:
                return received
            request = self._redirected(request, received, asker)
        raise AskError(asker.provider, f"redirected more than {self.limits.redirects} times", url=told)

    def _redirected(self, request: Request, received: Received, asker: Asker) -> Request:
        location = received.headers["location"]
        try:
            url = self.original(urljoin(request.url, location))
        except ValueError:
            told = asker.redaction.url(request.url)
            wrong = f"redirected to what is no URL ({asker.redaction.url(location)})"
            raise AskError(asker.provider, wrong, url=told, status=received.status) from None
        if received.status == 303 and request.method != "HEAD":
            headers = {name: text for name, text in request.headers.items() if name.lower() != "content-type"}
            request = replace(request, method="GET", body=b"", headers=headers)
        return replace(request, url=url)

    async def _signed(self, request: Request, asker: Asker, host: Host) -> Mapping[str, str]:
        """The headers that the request's signer adds. Raises `AskError` where it cannot."""
        if request.sign is None:
            return {}

        async def exchange(inner: Request) -> bytes:
            received = await self.send(inner, asker, holding=host)
            if received.status == 200:
                return received.content
            raise AskError(
                asker.provider,
                f"status {received.status} where a token was to be had",
                url=asker.redaction.url(inner.url),
                status=received.status,
                passing=received.status in PASSING,
            )

        try:
            headers = await request.sign(request, exchange)
        except CensusError:
            raise
        except Exception as error:  # whatever the clouds' own packages raise
            wrong = asker.redaction.text(f"cannot be signed: {type(error).__name__}: {error}")
            raise AskError(asker.provider, wrong, url=asker.redaction.url(request.url)) from None
        for value in headers.values():
            if value.lower().startswith(BEARER):
                asker.redaction.learn(value[len(BEARER) :])
        return headers

    async def _once(self, request: Request, asker: Asker, sink: Sink | None, host: Host) -> Received:
        told = asker.redaction.url(request.url)
        headers = {"user-agent": self.agent, "accept": "*/*", "accept-encoding": "gzip"} | dict(request.headers)
        headers |= await self._signed(request, asker, host)
        limits = self.limits
        try:
            url = self.replay.forth(request.url) if self.replay else request.url
            http = self._client(host)
            sent = http.build_request(request.method, url, content=request.body or None, headers=headers)
            async with asyncio.timeout(limits.connect_seconds + limits.silence_seconds):
                response = await http.send(sent, stream=True)
            try:
                return await self._receive(response, sink if response.status_code == 200 else None)
            finally:
                await response.aclose()
        except Unreceivable as error:
            raise AskError(asker.provider, str(error), url=told, passing=error.broken) from None
        except TimeoutError:
            raise AskError(asker.provider, "no answer: too slow", url=told, passing=True) from None
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL, ValueError) as error:
            # its text may hold a header as it would have been sent
            raise AskError(asker.provider, f"cannot be asked ({type(error).__name__})", url=told) from None
        except (httpx.HTTPError, OSError) as error:  # the disk's own errors are none of these (`objects.keeping`)
            wrong = asker.redaction.text(str(error)) or type(error).__name__
            raise AskError(asker.provider, f"no answer: {wrong}", url=told, passing=True) from None

    async def _receive(self, response: httpx.Response, sink: Sink | None) -> Received:
        limits = self.limits
        large = sink is not None
        sizes = Sizes(
            limits.file_wire_bytes if large else limits.wire_bytes,
            limits.file_decoded_bytes if large else limits.decoded_bytes,
        )
        pace = Pace(limits.slowest_bytes_per_second, limits.silence_seconds)
        depth = JsonDepth(limits.json_depth)
        pieces: list[bytes] = []
        encoding = response.headers.get("content-encoding", "")
        try:
            async for piece in unpacked(response.aiter_raw(), encoding, sizes, pace):
                depth.see(piece)
                (sink or pieces.append)(piece)
        except Unreceivable:
            if response.status_code == 200:
                raise
            # a refusal counts, whatever it looks like
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Received(response.status_code, headers, b"".join(pieces), sizes.decoded, sizes.wire)
