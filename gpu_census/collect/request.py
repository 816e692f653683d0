"""One request, what it is known by, and what of it may be written down.

A request is known by its method, its URL and its body, without what is secret or changes from attempt to attempt:
so a kept answer is found again without credentials. Secrets never leave this module's `Redaction`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

HIDDEN = "REDACTED"
SHORTEST_SECRET = 4
SHORTEST_IN_CONTENT = 16
SECRET_PARAMETERS = frozenset(
    [
        "key",
        "apikey",
        "api_key",
        "access_token",
        "token",
        "sig",
        "signature",
        "password",
        "secret",
        "client_secret",
        "client_assertion",
        "assertion",
        "accesskeyid",
        "access_key",
        "securitytoken",
        "x-amz-signature",
        "x-amz-credential",
        "x-amz-security-token",
    ]
)
TOLD_HEADERS = frozenset(
    [
        "accept",
        "accept-encoding",
        "accept-language",
        "age",
        "cache-control",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "date",
        "etag",
        "expires",
        "host",
        "if-modified-since",
        "if-none-match",
        "last-modified",
        "link",
        "origin",
        "retry-after",
        "server",
        "user-agent",
        "vary",
        "x-ms-ratelimit-remaining-retailprices-requests",
        "x-request-id",
        "x-tc-action",
        "x-tc-region",
        "x-tc-version",
        "x-acs-action",
        "x-acs-version",
    ]
)
URL_HEADERS = ("location", "referer")

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


class Redaction:
    """Takes out of texts what must not be written down: known secrets, and what stands where secrets stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        kept = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
        spelled = kept | {quote(secret, safe="") for secret in kept}
        found = sorted(spelled, key=len, reverse=True)
        words = "|".join(map(re.escape, found))
        # a short secret inside a longer word is that word
        self._pattern = re.compile(f"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])") if found else None
        self._bytes = [secret.encode() for secret in found if len(secret) >= SHORTEST_IN_CONTENT]

    def text(self, text: str) -> str:
        """The text without any known secret."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

    def content(self, content: bytes) -> bytes:
        """The content without any known secret."""
        for secret in self._bytes:
            if secret in content:
                content = content.replace(secret, HIDDEN.encode())
        return content

    def url(self, url: str) -> str:
        """The URL without secret parameters, user or password."""
        parts = urlsplit(url)
        if any(name.lower() in SECRET_PARAMETERS for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
            pairs = (
                (name, HIDDEN if name.lower() in SECRET_PARAMETERS else value)
                for name, value in parse_qsl(parts.query, keep_blank_values=True)
            )
            parts = parts._replace(query=urlencode(list(pairs), quote_via=quote))
        if "@" in parts.netloc:
            parts = parts._replace(netloc=parts.netloc.rpartition("@")[2])
        return self.text(urlunsplit(parts))

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Names in lower case; the value only of headers that are known to hold no secret."""
        told = {name.lower(): value for name, value in headers.items()}
        return {name: self._header(name, told[name]) for name in sorted(told)}

    def _header(self, name: str, value: str) -> str:
        if name in URL_HEADERS:
            return self.url(value)
        return self.text(value) if name in TOLD_HEADERS else HIDDEN

    def key(self, request: Request) -> str:
        """What the request is known by: a digest of method, redacted URL and redacted body."""
        digest = hashlib.sha256(f"{request.method} {self.url(request.url)}\n".encode())
        digest.update(self.content(request.body))
        return digest.hexdigest()
