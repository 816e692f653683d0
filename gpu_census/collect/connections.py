"""Connections to public addresses only, and whether there is any network at all.

A name is resolved here, once, and the address that was checked is the one that is connected to: an allow-listed name
that points into a private network leads nowhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
import threading
import urllib.request
from collections.abc import Iterable
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from gpu_census.collect.limits import Limits
from gpu_census.collect.network import Replay, is_public

ADDRESSES_TRIED = 3


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name. In a daemon thread: a resolver that hangs must not keep the process from ending."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def settle(addresses: list[str], error: OSError | None) -> None:
        if not found.done():
            found.set_exception(error) if error else found.set_result(addresses)

    def look_up() -> None:
        error: OSError | None = None
        addresses: list[str] = []
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(str(info[4][0]) for info in infos))
        except OSError as failure:
            error = failure
        except UnicodeError:
            error = OSError(errno.EINVAL, "no host name")
        with contextlib.suppress(RuntimeError):  # nobody waits any more
            loop.call_soon_threadsafe(settle, addresses, error)

    threading.Thread(target=look_up, daemon=True).start()
    return await found


class PublicOnly(httpcore.AnyIOBackend):
    """Connects to a name only at addresses that are public."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, connect."""
        try:
            addresses = await asyncio.wait_for(resolve(host, port), timeout)
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"{host} cannot be resolved in {timeout} s") from None
        except OSError as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved ({error.strerror})") from None
        public = [address for address in addresses if is_public(address)]
        if not public:
            raise httpcore.ConnectError(f"{host} is at {', '.join(addresses)}, which is no public address")
        for address in public[: ADDRESSES_TRIED - 1]:
            try:
                return await super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await super().connect_tcp(public[-1], port, timeout, local_address, socket_options)


@cache
def certificates() -> ssl.SSLContext:
    """Whom to trust, read once for all clients."""
    return httpx.create_ssl_context()


def http_client(limits: Limits, replay: Replay | None) -> httpx.AsyncClient:
    """An HTTP/1.1 client with kept connections and without cookies; through the proxy where the environment names one.

    A cookie would make an answer depend on what was asked before.
    """
    timeout = httpx.Timeout(limits.silence_seconds, connect=limits.connect_seconds, pool=None)
    pool = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    if replay is not None or proxies():
        return httpx.AsyncClient(
            timeout=timeout, limits=pool, cookies=cookies, verify=certificates(), trust_env=replay is None
        )
    transport = httpx.AsyncHTTPTransport(verify=certificates(), limits=pool)
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=certificates(), max_keepalive_connections=200, network_backend=PublicOnly()
    )
    return httpx.AsyncClient(transport=transport, timeout=timeout, cookies=cookies)


def proxies() -> list[str]:
    """The proxies for https that the environment names."""
    named = urllib.request.getproxies()
    return [named[kind] for kind in ("https", "all") if named.get(kind)]


async def can_connect(host: str, limits: Limits, replay: Replay | None) -> bool:
    """Whether one connection can be made to where requests for this host go."""
    proxy = next(iter(proxies()), "")
    where = replay.base if replay else proxy or f"https://{host}"
    parts = urlsplit(where if "//" in where else f"//{where}")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    tries: list[asyncio.Task[bool]] = []
    try:
        async with asyncio.timeout(limits.connect_seconds):
            found = await resolve(parts.hostname or "", port)
            addresses = found if replay or proxy else [address for address in found if is_public(address)]
            tries += [asyncio.create_task(_opens(address, port)) for address in addresses[:ADDRESSES_TRIED]]
            for first in asyncio.as_completed(tries):
                if await first:
                    return True
    except OSError:  # a timeout is one
        pass
    finally:
        for one in tries:
            one.cancel()
        await asyncio.gather(*tries, return_exceptions=True)
    return False


async def _opens(address: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(address, port)
    except OSError:
        return False
    writer.close()
    return True
