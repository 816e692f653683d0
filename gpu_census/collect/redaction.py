"""Taking out of texts and answers what must not be written down.

What belongs here: the secrets that are known, and the places where secrets stand. What does not: where they come from.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

HIDDEN = "REDACTED"
SHORTEST_SECRET = 4
SHORTEST_IN_CONTENT = 8
LONG_SECRET = 16
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
        "accesskey",
        "accesskeysecret",
        "secretid",
        "secretkey",
        "sessiontoken",
        "securitytoken",
        "security_token",
        "refresh_token",
        "id_token",
        "authorization",
        "subscription-key",
        "x-amz-signature",
        "x-amz-credential",
        "x-amz-security-token",
        "x-goog-signature",
        "x-goog-credential",
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


class Redaction:
    """Takes out of texts what must not be written down: known secrets, and what stands where secrets stand.

    A secret inside a longer word is only hidden where it is long itself; a short one is taken for a part of the word.
    In contents, which must stay what they are, very short ones are left.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._in_texts: re.Pattern[str] | None = None
        self._in_contents: re.Pattern[bytes] | None = None
        self._forms: list[bytes] = []
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        """Hide these too, from now on."""
        stripped = {secret.strip().encode(errors="replace").decode() for secret in secrets}
        kept = {secret for secret in stripped if len(secret) >= SHORTEST_SECRET} - self._secrets
        if not kept:
            return
        self._secrets |= kept
        spelled = sorted({form for secret in self._secrets for form in _spelled(secret)}, key=len, reverse=True)
        self._in_texts = re.compile("|".join(map(_whole, spelled)))
        in_contents = [form for form in spelled if len(form) >= SHORTEST_IN_CONTENT]
        self._forms = [form.encode() for form in in_contents]
        self._in_contents = re.compile("|".join(map(_whole, in_contents)).encode()) if in_contents else None

    def text(self, text: str) -> str:
        """The text without any known secret."""
        return self._in_texts.sub(HIDDEN, text) if self._in_texts else text

    def content(self, content: bytes) -> bytes:
        """The content without any known secret."""
        if self._in_contents is None or not any(form in content for form in self._forms):
            return content
        return self._in_contents.sub(HIDDEN.encode(), content)

    def url(self, url: str) -> str:
        """The URL without secret parameters, user or password."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return self.text(url.partition("?")[0].rpartition("@")[2])  # no URL at all
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

    def hiding(self, write: Callable[[bytes], object]) -> Hiding:
        """Writes on with `write` what is written to it, without any known secret."""
        return Hiding(self, write, max(map(len, self._forms), default=0))


class Hiding:
    """Takes secrets out of a content that comes in pieces."""

    def __init__(self, redaction: Redaction, write: Callable[[bytes], object], longest: int) -> None:
        self._redaction = redaction
        self._write = write
        self._longest = longest
        self._held = b""

    def write(self, piece: bytes) -> None:
        """The next piece. As much is held back as may be the begin of a secret."""
        if not self._longest:
            self._write(piece)
            return
        told = self._redaction.content(self._held + piece)
        kept = max(len(told) - self._longest, 0)
        self._held = told[kept:]
        self._write(told[:kept])

    def end(self) -> None:
        """There is no more: write what was held back."""
        self._write(self._held)


def _spelled(secret: str) -> set[str]:
    """How a secret may stand in URLs, JSON and texts."""
    in_json = json.dumps(secret)[1:-1]
    return {secret, in_json, json.dumps(secret, ensure_ascii=False)[1:-1], quote(secret, safe=""), quote(secret),
            quote_plus(secret), html.escape(secret)}  # fmt: skip


def _whole(form: str) -> str:
    word = re.escape(form)
    return word if len(form) >= LONG_SECRET else f"(?<![A-Za-z0-9]){word}(?![A-Za-z0-9])"
