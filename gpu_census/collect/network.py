"""Where requests may go: allow-listed public hosts by https, or a stand-in on loopback that plays them all.

`GPU_CENSUS_REPLAY=http://127.0.0.1:PORT` sends every request to `http://127.0.0.1:PORT/<host>/<path>?<query>`. What
is allowed, signed and kept is always about the original URL; redirects and next links are mapped back.
"""

from __future__ import annotations

import ipaddress
import os
import re
from functools import cache
from urllib.parse import urlsplit, urlunsplit

from gpu_census.errors import AskError, UsageError

REPLAY_VARIABLE = "GPU_CENSUS_REPLAY"
HTTPS_PORT = 443
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@cache
def _pattern(host: str) -> re.Pattern[str]:
    return re.compile(re.escape(host.lower()).replace(r"\*", "[a-z0-9-]+"))


def host_allowed(host: str, hosts: tuple[str, ...]) -> bool:
    """Whether a host is one of those that a source lists; `*` stands for one label, or part of one."""
    return any(_pattern(allowed).fullmatch(host.lower()) for allowed in hosts)


def refuse_elsewhere(provider: str, url: str, hosts: tuple[str, ...], *, told: str) -> None:
    """Raise `AskError` unless `url` is https on the usual port of an allowed, named host; `told` is safe to print."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise AskError(provider, "refused: no URL", url=told) from None
    if parts.scheme != "https" or port not in (None, HTTPS_PORT) or "@" in parts.netloc:
        raise AskError(provider, "refused: only https on its own port is asked", url=told)
    if is_address(host) or not host_allowed(host, hosts):
        raise AskError(provider, f"refused: {host!r} is none of its hosts ({', '.join(hosts)})", url=told)


def is_address(host: str) -> bool:
    """Whether a host is an IP address and no name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an IP address is one that a cloud may be found at; also of an address that wraps another one."""
    found = ipaddress.ip_address(address.split("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour
        if found in NAT64:
            wrapped = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(str(wrapped))
    return found.is_global and not found.is_multicast


class Replay:
    """The mapping to a stand-in server, and back."""

    def __init__(self, base: str) -> None:
        wrong = UsageError(f"{REPLAY_VARIABLE}={base}: only http://127.0.0.1:PORT, on this machine, can stand in")
        try:
            parts = urlsplit(base.rstrip("/"))
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            raise wrong from None
        loopback = ipaddress.ip_address(host).is_loopback if is_address(host) else host == "localhost"
        if parts.scheme != "http" or not loopback or "@" in parts.netloc or parts.path or parts.query or parts.fragment:
            raise wrong
        self.base = urlunsplit(parts)

    def forth(self, url: str) -> str:
        """Where the stand-in plays `url`; the host alone names it, as only its usual port is ever asked."""
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self.base}/{(parts.hostname or '').lower()}{parts.path or '/'}{query}"

    def back(self, url: str) -> str:
        """The original of a URL that may name the stand-in."""
        if not url.startswith(f"{self.base}/"):
            return url
        return f"https://{url.removeprefix(self.base).lstrip('/')}"


def replay_from_environment() -> Replay | None:
    """The stand-in that the environment names, if any. Raises `UsageError` where it is not on this machine."""
    base = os.environ.get(REPLAY_VARIABLE)
    return Replay(base) if base else None
