"""One request, what it is known by, and how it is signed.

A request is known by its method, its URL and its body, without what is secret or changes from attempt to attempt:
so a kept answer is found again without credentials.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from gpu_census.collect.redaction import HIDDEN, Redaction

__all__ = ["HIDDEN", "Exchange", "Redaction", "Request", "Signer", "request_key", "with_parameters"]

Exchange = Callable[["Request"], Awaitable[bytes]]
Signer = Callable[["Request", Exchange], Awaitable[Mapping[str, str]]]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to send. `sign` returns the headers to add; it is called anew for every attempt, and never in a replay."""

    url: str
    method: str = "GET"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    sign: Signer | None = None

    @property
    def host(self) -> str:
        """The host it goes to, in lower case."""
        return (urlsplit(self.url).hostname or "").lower()


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """The URL with parameters added to its query, in the order given, spaces as %20."""
    if not parameters:
        return url
    parts = urlsplit(url)
    added = urlencode(parameters, quote_via=quote, safe="")
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def request_key(request: Request, redaction: Redaction) -> str:
    """What the request is known by: a digest of method, redacted URL and redacted body."""
    body = redaction.text(request.body.decode(errors="surrogateescape"))
    told = f"{request.method} {redaction.url(request.url)}\n{body}"
    return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()
